"""Bulk calls in which a refused row fails alone: what Encord or the SDK refuses together is halved until one row is left.

A server error is no refusal, and the call is repeated. Only when the retries are used up, it is halved too (`rows_apart`): one
row may make Encord fail every time.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from judge_pipeline.encord_project.connection import translated_errors
from judge_pipeline.encord_project.errors import (
    AccessDenied,
    EncordError,
    EncordRefused,
    EncordUnavailable,
    EncordUnreachable,
    EncordUnusable,
    RowRefused,
)

Row = TypeVar("Row")
Result = TypeVar("Result")

REFUSED_ROWS_THAT_STOP_A_RUN = 50
"""So many refusals of one action, and not a single row accepted, are taken for every row's: the run stops before it costs more.

A whole batch is no proof, since a batch may come from one folder that the key may not write to.
"""

SECONDS_APART = 60.0
"""For so long a call that keeps failing is halved; what is left then fails together."""

_apart_until: ContextVar[float | None] = ContextVar("apart_until", default=None)


@contextmanager
def rows_apart() -> Iterator[None]:
    """In the block, server errors of this thread's calls are halved like refusals: the last attempt, after all retries."""
    token = _apart_until.set(time.monotonic() + SECONDS_APART)
    try:
        yield
    finally:
        _apart_until.reset(token)


@dataclass(slots=True)
class RowResults(Generic[Row, Result]):
    """What a bulk call returned for each accepted row, and why the others were refused."""

    done: dict[Row, Result] = field(default_factory=dict)
    refused: dict[Row, RowRefused] = field(default_factory=dict)


class RowByRow:
    """The bulk calls of one opened project."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._accepted: set[str] = set()
        self._refused: dict[str, set[object]] = {}

    def each(
        self,
        action: str,
        rows: Sequence[Row],
        call: Callable[[Sequence[Row]], Mapping[Row, Result | RowRefused]],
        *,
        may_stop_the_run: bool = True,
    ) -> RowResults[Row, Result]:
        """Calls for all rows at once, and again for each half of what is refused. One bad row of a hundred costs 14 calls.

        `call` returns a result for each row, or its refusal. It must be safe to repeat for rows that it has changed already.
        Without rows it is not called. Set `may_stop_the_run` to false where rows are refused because others were faster.

        Raises:
            EncordUnavailable, EncordUnreachable: no refusal; the whole may be repeated later. With `rows_apart`: every row fails.
            EncordRefused: Encord rejects the key, or has refused this action for every row so far.
        """
        results: RowResults[Row, Result] = RowResults()
        failed: list[EncordError] = []
        self._call(action, rows, call, results, failed)
        if failed and not results.done and len(failed) == len(results.refused):
            raise failed[-1]
        if not (rows and may_stop_the_run):
            return results
        if len(rows) > len(results.refused):
            self._accepted.add(action)
        refused = self._refused.setdefault(action, set())
        refused.update(results.refused)
        if len(refused) >= REFUSED_ROWS_THAT_STOP_A_RUN and action not in self._accepted:
            reason = next(iter(results.refused.values()))
            raise EncordRefused(f"none of the {len(refused)} rows so far was accepted: {reason}")
        return results

    def _call(
        self,
        action: str,
        rows: Sequence[Row],
        call: Callable[[Sequence[Row]], Mapping[Row, Result | RowRefused]],
        results: RowResults[Row, Result],
        failed: list[EncordError],
    ) -> None:
        """`failed` gets an error for each row that met a server error."""
        if not rows:
            return
        try:
            with translated_errors(action, domain=self._domain):
                returned = call(rows)
        except (EncordUnavailable, EncordUnreachable) as error:
            until = _apart_until.get()
            if until is None or (isinstance(error, EncordUnavailable) and error.is_final):
                error.may_be_one_row = len(rows) > 1
                raise
            if len(rows) > 1 and time.monotonic() < until:
                self._halve(action, rows, call, results, failed)
                return
            why = "it fails every time for this row" if len(rows) == 1 else "it fails every time for some of these rows"
            results.refused |= dict.fromkeys(rows, RowRefused(f"{error}; {why}, and not for others"))
            failed += [error] * len(rows)
            return
        except Exception as error:
            if isinstance(error, EncordUnusable) and not isinstance(error, AccessDenied):
                raise
            if len(rows) > 1:
                self._halve(action, rows, call, results, failed)
            else:
                results.refused[rows[0]] = self._refusal(action, error)
            return
        for row, result in returned.items():
            if isinstance(result, RowRefused):
                results.refused[row] = result
            else:
                results.done[row] = result

    def _halve(
        self,
        action: str,
        rows: Sequence[Row],
        call: Callable[[Sequence[Row]], Mapping[Row, Result | RowRefused]],
        results: RowResults[Row, Result],
        failed: list[EncordError],
    ) -> None:
        middle = len(rows) // 2
        self._call(action, rows[:middle], call, results, failed)
        self._call(action, rows[middle:], call, results, failed)

    def _refusal(self, action: str, error: Exception) -> RowRefused:
        if isinstance(error, RowRefused):
            return error
        reason = error.reason if isinstance(error, EncordError) else f"{type(error).__name__}: {error}"
        return RowRefused(f"Encord at {self._domain} refused {action}: {reason}")
