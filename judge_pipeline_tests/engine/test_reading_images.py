"""Images that take long to come hold nobody else up."""

from judge_pipeline_tests.engine.test_kills import NEVER_SECONDS, run_and_kill
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import COLOURS, SMALL


def test_an_image_that_has_come_is_captioned_while_nine_others_do_not(trial: Trial) -> None:
    trial.add(*COLOURS)
    trial.inject_fault(match="GET storage-blobs", status=503, skip=1, times=9, delay_seconds=NEVER_SECONDS)
    run_and_kill(trial, lambda: trial.models.count(SMALL) == 1)
