"""Encord fails before a write, or does it and loses the answer: the next run ends in the same state as if nothing had been."""

import pytest

from judge_pipeline_tests.assets.encord_state import encord_state, finished
from judge_pipeline_tests.assets.trial import Trial, every

WRITES = {
    "tagging": (r"PATCH storage/items/patch-bulk", 0),
    "reserving": (r"upload-signed-urls", 0),
    "uploading": (r"PUT storage-blobs", 0),
    "registering": (r"POST .*data-upload-jobs$", 0),
    "asking for the job": (r"GET .*data-upload-jobs/", 0),
    "linking": (r"v1 POST datasetlinkitems", 0),
    "initialising": (r"v1 PUT labelrow", 0),
    "leaving LLM1": (r"POST .*/actions", 0),
    "leaving LLM2": (r"POST .*/actions", 1),
    "saving": (r"v1 POST labelrow$", 0),
    "leaving the judge": (r"POST .*/actions", 2),
}
"""Every request of the path that changes something: what it is searched by, and how many like it come before."""

REPEATED_BY_THE_SDK = ("reserving", "asking for the job", "leaving LLM1", "leaving LLM2", "saving", "leaving the judge")
"""After a cut connection; 504 reaches us from these too."""


@pytest.mark.parametrize(
    ("write", "status"), [*((write, "reset") for write in WRITES), *((write, 504) for write in REPEATED_BY_THE_SDK)]
)
def test_a_write_whose_answer_is_lost_is_not_made_twice(trial: Trial, write: str, status: str | int) -> None:
    trial.add("red", "green")
    match, skip = WRITES[write]
    trial.order_fault(match=match, status=status, when="after", skip=skip)
    first = trial.materialize()
    assert trial.faults()[0]["done"], "the fault was met"
    if not first.success:
        assert trial.failed()
        assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    assert trial.materialized() == every("red", "green")
    assert len(trial.models.calls) == 8


@pytest.mark.parametrize("status", [500, 504])
def test_writes_that_fail_one_after_the_other_cost_a_run_each_at_most(trial: Trial, status: str | int) -> None:
    trial.add("red", "green")
    for match, skip in WRITES.values():
        trial.order_fault(match=match, status=status, when="before", skip=skip)
    runs = 1
    while not trial.materialize().success:
        runs += 1
        assert runs <= len(WRITES) + 1
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8


def test_a_run_that_encord_cuts_short_says_which_call_failed_and_what_is_done_stays(trial: Trial) -> None:
    trial.add("red", "green")
    trial.order_fault(match="v1 POST datasetlinkitems", status="reset")
    assert not trial.materialize().success
    assert trial.materialized() == every("red", "green", assets=["images", "captions_8b", "captions_16b"])
    assert trial.failed() == every("red", "green", assets=["linked_text_items", "judgements"])


def test_a_slow_answer_is_waited_for(trial: Trial) -> None:
    trial.add("red")
    for match in ("v1 GET labelrowmetadata", "v1 POST labelrow", "storage-blobs"):
        trial.order_fault(match=match, status="slow", delay_seconds=0.3)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
