"""A run that stood still for too long loses a tag to another run, leaves it alone and goes on with the rest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.leases import Lease
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, every
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, ModelCall

OTHERS = Caption(Tag(""), Captioner.LLM_8B, "What the other run has.", "other", "v1", Spent(1, 1, None, 0.1))


def take_over(trial: Trial, colour: str) -> Lease:
    """Another run takes the tag after this one has stood still for an hour."""
    tag = Tag(trial.tags[colour])
    later = datetime.now(UTC) + timedelta(hours=1)
    with trial.pipeline.open_store() as store:
        return store.leases.acquire([tag], holder="other", seconds=60, now=later)[tag]


def when_asked(model: str, colour: str, act: Callable[[], object]) -> Callable[[ModelCall], None]:
    """Acts during a model's first call about an image."""
    calls: list[ModelCall] = []

    def on_call(call: ModelCall) -> None:
        if (call.model, call.colour) == (model, colour) and not calls:
            calls.append(call)
            act()

    return on_call


def warnings(trial: Trial, run_id: str) -> list[str]:
    return [entry.user_message for entry in trial.instance.all_logs(run_id) if "lease on tag" in entry.user_message]


@pytest.mark.parametrize("model", [SMALL, LARGE, JUDGE])
def test_a_lost_tag_stops_alone_and_is_not_a_failure(trial: Trial, model: str) -> None:
    trial.add("red", "green")
    others: list[Lease] = []
    trial.models.on_call = when_asked(model, "green", lambda: others.append(take_over(trial, "green")))

    run = trial.materialize()

    assert run.success
    assert trial.failed() == set()
    assert every("red") <= trial.materialized()
    assert ("judgements", "green") not in trial.materialized()
    if model != JUDGE:
        assert trial.models.count(JUDGE, "green") == 0
    assert encord_state(trial.seed)["red"] == finished("red")["red"]
    with trial.pipeline.open_store() as store:
        assert store.failures() == []
        store.leases.release(others)
    (warning,) = warnings(trial, run.run_id)
    assert warning.startswith("'green.png': the lease on tag")
    assert "run other has it now" in warning

    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")


def test_the_other_runs_result_stays(trial: Trial) -> None:
    trial.add("green")
    tag = Tag(trial.tags["green"])
    others = replace(OTHERS, tag=tag)

    def other_run() -> None:
        lease = take_over(trial, "green")
        with trial.pipeline.open_store() as store:
            store.save_result("captions_8b", lease, others)

    trial.models.on_call = when_asked(SMALL, "green", other_run)
    trial.materialize()

    with trial.pipeline.open_store() as store:
        assert store.results("captions_8b", Caption) == {tag: others}
    assert encord_state(trial.seed)["folder"] == {"images": 1, "texts": 0}
