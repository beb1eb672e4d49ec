"""A request that Encord refuses with 429 is sent again by itself, within limits; outside a block it is not."""

import threading
import time

import pytest

from judge_pipeline.encord_project.connection import translated_errors
from judge_pipeline.encord_project.errors import EncordUnavailable
from judge_pipeline.encord_project.rate_limits import SECONDS_PER_REQUEST, rate_limits_awaited
from judge_pipeline_tests.engine.trial import Trial


def read(trial: Trial) -> None:
    """One request of each protocol."""
    with translated_errors("reading", domain=trial.seed.server.url):
        client = trial.seed.connection.client()
        client.get_storage_folder(trial.seed.folder_uuid)
        client.get_dataset(trial.seed.dataset_hash)


def failed(trial: Trial) -> EncordUnavailable:
    with pytest.raises(EncordUnavailable) as raised:
        read(trial)
    return raised.value


@pytest.mark.parametrize("match", ["GET storage/folders", "v1 GET dataset"])
def test_the_request_alone_is_sent_again(trial: Trial, match: str) -> None:
    trial.inject_fault(match=match, status=429, times=2)
    trial.reset_request_counts()
    with rate_limits_awaited():
        read(trial)
    assert [count for operation, count in trial.requests().items() if match in operation] == [3]
    assert sum(trial.requests().values()) == 4


def test_retry_after_is_the_wait(trial: Trial) -> None:
    trial.inject_fault(match="GET storage/folders", status=429, retry_after=2)
    began = time.monotonic()
    with rate_limits_awaited():
        read(trial)
    assert time.monotonic() - began > 2


def test_nothing_waits_outside_a_block(trial: Trial) -> None:
    trial.inject_fault(match="GET storage/folders", status=429)
    assert not failed(trial).is_final


def test_a_wait_longer_than_a_requests_minute_is_not_begun(trial: Trial) -> None:
    trial.inject_fault(match="GET storage/folders", status=429, retry_after=int(SECONDS_PER_REQUEST) + 1)
    with rate_limits_awaited():
        assert failed(trial).is_final


def test_the_requests_of_a_call_share_its_time(trial: Trial) -> None:
    trial.inject_fault(match="GET storage/folders", status=429, times=100)
    began = time.monotonic()
    with rate_limits_awaited(seconds_per_call=2), rate_limits_awaited():
        assert failed(trial).is_final
    assert time.monotonic() - began < 10


def test_the_end_of_the_run_ends_the_waiting(trial: Trial) -> None:
    ended = threading.Event()
    ended.set()
    trial.inject_fault(match="GET storage/folders", status=429, retry_after=30)
    began = time.monotonic()
    with rate_limits_awaited(ended=ended):
        assert failed(trial).is_final
    assert time.monotonic() - began < 10
