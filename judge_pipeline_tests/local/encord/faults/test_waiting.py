"""How long the SDK waits before a retry, and which statuses it never retries."""

import time
from collections.abc import Callable

import pytest
from encord.exceptions import (
    AuthenticationError,
    AuthorisationError,
    InvalidArgumentsError,
    MethodNotAllowedError,
    PayloadTooLargeError,
    ResourceExistsError,
    ResourceNotFoundError,
    UnknownException,
)

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox


def rows_of_nothing(sandbox: Sandbox) -> Callable[[], object]:
    project = sandbox.project
    return lambda: project.list_label_rows_v2(data_hashes=[])


def test_the_sdk_waits_for_retry_after(sandbox: Sandbox) -> None:
    ask = rows_of_nothing(sandbox)
    sandbox.inject("v1 GET labelrowmetadata", status=429, retry_after=1)
    started = time.perf_counter()
    ask()
    assert time.perf_counter() - started >= 1
    assert sandbox.requests_of("v1 GET labelrowmetadata") == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidArgumentsError),
        (401, AuthenticationError),
        (403, AuthorisationError),
        (404, ResourceNotFoundError),
        (405, MethodNotAllowedError),
        (409, ResourceExistsError),
        (422, UnknownException),
        (504, UnknownException),
    ],
)
def test_some_statuses_are_raised_immediately_even_for_a_read(
    sandbox: Sandbox, status: int, error: type[Exception]
) -> None:
    """Surprisingly, 504 is not retried."""
    sandbox.inject("GET projects/{project}", status=status)
    with pytest.raises(error):
        _ = sandbox.project
    assert sandbox.requests_of("GET projects/{project}") == 1


@pytest.mark.parametrize("operation", ["GET projects/{project}", "v1 GET labelrowmetadata"])
def test_a_413_is_retried_on_both_protocols(sandbox: Sandbox, operation: str) -> None:
    """Although a retry is just as large."""
    sandbox.inject(operation, status=413, times=99)
    with pytest.raises(PayloadTooLargeError):
        sandbox.project.list_label_rows_v2()
    assert sandbox.requests_of(operation) == 4


def test_three_failures_of_different_kinds_are_retried_together(sandbox: Sandbox) -> None:
    sandbox.inject("GET projects/{project}", status=502)
    for fault in ({"status": "reset"}, {"status": 429, "retry_after": 0}):
        sandbox.seed.server.control("POST", "faults", json={"match": "^GET projects/", **fault})
    assert sandbox.project.title == "LLM as a judge"
    assert sandbox.requests_of("GET projects/{project}") == 4
