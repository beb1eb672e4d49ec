"""A run stopped past its lease by the system, and a person who decides during a run; `benchmarks/interruptions.py` has all points."""

import pytest

from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE
from judge_pipeline_tests.engine.interruptions import choose_at, stop_past_the_lease
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
