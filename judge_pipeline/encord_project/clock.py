"""The time of labels, and the difference between this machine's clock and Encord's: a signature with a wrong time is refused."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LARGEST_DIFFERENCE = timedelta(minutes=1)
"""Anything more is reported. The local Encord tolerates five minutes; Encord documents no limit."""

ANSWER_SECONDS = 5


def label_time(moment: datetime) -> str:
    """A label's time in UTC and whole seconds, the precision that all of Encord's formats share."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def clock_remark(domain: str) -> str:
    """A remark about a wrong clock; empty if it is right or Encord's time is unavailable."""
    import requests

    try:
        date = requests.head(domain, timeout=ANSWER_SECONDS, allow_redirects=False).headers["Date"]
        difference = datetime.now(UTC) - parsedate_to_datetime(date)
    except (requests.exceptions.RequestException, LookupError, TypeError, ValueError):
        return ""
    if abs(difference) < LARGEST_DIFFERENCE:
        return ""
    minutes = abs(difference) / timedelta(minutes=1)
    side = "ahead of" if difference > timedelta(0) else "behind"
    return f"this machine's clock is {minutes:.0f} min {side} Encord's, set it first; "
