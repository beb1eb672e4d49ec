"""A run is suspended before each of its writes until another run has its tag; then it writes nothing more."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_lost_leases import take_over
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.processes import wait_until

PAUSE_SECONDS = 2.0
"""How long the response that the run waits for is delayed; the other run takes the tag in the meantime."""

BEFORE_WRITES = {
    "tagging": (r"POST storage/items/get-bulk", 1),
    "uploading": (r"upload-signed-urls", 0),
    "registering": (r"GET storage/folders/\{folder\}/items", 1),
    "linking": (r"GET .*data-upload-jobs/", 0),
    "initialising": (r"v1 POST datasetlinkitems", 0),
    "leaving LLM1": (r"v1 PUT labelrow", 0),
    "leaving LLM2": (r"POST .*/actions", 0),
    "saving": (r"v1 PUT labelrow", 1),
    "leaving the judge": (r"v1 POST labelrow$", 0),
}
"""The last request before each write: a pattern, and how many matching requests come before it."""


@pytest.mark.parametrize("write", BEFORE_WRITES)
def test_a_run_that_lost_its_tag_while_suspended_writes_nothing_more(trial: Trial, write: str) -> None:
    trial.add("red")
    match, skip = BEFORE_WRITES[write]
    trial.inject_fault(match=match, status="slow", skip=skip, delay_seconds=PAUSE_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        suspended = pool.submit(trial.materialize)
        wait_until(lambda: trial.faults_met() == 1, seconds=60)
        lease = take_over(trial, "red")
        writes = trial.writes()
        assert not suspended.done()
        suspended.result(timeout=60)
    assert trial.writes() == writes

    with trial.pipeline.open_store() as store:
        store.leases.release([lease])
        assert store.failures([Tag(trial.tags["red"])]) == []
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
    assert len(trial.models.calls) == 4
