"""The sensor asks for a reading when people have decided something new, and for none otherwise."""

from datetime import timedelta

import dagster as dg
import pytest

from judge_pipeline.automation.final_choices import WHOLE_LOOK_EVERY, Watched, final_choices_sensor
from judge_pipeline_tests.engine.people import approve, choose, to_human_review
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions


class Watch:
    """Ticks of the sensor, each with the cursor of the one before."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.cursor: str | None = None

    def tick(self) -> bool:
        """Whether one tick asks for a run."""
        with dg.build_sensor_context(
            instance=self._trial.instance,
            resources={"pipeline": self._trial.pipeline},
            definitions=definitions(self._trial.pipeline),
            cursor=self.cursor,
        ) as context:
            ticked = final_choices_sensor.evaluate_tick(context)
        self.cursor = ticked.cursor
        assert bool(ticked.run_requests) is not bool(ticked.skip_message)
        return bool(ticked.run_requests)

    def a_quarter_of_an_hour_later(self) -> None:
        watched = Watched.of(self.cursor)
        assert watched.whole_at
        self.cursor = str(Watched(watched.whole_at - WHOLE_LOOK_EVERY - timedelta(seconds=1), watched.read))


@pytest.fixture
def watch(trial: Trial) -> Watch:
    """Two pictures in Human Review, about which nothing is decided and everything is seen."""
    trial.add("red", "green")
    for colour in ("red", "green"):
        to_human_review(trial, colour)
    watch = Watch(trial)
    assert watch.tick()
    read(trial)
    assert not watch.tick()
    return watch


def read(trial: Trial) -> None:
    """The run that the sensor asks for."""
    job = definitions(trial.pipeline).resolve_job_def("read_final_choices")
    assert job.execute_in_process(
        instance=trial.instance, asset_selection=[dg.AssetKey("final_choices")], run_config=QUIET
    ).success


def test_a_new_answer_is_asked_for_until_it_is_read(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    assert watch.tick()
    assert watch.tick()
    read(trial)
    assert not watch.tick()


def test_a_tick_is_a_handful_of_requests_and_writes_nothing(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    read(trial)
    trial.forget_requests()
    assert not watch.tick()
    assert sum(trial.requests().values()) <= 5
    assert trial.writes() == 0


def test_an_approval_is_found_when_all_rows_are_listed(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    read(trial)
    assert not watch.tick()
    approve(trial, "green")
    assert not watch.tick()
    watch.a_quarter_of_an_hour_later()
    assert watch.tick()


def test_labels_that_only_the_judge_has_saved_ask_for_nothing(trial: Trial, watch: Watch) -> None:
    trial.add("blue")
    assert trial.materialize("blue").success
    assert not watch.tick()


def test_an_encord_that_cannot_be_reached_fails_the_tick_in_a_sentence(trial: Trial, watch: Watch) -> None:
    trial.order_fault(match="GET projects/{project}", status=403)
    with pytest.raises(dg.Failure, match=r"Encord at .* refuses"):
        watch.tick()


@pytest.mark.parametrize("cursor", [None, "", "x", "{}", '{"whole_at": null, "read": null}', "[]"])
def test_a_cursor_that_is_none_begins_anew(cursor: str | None) -> None:
    assert Watched.of(cursor) == Watched(None, None)
