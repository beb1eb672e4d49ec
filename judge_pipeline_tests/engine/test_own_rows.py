"""A run lists the rows of its own tags, however large the project is."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from encord.orm.dataset import StorageLocation

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.engine.own_rows import CURSOR, index_listed_rows
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_ambiguous_tags import TAG, add_text, set_metadata
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.model_stub import paint

WHOLE_PROJECT = ('"labelrowmetadata"', '"data_hashes": null', '"workflow_graph_node_title_eq": null')
COLOURS = ("red", "green", "blue", "black", "white")


def listings_of_the_project(trial: Trial, work: Callable[[], object]) -> int:
    """How often it is listed as a whole while the pipeline works."""
    own = trial.pipeline
    with holding_proxy(trial.seed.connection.domain, *WHOLE_PROJECT, meanwhile=lambda: None, seconds=0) as proxy:
        trial.pipeline = replace(own, connection=replace(own.connection, domain=proxy.url))
        try:
            work()
        finally:
            trial.pipeline = own
    return proxy.seen


def rows_listed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each listing from now on brings."""
    counts: list[int] = []
    own = EncordProject.list_rows

    def counted(self: EncordProject, **which: object) -> object:
        rows = own(self, **which)  # type: ignore[arg-type]
        counts.append(len(rows))
        return rows

    monkeypatch.setattr(EncordProject, "list_rows", counted)
    return counts


def index_everything(trial: Trial) -> None:
    """As the command, the sensor or the job that finds new images does."""
    with trial.pipeline.open_store() as store:
        index_listed_rows(trial.project, store)


def add_others(trial: Trial, count: int) -> None:
    """Links as many rows that are not about any image."""
    texts = [NewText(f"other {number}.txt", {}, "nothing") for number in range(count)]
    reserved = trial.project.reserve_text_uploads(trial.seed.folder_uuid, count)
    uploads = list(zip(reserved, texts, strict=True))
    trial.project.put_texts(uploads)
    trial.project.register_texts(trial.seed.folder_uuid, uploads)
    trial.project.link_items(trial.seed.dataset_hash, [each.item_uuid for each in reserved])


def run(trial: Trial, keys: list[str]) -> bool:
    """A run of the job, which has no checks of all tags together."""
    add_tags(trial.instance, keys)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    tags = PartitionRange(keys[0], keys[-1]).run_tags
    return job.execute_in_process(instance=trial.instance, tags=tags, run_config=QUIET, raise_on_error=False).success


def test_five_tags_of_a_project_of_two_hundred_list_their_own_rows(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.add(*COLOURS)
    add_others(trial, 195)
    index_everything(trial)
    keys = list(trial.tags.values())
    counts = rows_listed(monkeypatch)
    assert listings_of_the_project(trial, lambda: run(trial, keys)) == 0
    with trial.pipeline.open_store() as store:
        assert store.tags_with("judgements") == set(keys)
    assert 0 < max(counts) <= 3 * len(COLOURS)
    counts.clear()
    assert listings_of_the_project(trial, lambda: run(trial, keys)) == 0
    assert max(counts) == 3 * len(COLOURS)


def test_a_store_without_an_index_lists_the_project_once(trial: Trial) -> None:
    trial.add("red", "green")
    keys = list(trial.tags.values())
    assert listings_of_the_project(trial, lambda: run(trial, keys)) == 1
    trial.add("blue")
    assert listings_of_the_project(trial, lambda: run(trial, [trial.tags["blue"]])) == 0
    assert encord_state(trial.seed) == finished("red", "green", "blue")


def test_a_tag_that_is_not_found_lists_the_project_once_a_run(trial: Trial) -> None:
    trial.add("red", "green")
    index_everything(trial)
    tags = trial.tags
    trial.seed.unlink_images("green.png")
    results = []
    assert listings_of_the_project(trial, lambda: results.append(run(trial, list(tags.values())))) == 1
    assert results == [False]
    with trial.pipeline.open_store() as store:
        assert [failure.kind for failure in store.failures()] == ["NoSuchImage"]
    assert listings_of_the_project(trial, lambda: run(trial, [tags["red"]])) <= 1
    with trial.pipeline.open_store() as store:
        assert store.failures() == []


def test_rows_added_since_the_index_was_made_conflict_by_name(trial: Trial) -> None:
    """A second image with a Tag of the run, and a second text in a slot, are new rows and found as such."""
    trial.add("red", "green", "blue")
    index_everything(trial)
    tags = trial.tags
    trial.add("black")
    set_metadata(trial, trial.items["black"], **{"Tag": tags["red"], "Data Type": "Image"})
    texts = [add_text(trial, name, tag=tags["green"]) for name in ("one.txt", "two.txt")]
    assert listings_of_the_project(trial, lambda: run(trial, list(tags.values()))) == 0
    assert {call.colour for call in trial.models.calls} == {"blue"}
    with trial.pipeline.open_store() as store:
        messages = {failure.tag: failure.message for failure in store.failures()}
    assert "2 images share the Tag" in messages[Tag(tags["red"])]
    assert "red.png" in messages[Tag(tags["red"])]
    assert "black.png" in messages[Tag(tags["red"])]
    assert all(text in messages[Tag(tags["green"])] for text in texts)


def test_an_image_that_was_linked_again_is_found_under_its_new_data_hash(trial: Trial) -> None:
    trial.add("red", "green")
    index_everything(trial)
    tags = trial.tags
    trial.seed.unlink_images("red.png")
    dataset = trial.seed.client().get_dataset(trial.seed.dataset_hash, include_data_rows=False)
    dataset.link_items([UUID(trial.items["red"])])
    assert listings_of_the_project(trial, lambda: run(trial, list(tags.values()))) == 0
    assert encord_state(trial.seed) == finished("red", "green")


def test_an_image_of_another_dataset_that_was_added_to_the_project_is_found(trial: Trial) -> None:
    """Its rows are older than the index: the run lists the project once and finds it."""
    trial.add("red")
    index_everything(trial)
    client = trial.seed.client()
    other = client.get_dataset(client.create_dataset("Others", StorageLocation.CORD_STORAGE).dataset_hash)
    item = client.get_storage_folder(trial.seed.folder_uuid).upload_image(
        paint(trial.folder, "green"), title="green.png"
    )
    other.link_items([item])
    with trial.pipeline.open_store() as store:
        store.sync_cursors.save(CURSOR, "2100-01-01T00:00:00+00:00")
    trial.seed.project().add_datasets([other.dataset_hash])
    assert listings_of_the_project(trial, lambda: run(trial, list(trial.tags.values()))) == 1
    assert encord_state(trial.seed) == finished("red", "green")


def test_an_image_with_a_new_tag_is_found_under_it(trial: Trial) -> None:
    """Nothing says that client metadata has changed, so the project is listed once."""
    trial.add("red", "green")
    index_everything(trial)
    set_metadata(trial, trial.items["red"], **{"Tag": TAG, "Data Type": "Image"})
    keys = list(trial.tags.values())
    assert TAG in keys
    assert listings_of_the_project(trial, lambda: run(trial, keys)) == 1
    assert trial.project.snapshot().images[Tag(TAG)].title == "red.png"
    assert encord_state(trial.seed) == finished("red", "green")
