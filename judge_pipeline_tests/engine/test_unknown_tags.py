"""Partition keys without an image: they fail with one clear sentence and never become an image of the report."""

import pytest

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, message_of, run_tags

OF_ANOTHER_PROJECT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def typed(trial: Trial) -> str:
    """A file name that someone has typed as a partition key."""
    trial.add("red")
    add_tags(trial.instance, ["red.png"])
    return "red.png"


def outcome_titles(trial: Trial) -> list[str]:
    with trial.pipeline.open_store() as store:
        return [outcome.title for outcome in load_outcomes(store)]


def test_a_title_as_a_partition_key_fails_with_the_tag_to_launch(trial: Trial, typed: str) -> None:
    trial.reset_request_counts()
    result = run_tags(trial.pipeline, trial.instance, [typed])
    assert f"a partition key is a Tag and not a title: launch {trial.tags['red']} and delete this" in message_of(result)
    assert trial.models.calls == []
    assert trial.writes() == 0


def test_partition_keys_without_an_image_fail_alone_and_are_no_images_of_the_report(trial: Trial, typed: str) -> None:
    tag = trial.tags["red"]
    keys = [typed, OF_ANOTHER_PROJECT, tag]
    add_tags(trial.instance, keys)
    message = message_of(run_tags(trial.pipeline, trial.instance, keys))
    assert "Of 3 tags: 1 done, 2 failed." in message
    assert f"no image of project 'LLM as a judge' has the Tag {OF_ANOTHER_PROJECT}" in message
    assert encord_state(trial.seed) == finished("red")
    assert outcome_titles(trial) == ["red.png"]


def test_failures_that_an_earlier_version_saved_do_not_count_either(trial: Trial) -> None:
    with trial.pipeline.open_store() as store:
        tag = Tag("cat.jpg")
        lease = store.leases.acquire([tag], holder="earlier", seconds=60)[tag]
        message = (
            "no image of project 'Captions' has the Tag cat.jpg; was it removed, or does it belong to another project?"
        )
        store.save_failure("images", lease, title=tag, kind="RowRefused", message=message, run_id=None)
    assert outcome_titles(trial) == []
