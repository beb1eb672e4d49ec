"""What a batch leaves in Encord, read through the official SDK."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from encord.constants.enums import DataType

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.domain.tag import tag_for
from judge_pipeline.engine.recent_project import RecentProject
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, label_rows
from judge_pipeline_tests.engine.trial import Trial, every, run_tags
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, paint
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.processes import wait_until

COLOURS = ("red", "green", "blue")
TEN = (*COLOURS, "yellow", "purple", "orange", "grey", "white", "black", "cyan")


def test_an_image_and_its_texts_share_a_tag_and_state_their_data_type(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    of_tag: dict[str, list[str]] = {}
    for row in label_rows(trial.seed):
        assert row.client_metadata is not None
        of_tag.setdefault(row.client_metadata["Tag"], []).append(row.client_metadata["Data Type"])
    assert set(of_tag) == {
        tag_for(project_hash=trial.seed.project_hash, item_uuid=item) for item in trial.items.values()
    }
    assert all(sorted(types) == ["Image", "Text_16B", "Text_8B"] for types in of_tag.values())


def test_the_judges_labels_are_marked_as_automatic(trial: Trial) -> None:
    """Checked in the stored row, because the SDK's objects lose the mark of nested answers."""
    trial.add_finished("red")
    stored = trial.seed.project().get_label_row(image_row(trial.seed, "red").label_hash)["classification_answers"]
    assert len(stored) == 3
    for instance in stored.values():
        assert instance["manualAnnotation"] is False
        assert [answer["manualAnnotation"] for answer in instance["classifications"]] == [False] * len(
            instance["classifications"]
        )


def test_each_image_costs_two_captions_and_two_judgements(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    asked = {
        (model, colour): trial.models.count(model, colour) for model in (SMALL, LARGE, JUDGE) for colour in COLOURS
    }
    assert asked == {(model, colour): 2 if model == JUDGE else 1 for model, colour in asked}


def test_the_texts_of_an_image_are_in_its_folder_and_dataset(trial: Trial) -> None:
    trial.add_finished("red")
    rows = label_rows(trial.seed)
    assert {row.dataset_hash for row in rows} == {trial.seed.dataset_hash}
    assert [row.data_type for row in rows].count(DataType.PLAIN_TEXT) == 2
    items = trial.seed.client().get_storage_items([row.backing_item_uuid for row in rows if row.backing_item_uuid])
    assert {item.parent_folder_uuid for item in items} == {trial.seed.folder_uuid}


def test_one_batch_leaves_every_image_with_two_texts_and_the_judges_labels_in_human_review(trial: Trial) -> None:
    """It makes few requests per image: the notebook 36, a batch shares them. The bound leaves room for a busy machine."""
    trial.add(*TEN)
    trial.reset_request_counts()
    assert trial.materialize().success
    assert sum(trial.requests().values()) < 10 * 10, trial.requests()
    assert encord_state(trial.seed) == finished(*TEN)
    assert trial.materialized() == every(*TEN)


def test_what_a_run_reads_before_its_first_call_it_reads_once(trial: Trial) -> None:
    """The rows are read when the run holds their tags, so no other run has changed them since."""
    trial.add("red", "green")
    tags = list(trial.tags.values())
    add_tags(trial.instance, tags)
    trial.models.hold(SMALL, "red")
    trial.reset_request_counts()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(run_tags, trial.pipeline, trial.instance, tags)
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        requests = trial.requests()
        trial.models.clear_replies()
        assert run.result(timeout=60).success
    once = {"GET projects/{project}", "GET ontologies/{ontology}", "GET projects/{project}/datasets"}
    assert {operation: requests.get(operation, 0) for operation in once} == dict.fromkeys(once, 1)
    assert requests["v1 GET labelrowmetadata"] == 1


def test_the_runs_of_a_command_use_the_project_that_it_has_just_opened(trial: Trial) -> None:
    pipeline = replace(trial.pipeline, recent=RecentProject())
    trial.reset_request_counts()
    assert pipeline.open_project() is pipeline.open_project()
    assert trial.requests()["GET projects/{project}"] == 1
    assert trial.pipeline.open_project() is not trial.pipeline.open_project(), "other runs see what people have changed"


def test_odd_file_names_are_kept(trial: Trial, tmp_path: Path) -> None:
    """Formulas, markup, line breaks, right-to-left text, and the longest name that a file system allows."""
    names = ["=cmd|calc!A0<script>.png", "new\nline.png", "\u202egnp.exe.png", f"{'x' * 240}.png"]
    paint(tmp_path, "red")
    trial.seed.add_images([Path(shutil.copy(tmp_path / "red.png", tmp_path / name)) for name in names])
    assert trial.materialize().success
    titles = [row.data_title for row in label_rows(trial.seed) if row.data_type is DataType.IMAGE]
    assert sorted(titles) == sorted(names)


def test_captions_reach_encord_as_the_model_wrote_them(trial: Trial) -> None:
    odd = {
        "red": "A \u202e red\x1b[31m area",
        "green": "<script>alert(1)</script>\r\nGreen.",
        "blue": "=1+1 \U0001f600",
    }
    trial.add(*odd)
    for colour, text in odd.items():
        trial.models.reply_once(SMALL, colour, completion(text))
    assert trial.materialize().success
    state = encord_state(trial.seed)
    assert {colour: state[colour]["texts"]["Text_8B"]["content"] for colour in odd} == odd
