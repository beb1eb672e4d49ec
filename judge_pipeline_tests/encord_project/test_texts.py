"""Captions as text items: reserved, uploaded, registered, linked and initialised, each step safe to repeat."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.rows import to_rows
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
from judge_pipeline_tests.engine.trial import Trial


def new_texts(*titles: str, content: str = "A caption.") -> list[NewText]:
    return [NewText(title, {"Data Type": "Text_8B"}, content) for title in titles]


def upload(trial: Trial, project: EncordProject, texts: Sequence[NewText]) -> list[str]:
    folder = trial.seed.folder_uuid
    reserved = project.reserve_text_uploads(folder, len(texts))
    uploads = list(zip(reserved, texts, strict=True))
    for refusal in project.put_texts(uploads).values():
        raise refusal
    registered = project.register_texts(folder, uploads)
    assert registered.done == {reservation.item_uuid: reservation for reservation in reserved}
    return [reservation.item_uuid for reservation in reserved]


def names_in_folder(trial: Trial) -> list[str]:
    return sorted(item.name for item in trial.seed.client().get_storage_folder(trial.seed.folder_uuid).list_items())


def test_a_reservation_creates_no_item(trial: Trial, project: EncordProject) -> None:
    reserved = project.reserve_text_uploads(trial.seed.folder_uuid, 3)
    assert len({reservation.item_uuid for reservation in reserved}) == 3
    assert names_in_folder(trial) == []
    assert project.existing_items([reservation.item_uuid for reservation in reserved]) == set()


def test_a_reservations_repr_hides_the_signed_url(trial: Trial, project: EncordProject) -> None:
    (reservation,) = project.reserve_text_uploads(trial.seed.folder_uuid, 1)
    assert reservation.signed_url.partition("?")[2] not in repr(reservation)


def test_texts_get_their_reserved_uuid(trial: Trial, project: EncordProject) -> None:
    uuids = upload(trial, project, new_texts("one.txt", "two.txt"))
    assert names_in_folder(trial) == ["one.txt", "two.txt"]
    item = trial.seed.client().get_storage_item(uuids[0])
    assert (item.name, item.client_metadata) == ("one.txt", {"Data Type": "Text_8B"})


def test_many_texts_cost_as_many_requests_as_one(trial: Trial, project: EncordProject) -> None:
    upload(trial, project, new_texts("first.txt"))  # which reads the folder once
    counts = []
    for titles in (["a.txt"], [f"{number}.txt" for number in range(20)]):
        trial.reset_request_counts()
        upload(trial, project, new_texts(*titles))
        counts.append(sum(n for operation, n in trial.requests().items() if "storage-blobs" not in operation))
    assert counts[0] == counts[1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_a_text_is_read_as_it_was_uploaded(trial: Trial, project: EncordProject, content: str) -> None:
    """Line endings, invisible characters and every script: nothing on the way reinterprets the bytes."""
    (uuid,) = upload(trial, project, new_texts("text.txt", content=content))
    data_hash = project.link_items(trial.seed.dataset_hash, [uuid]).done[uuid]
    row = next(row for row in _rows(trial) if row.data_hash == data_hash)
    assert project.read_text(row) == content


def test_a_storage_that_refuses_everything_is_reported_without_its_url(trial: Trial, project: EncordProject) -> None:
    trial.inject_fault(match="PUT storage-blobs", status=403)
    with pytest.raises(RowRefused, match="its storage returned 403") as raised:
        upload(trial, project, new_texts("one.txt"))
    assert "signature" not in str(raised.value)


def test_a_missing_upload_creates_no_item_and_spares_the_others(trial: Trial, project: EncordProject) -> None:
    folder = trial.seed.folder_uuid
    here, gone = project.reserve_text_uploads(folder, 2)
    nowhere = Reservation(gone.item_uuid, f"{gone.object_key}-never-uploaded", gone.signed_url, gone.headers)
    one, two = new_texts("one.txt", "two.txt")
    uploads = [(here, one), (nowhere, two)]
    assert project.put_texts(uploads) == {}
    registered = project.register_texts(folder, uploads)
    assert registered.done.keys() == {here.item_uuid}
    assert "created no item from 'two.txt'" in str(registered.refused[gone.item_uuid])
    assert names_in_folder(trial) == ["one.txt"]


def test_linking_twice_adds_no_second_row(trial: Trial, project: EncordProject) -> None:
    uuids = upload(trial, project, new_texts("one.txt", "two.txt"))
    first = project.link_items(trial.seed.dataset_hash, uuids)
    assert project.link_items(trial.seed.dataset_hash, uuids) == first
    assert len(trial.seed.project().list_label_rows_v2()) == 2


def test_initialising_rows_twice_gives_them_one_set_of_labels(trial: Trial, project: EncordProject) -> None:
    data_hashes = list(
        project.link_items(trial.seed.dataset_hash, upload(trial, project, new_texts("one.txt"))).done.values()
    )
    project.initialise_labels(data_hashes)
    before = [row.label_hash for row in trial.seed.project().list_label_rows_v2()]
    assert None not in before
    trial.reset_request_counts()
    project.initialise_labels(data_hashes)
    assert "v1 PUT labelrow" not in trial.requests()
    assert [row.label_hash for row in trial.seed.project().list_label_rows_v2()] == before


def test_the_error_for_a_missing_text_says_what_to_do(trial: Trial, project: EncordProject) -> None:
    (uuid,) = upload(trial, project, new_texts("one.txt"))
    project.link_items(trial.seed.dataset_hash, [uuid])
    (row,) = _rows(trial)
    client = trial.seed.client()
    client.get_storage_folder(trial.seed.folder_uuid).delete_storage_items([client.get_storage_item(uuid).uuid])
    with pytest.raises(RowRefused, match=r"'one.txt' .* is gone; unlink its row in Encord"):
        project.read_text(row)


def _rows(trial: Trial) -> list[ProjectRow]:
    return to_rows(trial.seed.project().list_label_rows_v2(include_client_metadata=True), trial.project.workflow)
