"""Steps overlap: the judge need not wait for linking while linking works, and images do not wait for each other."""

import threading

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_kills import NEVER_SECONDS, run_and_kill
from judge_pipeline_tests.engine.test_lost_responses import WRITES
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import COLOURS, JUDGE, LARGE, SMALL, ModelCall
from judge_pipeline_tests.processes import wait_until

LINKING = WRITES["linking"][0]


def test_once_linking_has_worked_the_judge_is_asked_while_texts_are_linked(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.hold(LARGE, "green")
    trial.inject_fault(match=LINKING, status=503, skip=1, times=99)

    def on_call(call: ModelCall) -> None:
        if (call.model, call.colour) == (JUDGE, "red"):
            trial.models.release(LARGE, "green")
        if (call.model, call.colour) == (JUDGE, "green"):
            trial.seed.server.control("DELETE", "faults")

    trial.models.on_call = on_call
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")


def test_after_linking_has_failed_the_judge_is_asked_only_about_linked_texts(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    for colour in ("green", "blue"):
        trial.models.hold(LARGE, colour)
    trial.inject_fault(match=LINKING, status=429, retry_after=3600, skip=1, times=99)

    def on_call(call: ModelCall) -> None:
        if call.model == JUDGE:
            trial.models.release(LARGE, "green")

    def when_green_has_failed() -> None:
        wait_until(lambda: failed_titles(trial) == {"green.png"}, seconds=60)
        trial.models.release(LARGE, "blue")

    trial.models.on_call = on_call
    waiting = threading.Thread(target=when_green_has_failed)
    waiting.start()
    assert not trial.materialize().success
    waiting.join()

    assert failed_titles(trial) == {"green.png", "blue.png"}
    assert (trial.models.count(JUDGE, "green"), trial.models.count(JUDGE, "blue")) == (2, 0)
    trial.seed.server.control("DELETE", "faults")
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green", "blue")
    assert len(trial.models.calls) == 12, "the judge's answers about green were kept"


def test_an_image_is_captioned_while_nine_others_are_still_downloading(trial: Trial) -> None:
    trial.add(*COLOURS)
    trial.inject_fault(match="GET storage-blobs", status=503, skip=1, times=9, delay_seconds=NEVER_SECONDS)
    run_and_kill(trial, lambda: trial.models.count(SMALL) == 1)


def failed_titles(trial: Trial) -> set[str]:
    with trial.pipeline.open_store() as store:
        return {failure.title for failure in store.failures()}
