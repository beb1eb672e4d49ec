"""A run stopped past its lease or ended by SIGTERM, and a person who decides during one; all points: `benchmarks/interruptions.py`."""

import signal

import pytest

from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.interruptions import choose_at, stop_past_the_lease
from judge_pipeline_tests.engine.test_kills import KilledRun
from judge_pipeline_tests.engine.trial import Trial

INITIALISING = ('"query_type": "labelrow"', '"query_method": "PUT"')
READING_LABELS = ('"query_type": "labelrow"', '"query_method": "GET"')


def test_a_process_stopped_past_its_lease_right_before_the_judges_save_writes_nothing_more(trial: Trial) -> None:
    stop_past_the_lease(trial, "saving", seconds_pass=False)


@pytest.mark.parametrize("held", [INITIALISING, READING_LABELS, LABEL_SAVE, ("/actions",)], ids=" ".join)
def test_a_final_choice_made_during_a_run_is_kept(trial: Trial, held: tuple[str, ...]) -> None:
    requests, outcome = choose_at(trial, *held)
    assert requests > 0
    assert outcome == "kept"


@pytest.mark.parametrize(
    ("read_or_written", "answers"), [("v1 GET labelrowmetadata", 0), ("v1 PUT labelrow", 4)], ids=["listing", "labels"]
)
def test_a_run_that_is_ended_while_it_waits_for_encord_pays_for_nothing_twice(
    trial: Trial, read_or_written: str, answers: int
) -> None:
    trial.add("red", "green")
    run = KilledRun(trial)
    trial.inject_fault(match=read_or_written, status="slow", delay_seconds=1.0, skip=1 - bool(answers))
    run.start()
    run.wait_until(lambda: trial.faults_met() == 1)
    assert len(trial.models.calls) == answers
    run.process.send_signal(signal.SIGTERM)
    run.process.wait(60)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8
