"""How many requests a server gets at once, and when one of them is overdue. Pure: the caller passes the time."""

import math
from collections import deque
from itertools import takewhile

PATIENCE_BEFORE_THE_FIRST_ANSWER = 2
"""Deadlines: many servers load their model on the first request, and Ollama stops loading when the client hangs up."""

ORDER_SHARE = 0.1
"""Requests sent within this share of the deadline may reach the server in another order."""

SHARE_AFTER_A_LOSS = 0.5
"""The share of a deadline that a queue may take after a request in it was given up."""

SHARE_TO_GROW = 0.25
"""Answers within this share of the deadline let twice as many requests start."""

SILENCE = 3
"""Times as long as the newest answer took; a slow server that goes on answers again by then."""

LARGEST_WINDOW = 4096
"""Answers remembered at most, several for each request in flight."""


class AdaptiveConcurrency:
    """At most `concurrency` requests at once, and fewer on a server that is too slow for so many.

    A server with one slot works through its queue: the last of 16 requests of 20 s takes 320 s, and nothing is wrong. So
    the deadline counts from the sending, and again from each answer to a request that was not clearly sent later: a request is
    overdue when the server has answered none before it for a whole deadline. Requests that take longer than the deadline
    while others are answered show that the server is slow. From then on it gets only as many at once as it answered within one
    deadline, and half as many when a request was lost, to a gateway for instance (Little's law). Quick answers double the
    number again. All times are seconds of one monotonic clock.
    """

    def __init__(self, *, concurrency: int, deadline_seconds: float = 120.0) -> None:
        self.limit = self.lowest_limit = concurrency
        self._largest = concurrency
        self._deadline_seconds = deadline_seconds
        self._patience_seconds = deadline_seconds
        self._answers: deque[tuple[float, float]] = deque(maxlen=LARGEST_WINDOW)
        self._newest: tuple[float, float] | None = None
        self._reduced_at = float("-inf")
        self._quick_answers = 0
        self._seconds_per_answer: float | None = None
        self._lost_since_answer = 0

    @property
    def is_reduced(self) -> bool:
        """Whether the server is known to be too slow for the configured number."""
        return self.limit < self._largest

    @property
    def backlog_seconds(self) -> float:
        """How long the server may still work on requests that were given up since its last answer."""
        return self._lost_since_answer * (self._seconds_per_answer or 0.0)

    def answered(self, now: float, *, started_at: float) -> None:
        """Records an answer to a request that was sent at `started_at`."""
        self._forget(now)
        since = self._answers[0][0] if self._answers else started_at
        self._seconds_per_answer = (now - since) / max(1, len(self._answers))
        self._newest = (now, started_at)
        self._answers.append(self._newest)
        self._lost_since_answer = 0
        if self.limit == self._largest or started_at < self._reduced_at:
            return
        is_quick = now - started_at <= SHARE_TO_GROW * self._patience_seconds
        self._quick_answers = self._quick_answers + 1 if is_quick else 0
        if self._quick_answers >= self.limit:
            self.limit, self._quick_answers = min(2 * self.limit, self._largest), 0

    def seconds_left(self, now: float, *, started_at: float) -> float:
        """How long a request in flight may still take, 0 when it is overdue. One that is late lowers the limit."""
        self._forget(now)
        is_new = self._seconds_per_answer is None and not self._lost_since_answer
        patience = PATIENCE_BEFORE_THE_FIRST_ANSWER if is_new else 1
        due = started_at + patience * self._deadline_seconds
        sent_before = started_at + ORDER_SHARE * self._deadline_seconds
        since = takewhile(lambda answer: answer[0] > started_at, reversed(self._answers))
        newest_before = next((at for at, sent_at in since if sent_at <= sent_before), None)
        if newest_before is not None:
            due = max(due, newest_before + self._deadline_seconds)
            if due > now >= started_at + self._deadline_seconds and not self._is_silent(now):
                self._reduce(now, fitting=len(self._answers))
        return max(0.0, due - now)

    def lost(self, now: float, *, started_at: float) -> bool:
        """Records that a request was given up as too slow. True when too many at once are to blame, not the request."""
        self._lost_since_answer += 1
        self._forget(now)
        if self._is_silent(now):
            return False
        if started_at < self._reduced_at:
            return True
        answers = sum(at > started_at for at, _ in self._answers)
        if not answers:
            return False
        self._patience_seconds = min(self._patience_seconds, now - started_at)
        return self._reduce(now, fitting=math.ceil(SHARE_AFTER_A_LOSS * answers))

    def _is_silent(self, now: float) -> bool:
        """Whether the server stopped answering: the newest answer is old for the time that it took."""
        if self._newest is None:
            return True
        answered_at, sent_at = self._newest
        return now - answered_at > SILENCE * (answered_at - sent_at)

    def _reduce(self, now: float, *, fitting: int) -> bool:
        if fitting >= self.limit:
            return False
        self.limit, self._reduced_at, self._quick_answers = fitting, now, 0
        self.lowest_limit = min(self.lowest_limit, fitting)
        return True

    def _forget(self, now: float) -> None:
        """Keeps the answers of one deadline."""
        while self._answers and self._answers[0][0] < now - self._deadline_seconds:
            self._answers.popleft()
