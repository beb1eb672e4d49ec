"""A point in the past as people write it: an ISO time, or a span that ends now."""

import re
from datetime import UTC, datetime, timedelta

SPAN = re.compile(r"(\d{1,6})\s*([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class NoTime(ValueError):
    """The text names no point in time; the message says what does."""


def since(text: str, *, now: datetime) -> datetime:
    """`2h`, `1d`, `30m` or `1w` before `now`, or an ISO time, which is UTC where it names no zone.

    Raises:
        NoTime: it is neither.
    """
    span = SPAN.fullmatch(text.strip())
    try:
        if span:
            return now - timedelta(**{UNITS[span[2]]: int(span[1])})
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise NoTime(
            f"{text!r} is no point in time; give a span such as 30m, 2h, 1d or 1w, or an ISO time such as 2026-01-31T08:00"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
