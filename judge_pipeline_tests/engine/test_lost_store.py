"""A store that is lost is rebuilt from Encord: nothing is paid again, and nothing is left over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import open_row
from judge_pipeline_tests.engine.test_kills import run_and_kill
from judge_pipeline_tests.engine.test_lost_responses import WRITES
from judge_pipeline_tests.engine.test_two_stores import TAKE_OVER, other_home
from judge_pipeline_tests.engine.trial import Trial, every
from judge_pipeline_tests.model_stub import JUDGE, SMALL, caption
from judge_pipeline_tests.processes import wait_until


def judgements(trial: Trial) -> dict[str, Judgement]:
    with trial.pipeline.open_store() as store:
        return dict(store.results("judgements", Judgement))


def what_is_in_encord(judgement: Judgement) -> Judgement:
    """The judgement without the rulings and the costs, which are not in Encord."""
    nothing: dict[str, Any] = {"rulings": (), "orders_agree": None, "model": "", "spent": None, "suspicions": ()}
    return replace(judgement, **nothing)


def test_everything_is_adopted_and_no_model_is_called(trial: Trial) -> None:
    trial.add_finished("red", "green")
    before = encord_state(trial.seed)
    new = other_home(trial)
    trial.models.reset()

    assert new.materialize().success

    assert trial.models.calls == []
    assert encord_state(trial.seed) == before == finished("red", "green")
    assert {tag: what_is_in_encord(each) for tag, each in judgements(new).items()} == {
        tag: what_is_in_encord(each) for tag, each in judgements(trial).items()
    }
    assert new.materialized() == every("red", "green")


def test_a_judgement_that_a_person_has_changed_is_not_taken_for_the_judges(trial: Trial) -> None:
    trial.add_finished("red")
    row = open_row(trial, "red")
    (label,) = [each for each in row.get_classification_instances() if each.classification_name == "LLM Judge Choice"]
    row.remove_classification(label)
    row.save()
    trial.models.reset()

    assert other_home(trial).materialize().success

    assert trial.models.count() == trial.models.count(JUDGE) > 0


@pytest.mark.parametrize(
    "write", ["registering", "linking", "initialising", "leaving LLM1", "saving", "leaving the judge"]
)
def test_what_an_interrupted_run_of_the_lost_store_has_left_is_used(trial: Trial, write: str) -> None:
    trial.add("red", "green")
    match, skip = WRITES[write]
    when = "before" if write == "linking" else "after"
    trial.inject_fault(match=match, skip=skip, status=503, when=when, delay_seconds=60)
    run_and_kill(trial, lambda: trial.faults_met() == 1)
    trial.seed.server.control("DELETE", "faults")
    new = other_home(trial)
    trial.models.reset()

    assert new.materialize(run_config=TAKE_OVER).success

    labels_are_saved = write in ("saving", "leaving the judge")
    assert trial.models.count() == (0 if labels_are_saved else trial.models.count(JUDGE))
    assert encord_state(trial.seed) == finished("red", "green")


def add_text(trial: Trial, colour: str, captioner: Captioner, content: str, tag: str) -> None:
    """Another program uploads and links a caption."""
    client = trial.seed.client()
    file = trial.folder / "theirs.txt"
    file.write_text(content)
    metadata = {"Tag": tag, "Data Type": captioner.data_type.value}
    item = client.get_storage_folder(trial.seed.folder_uuid).upload_text(
        file, title=f"{colour}.txt", client_metadata=metadata
    )
    client.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items([item])


@pytest.mark.parametrize("content", [caption(SMALL, "red"), "Quite another caption."])
def test_a_text_that_appeared_since_the_snapshot_is_not_joined_by_a_second_one(trial: Trial, content: str) -> None:
    """A run that was taken over links its text after the new store's run has read the project."""
    trial.add("red")
    (tag,) = trial.tags.values()
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(trial.materialize)
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        add_text(trial, "red", Captioner.LLM_8B, content, tag)
        trial.models.clear_replies()
        assert run.result(timeout=60).success == (content == caption(SMALL, "red"))

    assert trial.materialize().success

    state = encord_state(trial.seed)
    assert state["folder"] == {"images": 1, "texts": 2}
    assert state["red"]["texts"]["Text_8B"]["content"] == content
    with trial.pipeline.open_store() as store:
        assert [each.text for each in store.results("captions_8b", Caption).values()] == [content]
