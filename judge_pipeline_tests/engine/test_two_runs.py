"""Two runs want the same tags at the same time: one works; the other waits and finds the work done."""

from concurrent.futures import ThreadPoolExecutor

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, every
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.processes import wait_until


def test_two_runs_of_the_same_tags_make_everything_once(trial: Trial) -> None:
    """A person and a schedule launch the same partitions; the second run starts while the first waits for a model."""
    trial.add("red", "green")
    trial.models.hold(SMALL, "red")
    trial.models.hold(SMALL, "green")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(trial.materialize)
        wait_until(lambda: trial.models.count() == 4, seconds=60)
        reads = trial.requests()["GET projects/{project}"]
        second = pool.submit(trial.materialize)
        wait_until(lambda: trial.requests()["GET projects/{project}"] > reads, seconds=60)
        trial.models.clear_replies()
        assert first.result(timeout=60).success
        assert second.result(timeout=60).success
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8
    assert trial.materialized() == every("red", "green")


def test_runs_of_different_tags_do_not_wait_for_each_other(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(trial.materialize, "red")
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        assert trial.materialize("green").success
        assert not waiting.done()
        trial.models.clear_replies()
        assert waiting.result(timeout=60).success
    assert encord_state(trial.seed) == finished("red", "green")
