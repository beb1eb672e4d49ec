"""Thousands of questions in five batches, with all that may go wrong in some of them.

The suite asks 1,000, `benchmarks/model_batches.py` 10,000.
"""

import asyncio
from collections.abc import Sequence

from judge_pipeline.engine.model_batches.cancelling import cancel
from judge_pipeline.models.exchange import Failure, Reply
from judge_pipeline_tests.engine.model_batches.batch_trial import ANSWERED, BatchTrial

BATCHES = 5
TEXT = "A plain red area."


def ask_many(trial: BatchTrial, count: int) -> int:
    """Asks until every question has ended, as a run would; returns how many were asked again.

    2 % of the lines are errors, half of them for good, 1 % are missing; one batch expires and one is cancelled, both before
    their second half.
    """
    trial.settings(seconds=0)
    share = count // 100
    trial.fault("status", status=500, mode="batch", share=0.01, times=share)
    trial.fault("status", status=400, mode="batch", share=0.01, times=share)
    trial.fault("line_missing", share=0.01, times=share)
    trial.fault("text", text=TEXT, mode="batch", share=1)
    ids = [f"{number:064}" for number in range(count)]
    for number in range(BATCHES):
        (part,) = trial.note(ids[number::BATCHES])
        if number == 1:
            trial.fault("batch_expired", lines=len(part.ids) // 2, match=part.uuid)
        if number == 2:
            trial.fault("batch_slow", delay_seconds=600, match=part.uuid)
        trial.submit([part])
        if number == 2:
            assert asyncio.run(cancel(trial.batch(), trial.endpoint)) == ""
    asked_again = 0
    while True:
        trial.collect_all()
        again = [id_ for id_, found in trial.store.questions.find(ids).items() if found.state is not ANSWERED]
        if not again:
            return asked_again
        asked_again += len(again)
        trial.ask(*again)


def assert_all_ended(trial: BatchTrial, count: int) -> None:
    """Each question has its one outcome, and each line was paid for because its answer was needed."""
    ids = [f"{number:064}" for number in range(count)]
    found = trial.store.questions.find(ids)
    outcomes = [trial.outcome_of(found[id_]) for id_ in ids]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert {failure.status for failure in refused} == {400}
    assert len(refused) == count // 100
    assert {outcome.text for outcome in outcomes if isinstance(outcome, Reply)} == {TEXT}
    without_answer = sum(fault["met"] for fault in _faults(trial, "status", "line_missing"))
    assert trial.answered_lines() == count + without_answer - len(refused)
    batches = trial.store.model_batches.all()
    assert [batch.problem for batch in batches if batch.problem] == [
        "it was cancelled",
        "the server did not finish it in time",
    ]
    assert len(trial.store.questions.ready_tags()) == count
    assert trial.listed("files") == []


def _faults(trial: BatchTrial, *kinds: str) -> Sequence[dict[str, int]]:
    return [fault for fault in trial.control("GET", "faults") if fault["kind"] in kinds]
