"""A bulk call that is refused is made again for each half, until the refused rows stand alone."""

from collections.abc import Sequence

import pytest
from encord import exceptions

from judge_pipeline.encord_project.errors import (
    EncordError,
    EncordRefused,
    EncordUnavailable,
    EncordUnreachable,
    RowRefused,
)
from judge_pipeline.encord_project.row_by_row import REFUSED_ROWS_THAT_STOP_A_RUN, RowByRow, rows_apart

DOMAIN = "https://api.example.com"


class Encord:
    """Refuses a call when one of its rows is bad, or when there are too many rows."""

    def __init__(self, error: Exception, *, bad: Sequence[int] = (), most: int = 1000) -> None:
        self._error = error
        self._bad = set(bad)
        self._most = most
        self.calls: list[int] = []

    def save(self, rows: Sequence[int]) -> dict[int, str]:
        self.calls.append(len(rows))
        if self._bad.intersection(rows) or len(rows) > self._most:
            raise self._error
        return {row: f"saved {row}" for row in rows}


REFUSALS = [
    exceptions.AuthorisationError("not yours"),
    exceptions.InvalidArgumentsError("not yours"),
    exceptions.ResourceNotFoundError("not yours"),
    exceptions.OntologyError("not yours"),
    exceptions.LabelRowError("not yours"),
    KeyError("not yours"),
]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
def test_a_refused_row_of_a_hundred_fails_alone_after_few_calls(error: Exception) -> None:
    encord = Encord(error, bad=[41])
    results = RowByRow(DOMAIN).each("saving", range(100), encord.save)
    assert results.refused.keys() == {41}
    assert "refused saving: " in str(results.refused[41])
    assert "not yours" in str(results.refused[41])
    assert results.done == {row: f"saved {row}" for row in range(100) if row != 41}
    assert len(encord.calls) <= 15


def test_a_call_that_is_not_refused_is_made_once() -> None:
    encord = Encord(KeyError())
    assert len(RowByRow(DOMAIN).each("saving", range(100), encord.save).done) == 100
    assert encord.calls == [100]


def test_nothing_is_called_without_rows() -> None:
    encord = Encord(KeyError())
    assert RowByRow(DOMAIN).each("saving", [], encord.save).done == {}
    assert encord.calls == []


def test_a_bundle_that_is_too_large_is_halved_and_no_row_is_refused() -> None:
    encord = Encord(exceptions.MultiLabelLimitError("too many", maximum_labels_allowed=30), most=30)
    results = RowByRow(DOMAIN).each("saving", range(100), encord.save)
    assert (len(results.done), results.refused) == (100, {})


def test_a_row_may_be_refused_by_the_call_itself() -> None:
    refusal = RowRefused("too dark")
    results = RowByRow(DOMAIN).each("saving", ["a", "b"], lambda rows: {"a": "done", "b": refusal})
    assert (results.done, results.refused) == ({"a": "done"}, {"b": refusal})


@pytest.mark.parametrize(
    ("error", "translated"),
    [
        (exceptions.UnknownException("500"), EncordUnavailable),
        (exceptions.RateLimitExceededError(retry_after=1), EncordUnavailable),
        (exceptions.AuthenticationError("unknown key"), EncordRefused),
    ],
)
def test_what_is_no_rows_fault_is_raised_at_once(error: Exception, translated: type[EncordError]) -> None:
    encord = Encord(error, bad=[1])
    with pytest.raises(translated):
        RowByRow(DOMAIN).each("saving", range(10), encord.save)
    assert encord.calls == [10]


def test_what_every_row_gets_is_a_refusal_of_the_run() -> None:
    rows = RowByRow(DOMAIN)
    encord = Encord(exceptions.AuthorisationError("read only"), bad=range(1000))
    half = REFUSED_ROWS_THAT_STOP_A_RUN // 2
    assert len(rows.each("saving", range(half), encord.save).refused) == half
    assert len(rows.each("saving", range(half), encord.save).refused) == half, "the same rows again prove nothing"
    with pytest.raises(EncordRefused, match="read only"):
        rows.each("saving", range(half, 2 * half), encord.save)
    assert rows.each("saving", [], encord.save).refused == {}


def test_one_accepted_row_makes_it_a_matter_of_rows() -> None:
    rows = RowByRow(DOMAIN)
    bad = range(1, 1000)
    encord = Encord(exceptions.AuthorisationError("not yours"), bad=bad)
    rows.each("saving", [0], encord.save)
    assert len(rows.each("saving", bad, encord.save).refused) == len(bad)


SERVER_ERRORS = [
    exceptions.UnknownException("500"),
    exceptions.GenericServerError("500"),
    exceptions.RequestException("not JSON"),
]


@pytest.mark.parametrize("error", SERVER_ERRORS, ids=lambda error: type(error).__name__)
def test_a_row_that_makes_encord_fail_every_time_is_refused_by_the_last_attempt(error: Exception) -> None:
    encord = Encord(error, bad=[41])
    rows = RowByRow(DOMAIN)
    with pytest.raises((EncordUnavailable, EncordUnreachable)) as raised:
        rows.each("saving", range(100), encord.save)
    assert raised.value.may_be_one_row
    with rows_apart():
        results = rows.each("saving", range(100), encord.save)
    assert results.refused.keys() == {41}
    assert "it fails every time for this row, and not for others" in str(results.refused[41])
    assert len(results.done) == 99
    assert len(encord.calls) <= 1 + 15


def test_only_a_server_error_that_every_row_meets_is_an_outage() -> None:
    encord = Encord(exceptions.UnknownException("500"), bad=range(100))
    with rows_apart(), pytest.raises(EncordUnavailable):
        RowByRow(DOMAIN).each("saving", range(100), encord.save)


@pytest.mark.parametrize("count", [1, 2])
def test_a_single_row_says_nothing_about_others(count: int) -> None:
    encord = Encord(exceptions.UnknownException("500"), bad=[0])
    with pytest.raises(EncordUnavailable) as raised:
        RowByRow(DOMAIN).each("saving", range(count), encord.save)
    assert raised.value.may_be_one_row == (count > 1)
