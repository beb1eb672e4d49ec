"""A point in the past as people type it: an ISO time, or a span that ends now."""

import re
from datetime import UTC, datetime, timedelta

SPAN = re.compile(r"(\d{1,6})\s*([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class InvalidTime(ValueError):
    """The text is neither a time nor a span; the message says what is accepted."""


def parse_since(text: str, *, now: datetime) -> datetime:
    """`2h`, `1d`, `30m` or `1w` before `now`, or an ISO time, which is UTC unless it names a zone.

    Raises:
        InvalidTime: it is neither.
    """
    span = SPAN.fullmatch(text.strip())
    try:
        if span:
            return now - timedelta(**{UNITS[span[2]]: int(span[1])})
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise InvalidTime(
            f"{text!r} is not a time; give a span such as 30m, 2h, 1d or 1w, or an ISO time such as 2026-01-31T08:00"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
