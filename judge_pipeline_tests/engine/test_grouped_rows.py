"""A project in which each Tag is one data group: the same path, one row and one task for an image with its captions."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from encord.constants.enums import DataType
from encord.orm.storage import DataGroupCustom, DataGroupGrid, StorageItemType
from encord.storage import StorageItem

from judge_pipeline.cli.support.judge_probe import probe_judge
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.data_group import LAYOUT, DataGroup
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.probes.trial import PROBES, ProbedImage, probe_rates
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.workflow import AGENT_STAGES, StageKind
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.discovery import discover
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.engine.own_rows import CURSOR
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, label_rows, labels
from judge_pipeline_tests.engine.people import approve, choose, send
from judge_pipeline_tests.engine.test_kills import NEVER_SECONDS, faults_have_been_met, run_and_kill
from judge_pipeline_tests.engine.test_refresh import NEW, REFRESH, with_new_text
from judge_pipeline_tests.engine.trial import Trial, build_pipeline, every
from judge_pipeline_tests.model_stub import SMALL, StubModels
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.review.reviewed import Reviewed, side_of
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, create_seed_project

CREATE, LINK, UNLINK = "POST .*/create-group-items", "v1 POST datasetlinkitems", "v1 DELETE video"


@pytest.fixture
def groups(trial: Trial, models_server: tuple[StubModels, str], tmp_path: Path) -> Trial:
    """Two images that wait for their data groups."""
    seed = create_seed_project(trial.seed.server, has_groups=True)
    own = replace(trial, seed=seed, pipeline=build_pipeline(seed, models_server[1], tmp_path), items={})
    own.add("red", "green")
    return own


@pytest.fixture
def judged(trial: Trial) -> Trial:
    """The same two, judged; from now on the first captioner gives another caption."""
    trial.begin_with(judge_groups, "red", "green")
    trial.models.reset()
    for colour in ("red", "green"):
        trial.models.reply_always(SMALL, colour, completion(NEW))
    return trial


def judge_groups(trial: Trial, *colours: str) -> None:
    trial.seed = create_seed_project(trial.seed.server, has_groups=True)
    trial.pipeline = replace(trial.pipeline, project_hash=trial.seed.project_hash)
    trial.add(*colours)
    assert trial.materialize().success


def with_overwritten_metadata(trial: Trial, colour: str = "red") -> tuple[StorageItem, dict[str, Any] | None]:
    """The group of an image, whose client metadata a script has replaced by its own, and what it was."""
    row = image_row(trial.seed, colour)
    item = trial.seed.client().get_storage_item(str(row.backing_item_uuid))
    ours = item.client_metadata
    item.update(client_metadata={"colour": "blue"})
    return item, ours


def test_each_image_becomes_one_row_with_its_captions(groups: Trial) -> None:
    waiting = groups.tags
    assert label_rows(groups.seed) == []
    assert groups.materialize().success
    assert encord_state(groups.seed) == finished("red", "green")
    assert groups.materialized() == every("red", "green")
    rows = label_rows(groups.seed)
    assert [row.data_type for row in rows] == [DataType.GROUP] * 2
    assert groups.tags == waiting, "the Tags are those that the images had"
    with groups.pipeline.open_store() as store:
        images, linked = store.results("images", Image), store.results("linked_text_items", LinkedTextItems)
        assert {image.data_hash for image in images.values()} == {row.data_hash for row in rows}
        assert {texts.group_hash for texts in linked.values()} == {row.data_hash for row in rows}
        found = discover(groups.project, store, known=set(waiting.values()))
    assert not any(found.snapshot.is_work(tag) for tag in found.images)
    groups.models.reset()
    assert groups.materialize().success
    assert groups.models.calls == []


def test_new_images_are_found_in_the_folder(groups: Trial) -> None:
    assert groups.materialize().success
    groups.add("blue")
    with groups.pipeline.open_store() as store:
        found = discover(groups.project, store, known=set(), is_bounded=True)
    assert [row.title for row in found.snapshot.images.values() if row.is_waiting] == ["blue.png"]
    assert groups.materialize("blue").success
    assert encord_state(groups.seed) == finished("red", "green", "blue")


@pytest.mark.timeout(300)
def test_a_run_killed_at_a_new_write_is_finished_by_the_next(groups: Trial) -> None:
    for number, write in enumerate((CREATE, LINK), start=1):
        groups.inject_fault(match=write, status=503, when="after", delay_seconds=NEVER_SECONDS)
        run_and_kill(groups, partial(faults_have_been_met, groups, number))
    assert groups.materialize().success
    assert encord_state(groups.seed) == finished("red", "green")
    assert len(groups.models.calls) == 8


@pytest.mark.parametrize("status", ["reset", 503])
def test_a_lost_response_makes_no_second_group(groups: Trial, status: str | int) -> None:
    """The SDK itself repeats the request that creates groups."""
    for write in (CREATE, LINK):
        groups.inject_fault(match=write, status=status, when="after")
    assert groups.materialize().success
    assert [fault["match"] for fault in groups.faults() if not fault["done"]] == []
    assert encord_state(groups.seed) == finished("red", "green")


@pytest.mark.timeout(300)
def test_a_replaced_caption_makes_a_new_group_with_what_people_have_answered(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    kills = (CREATE, LINK, UNLINK)
    for number, write in enumerate(kills, start=1):
        judged.inject_fault(match=write, status=503, when="after", delay_seconds=NEVER_SECONDS)
        config = {"run_config": REFRESH} if number == 1 else {}
        run_and_kill(judged, partial(faults_have_been_met, judged, number), **config)
    assert judged.materialize().success
    state = encord_state(judged.seed)
    assert state["red"]["labels"].pop("Final Choice") == {"Final Choice": "LLM-8B"}
    assert state == with_new_text("red", "green")


def test_groups_of_a_request_that_is_carried_out_late_go_however_many_another_call_creates(groups: Trial) -> None:
    """A request whose response did not come is sent again, and may be carried out after all."""
    folder = groups.seed.client().get_storage_folder(groups.seed.folder_uuid)
    others: list[UUID] = []

    def create_late() -> None:
        for item in list(folder.list_items(item_types=[StorageItemType.GROUP])):
            ours = DataGroup.read(item.client_metadata, item_uuid=str(item.uuid))
            assert ours is not None
            members = {key: UUID(member) for key, member in ours.contents.items()}
            group = DataGroupCustom(layout=dict(LAYOUT), layout_contents=members, client_metadata=item.client_metadata)
            folder.create_data_groups([group])
        pictures = [UUID(uuid) for uuid in groups.items.values()]
        others.extend(folder.create_data_groups([DataGroupGrid(layout_contents=pictures)] * 100))

    direct = groups.pipeline.connection
    with holding_proxy(direct.domain, "datasetlinkitems", meanwhile=create_late, seconds=0) as proxy:
        groups.pipeline = replace(groups.pipeline, connection=replace(direct, domain=proxy.url))
        assert groups.materialize().success
    folder.delete_storage_items(others, remove_unused_frames=False)
    assert encord_state(groups.seed) == finished("red", "green")


def test_a_persons_choice_is_synced_from_the_group(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    approve(judged, "red")
    roles = judged.pipeline.titles.roles_in(judged.project.ontology)
    with judged.pipeline.open_store() as store:
        sync_final_choices(judged.project, store, roles, holder="test")
        (choice,) = store.results("final_choices", FinalChoice).values()
    assert (choice.tag, choice.label) == (judged.tags["red"], "LLM-8B")


def test_a_reviewer_chooses_on_the_group_and_approves_its_one_task(judged: Trial) -> None:
    reviewed = Reviewed(judged)
    writer = reviewed.writer(approves=True)
    comparison = reviewed.session().comparisons.get(reviewed.tag("red"))
    assert comparison is not None
    writer.save(comparison, comparison.answer(side_of(comparison, Captioner.LLM_8B), writer.roles))
    assert writer.approve(comparison.tag, comparison.rows) is None
    state = encord_state(judged.seed)
    writer.undo(comparison.tag, comparison.rows)
    reviewed.close()
    assert encord_state(judged.seed) == finished("red", "green")
    assert state["red"]["stage"] == "Complete"
    assert state["red"]["labels"]["Final Choice"] == {"Final Choice": "LLM-8B"}
    assert state["green"] == finished("green")["green"]


def test_scenes_are_read_from_the_images_in_groups(judged: Trial) -> None:
    judged.seed.client().get_storage_item(judged.items["red"]).update(client_metadata={"scene": "kitchen"})
    assert judged.project.clusters("scene") == {judged.tags["red"]: "kitchen"}


def test_a_group_that_a_person_has_unlinked_is_linked_again(judged: Trial) -> None:
    judged.seed.unlink_images("red.png")
    assert [row.title for row in judged.project.snapshot().images.values() if row.is_waiting] == ["red.png"]
    assert judged.materialize().success
    assert encord_state(judged.seed) == finished("red", "green")
    assert judged.models.calls == []


def test_an_image_whose_group_was_deleted_is_found_again(judged: Trial) -> None:
    """However old the image is: only what was added since the last discovery is listed."""
    with judged.pipeline.open_store() as store:
        store.sync_cursors.save(CURSOR, (datetime.now(UTC) + timedelta(hours=1)).isoformat())
        judged.seed.unlink_images("red.png")
        found = discover(judged.project, store, known=set(judged.tags.values()), is_bounded=True)
    assert found.snapshot.is_work(Tag(judged.tags["red"]))


def test_a_group_whose_metadata_was_overwritten_is_no_reason_for_another_one(judged: Trial) -> None:
    """As a script does that writes its own client metadata in place of what is there."""
    item, ours = with_overwritten_metadata(judged)
    snapshot = judged.project.snapshot()
    assert [row.title for row in snapshot.images.values() if row.is_waiting] == []
    (problem,) = snapshot.conflicts.values()
    assert "no longer names its members; add {" in problem
    restored = json.loads(problem[problem.index("{") : problem.index("}") + 1])
    assert restored == ours
    item.update(client_metadata={"colour": "blue", **restored})
    assert encord_state(judged.seed) == finished("red", "green")
    assert judged.project.snapshot().conflicts == {}


def test_a_choice_is_saved_though_the_groups_metadata_was_overwritten_meanwhile(judged: Trial) -> None:
    reviewed = Reviewed(judged)
    writer = reviewed.writer(approves=True)
    comparison = reviewed.session().comparisons.get(reviewed.tag("red"))
    assert comparison is not None
    with_overwritten_metadata(judged)
    writer.save(comparison, comparison.answer(side_of(comparison, Captioner.LLM_8B), writer.roles))
    assert writer.approve(comparison.tag, comparison.rows) is None
    reviewed.close()
    row = image_row(judged.seed, "red")
    assert row.workflow_graph_node is not None
    assert row.workflow_graph_node.title == "Complete"


def test_a_finished_row_stays_and_a_refused_move_is_noticed_though_the_metadata_was_overwritten(judged: Trial) -> None:
    hashes = {colour: image_row(judged.seed, colour).data_hash for colour in ("red", "green")}
    approve(judged, "red")
    send(judged, "green", "LLM1")
    for colour in hashes:
        with_overwritten_metadata(judged, colour)
    before = labels(image_row(judged.seed, "red"))
    cleared = [each.feature_hash for each in judged.project.ontology.classifications]
    unsaved = judged.project.save_answers({hashes["red"]: ()}, cleared=cleared)
    assert unsaved.finished == {hashes["red"]: "Complete"}
    assert labels(image_row(judged.seed, "red")) == before
    judged.inject_fault(match="POST .*/actions", status=400, times=2)
    behind = judged.project.move_tasks([hashes["green"]], [StageKind.LLM1])
    assert behind[hashes["green"]].startswith("LLM1: ")
    assert judged.project.move_tasks([hashes["green"]], AGENT_STAGES) == {}
    assert encord_state(judged.seed)["green"]["stage"] == "Human Review"


def test_a_probe_sees_the_images_in_groups_and_changes_nothing(judged: Trial) -> None:
    before = encord_state(judged.seed)
    output = io.StringIO()
    assert probe_judge(judged.pipeline, Terminal(output), images=2, only_cost=False, confirmed=True)
    assert "2 images, 12 probes" in output.getvalue()
    with judged.pipeline.open_store() as store:
        probed = store.results(PROBES, ProbedImage).values()
    rates = probe_rates([trial for image in probed for probing in image.probings for trial in probing.trials])
    assert {(rate.fooled.total, rate.failed) for rate in rates} == {(2, 0)}
    assert encord_state(judged.seed) == before


def test_a_project_with_groups_whose_description_was_edited_is_refused(judged: Trial) -> None:
    """As a project of rows, it would never see a new image, and a replaced caption would take its image with it."""
    seed = judged.seed
    edited = seed.client().create_project(
        "edited",
        [seed.dataset_hash],
        "my images",
        ontology_hash=seed.ontology_hash,
        workflow_template_hash=WORKFLOW_TEMPLATE["uuid"],
    )
    project = EncordProject.open(seed.connection, edited)
    with pytest.raises(ProjectMismatch, match="no longer names the folder"):
        project.list_rows()


def test_an_image_linked_by_hand_is_refused_with_what_to_do(groups: Trial) -> None:
    groups.seed.client().get_dataset(groups.seed.dataset_hash).link_items([UUID(groups.items["red"])])
    (why,) = groups.project.snapshot().conflicts.values()
    assert "'red.png'" in why
    assert "unlink the others" in why
