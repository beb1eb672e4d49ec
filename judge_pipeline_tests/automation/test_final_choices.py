"""The sensor launches a run when people have decided something new, and only then."""

from datetime import timedelta

import dagster as dg
import pytest

from judge_pipeline.automation.final_choices import FULL_SCAN_INTERVAL, WatchCursor, final_choices_sensor
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline_tests.engine.people import approve, choose, move_to_human_review
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions


class Watch:
    """Ticks of the sensor, each with the cursor of the one before."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.cursor: str | None = None

    def tick(self) -> bool:
        """Whether one tick requests a run."""
        with dg.build_sensor_context(
            instance=self._trial.instance,
            resources={"pipeline": self._trial.pipeline},
            definitions=definitions(self._trial.pipeline),
            cursor=self.cursor,
        ) as context:
            ticked = final_choices_sensor(UNPREFIXED).evaluate_tick(context)
        self.cursor = ticked.cursor
        assert bool(ticked.run_requests) is not bool(ticked.skip_message)
        return bool(ticked.run_requests)

    def a_quarter_of_an_hour_later(self) -> None:
        cursor = WatchCursor.parse(self.cursor)
        assert cursor.full_scan_at
        earlier = cursor.full_scan_at - FULL_SCAN_INTERVAL - timedelta(seconds=1)
        self.cursor = str(WatchCursor(earlier, cursor.labels_read))


@pytest.fixture
def watch(trial: Trial) -> Watch:
    """Two pictures in Human Review; nothing is decided, and the sensor has seen both."""
    trial.add("red", "green")
    for colour in ("red", "green"):
        move_to_human_review(trial, colour)
    watch = Watch(trial)
    assert watch.tick()
    read(trial)
    assert not watch.tick()
    return watch


def read(trial: Trial) -> None:
    """The run that the sensor requests."""
    job = definitions(trial.pipeline).resolve_job_def("read_final_choices")
    assert job.execute_in_process(
        instance=trial.instance, asset_selection=[dg.AssetKey("final_choices")], run_config=QUIET
    ).success


def test_a_new_answer_requests_runs_until_it_is_read(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    assert watch.tick()
    assert watch.tick()
    read(trial)
    assert not watch.tick()


def test_a_tick_is_a_handful_of_requests_and_writes_nothing(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    read(trial)
    trial.reset_request_counts()
    assert not watch.tick()
    assert sum(trial.requests().values()) <= 5
    assert trial.writes() == 0


def test_an_approval_is_found_by_the_next_full_scan(trial: Trial, watch: Watch) -> None:
    choose(trial, "red", "LLM-8B")
    read(trial)
    assert not watch.tick()
    approve(trial, "green")
    assert not watch.tick()
    watch.a_quarter_of_an_hour_later()
    assert watch.tick()


def test_labels_saved_by_the_judge_request_no_run(trial: Trial, watch: Watch) -> None:
    trial.add("blue")
    assert trial.materialize("blue").success
    assert not watch.tick()


def test_an_encord_that_refuses_fails_the_tick_with_one_sentence(trial: Trial, watch: Watch) -> None:
    trial.inject_fault(match="GET projects/{project}", status=403)
    with pytest.raises(dg.Failure, match=r"Encord at .* refused"):
        watch.tick()


@pytest.mark.parametrize("cursor", [None, "", "x", "{}", '{"whole_at": null, "read": null}', "[]"])
def test_an_unreadable_cursor_starts_over(cursor: str | None) -> None:
    assert WatchCursor.parse(cursor) == WatchCursor(None, None)
