"""How long the SDK waits before it asks again, and which statuses it never asks again for."""

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

from judge_pipeline_tests.local.encord.faults.desk import Desk


def rows_of_nothing(desk: Desk) -> Callable[[], object]:
    project = desk.project
    return lambda: project.list_label_rows_v2(data_hashes=[])


def test_retry_after_is_waited_for(desk: Desk) -> None:
    ask = rows_of_nothing(desk)
    desk.order("v1 GET labelrowmetadata", status=429, retry_after=1)
    started = time.perf_counter()
    ask()
    assert time.perf_counter() - started >= 1
    assert desk.requests_of("v1 GET labelrowmetadata") == 2


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
def test_some_statuses_are_raised_at_once_even_for_a_read(desk: Desk, status: int, error: type[Exception]) -> None:
    """504 is the surprise: a gateway that gave up is not asked again."""
    desk.order("GET projects/{project}", status=status)
    with pytest.raises(error):
        _ = desk.project
    assert desk.requests_of("GET projects/{project}") == 1


@pytest.mark.parametrize("operation", ["GET projects/{project}", "v1 GET labelrowmetadata"])
def test_what_is_too_large_is_asked_for_again_on_both_protocols(desk: Desk, operation: str) -> None:
    """As if it could become smaller."""
    desk.order(operation, status=413, times=99)
    with pytest.raises(PayloadTooLargeError):
        desk.project.list_label_rows_v2()
    assert desk.requests_of(operation) == 4


def test_three_failures_of_different_kinds_are_ridden_over_together(desk: Desk) -> None:
    desk.order("GET projects/{project}", status=502)
    for fault in ({"status": "reset"}, {"status": 429, "retry_after": 0}):
        desk.seed.server.control("POST", "faults", json={"match": "^GET projects/", **fault})
    assert desk.project.title == "LLM as a judge"
    assert desk.requests_of("GET projects/{project}") == 4
