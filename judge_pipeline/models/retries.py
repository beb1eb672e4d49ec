"""What is tried again, how long is waited before, and when retry_policy ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from judge_pipeline.models.circuit_breaker import OUTAGE_SECONDS
from judge_pipeline.models.exchange import Failure

RETRIED_STATUSES = {408, 409, 429}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long one question is worth asking.

    At most `attempts` requests fail before it is given up. A rate limit is not a failure of the server but its way to
    say when: it costs no attempt. Both end when `seconds` have passed since the first request. The n-th wait is
    `first_wait_seconds` * 2^n, at most `longest_wait_seconds`, less up to half of it at random so that questions that
    failed together do not return together.

    While the server is down nobody's attempts are counted; that is borne for `outage_seconds`.
    """

    attempts: int = 6
    seconds: float = 600.0
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0
    outage_seconds: float = OUTAGE_SECONDS

    def wait_seconds(self, *, failures: int, jitter: float) -> float:
        """The wait after the `failures`-th failure (from 1); `jitter` is drawn from [0, 1)."""
        doubled = self.first_wait_seconds * 2.0 ** min(failures - 1, 30)
        return min(doubled, self.longest_wait_seconds) * (1 - jitter / 2)


def is_worth_retrying(failure: Failure) -> bool:
    """Whether the same request may succeed later."""
    return failure.status is None or failure.status in RETRIED_STATUSES or failure.status >= 500


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """What a response's `Retry-After-Ms` or `Retry-After` (seconds or an HTTP date, RFC 9110 10.2.3) asks to wait.

    None when neither is there, readable and in the future. `headers` are looked up in lower case.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = _until(text, now=now)
        if 0 < seconds < float("inf"):
            return seconds
    return None


def _until(http_date: str, *, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, TypeError):
        return 0.0
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
