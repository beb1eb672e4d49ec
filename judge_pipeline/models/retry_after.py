"""How long a response asks to wait before the next request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """The wait that a response asks for by `Retry-After-Ms` or `Retry-After` (seconds or an HTTP date, RFC 9110 10.2.3).

    None without a readable one in the future. `headers` must have lower-case names.
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
