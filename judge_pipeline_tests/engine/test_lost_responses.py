"""Encord fails before a write, or its response is lost after it: the run ends in the same state as without the fault."""

import time

import pytest

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, every, message_of

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
"""Every step of a run's writing: a pattern for its request, and how many matching requests come before it."""

RUNS = (
    ("tagging", "reserving", "asking for the job", "linking", "leaving LLM1"),
    ("uploading", "initialising", "leaving LLM2"),
    ("registering", "saving", "leaving the judge"),
)
"""All of them, at most two per retried call, because the retries are few and their waits grow."""


@pytest.mark.parametrize("writes", RUNS, ids=", ".join)
@pytest.mark.parametrize(("status", "when"), [("reset", "after"), (504, "after"), (500, "before")])
def test_a_write_that_fails_or_loses_its_response_has_one_effect(
    trial: Trial, writes: tuple[str, ...], status: str | int, when: str
) -> None:
    trial.add("red", "green")
    for match, skip in map(WRITES.__getitem__, writes):
        trial.inject_fault(match=match, status=status, when=when, skip=skip)
    assert trial.materialize().success
    assert [fault["match"] for fault in trial.faults() if not fault["done"]] == [], "every fault was met"
    assert encord_state(trial.seed) == finished("red", "green")
    assert trial.materialized() == every("red", "green")
    assert len(trial.models.calls) == 8


def test_every_write_fails_in_one_of_the_runs() -> None:
    assert {write for writes in RUNS for write in writes} == set(WRITES)


def test_a_failed_read_is_retried(trial: Trial) -> None:
    trial.add("red")
    for match in ("items/get-bulk", "GET storage-blobs"):
        trial.inject_fault(match=match, status=504)
    assert trial.materialize().success
    assert all(fault["done"] for fault in trial.faults())


def test_a_rate_limit_delays_the_run_and_fails_no_tag(trial: Trial) -> None:
    trial.add("red", "green")
    limited = ("tagging", "linking", "saving")
    for write in limited:
        trial.inject_fault(match=WRITES[write][0], status=429, retry_after=1)
    began = time.monotonic()
    assert trial.materialize().success
    assert time.monotonic() - began > len(limited)
    assert encord_state(trial.seed) == finished("red", "green")


def test_a_rate_limit_on_every_third_request_fails_no_tag(trial: Trial) -> None:
    """Each request waits on its own; a call of several requests does not start over, nor use up its attempts."""
    colours = ("red", "green", "blue", "yellow")
    trial.add(*colours)
    not_storage = r"^(?!\w+ storage-blobs)"
    trial.inject_fault(match=not_storage, status=429, retry_after=1, every=3, times=1000)
    result = trial.materialize()
    assert trial.faults_met() > 10
    trial.forget_faults()
    assert result.success
    assert encord_state(trial.seed) == finished(*colours)
    assert len(trial.models.calls) == 16


def test_a_long_retry_after_fails_the_tags_and_the_next_run_finishes_them(trial: Trial) -> None:
    """A run does not wait for an hour. What is done stays, and the rest can be launched again."""
    trial.add("red", "green")
    trial.inject_fault(match=WRITES["linking"][0], status=429, retry_after=3600)
    message = message_of(trial.materialize())
    assert "returned a rate limit while linking captions" in message
    assert trial.materialized() == every("red", "green", assets=["images", "captions_8b", "captions_16b"])
    assert trial.failed() == every("red", "green", assets=["linked_text_items", "judgements"])
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8


def test_a_storage_that_refuses_one_text_fails_one_tag(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    trial.inject_fault(match=WRITES["uploading"][0], status=403)
    assert not trial.materialize().success
    assert len({colour for _, colour in trial.failed()}) == 1
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green", "blue")


def test_slow_responses_fail_no_tag(trial: Trial) -> None:
    trial.add("red")
    for match in ("v1 GET labelrowmetadata", "v1 POST labelrow", "storage-blobs"):
        trial.inject_fault(match=match, status="slow", delay_seconds=0.3)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
