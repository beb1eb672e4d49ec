"""How far this machine's clock is from Encord's: a signature made too early or too late is refused like a wrong key."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LARGEST_DIFFERENCE = timedelta(minutes=1)
"""More is worth a word; the local Encord takes five minutes, Encord does not say what it takes."""

ANSWER_SECONDS = 5


def clock_remark(domain: str) -> str:
    """A sentence about a clock that is wrong; empty when it is right or Encord's cannot be read."""
    import requests

    try:
        told = requests.head(domain, timeout=ANSWER_SECONDS, allow_redirects=False).headers["Date"]
        difference = datetime.now(UTC) - parsedate_to_datetime(told)
    except (requests.exceptions.RequestException, LookupError, TypeError, ValueError):
        return ""
    if abs(difference) < LARGEST_DIFFERENCE:
        return ""
    minutes = abs(difference) / timedelta(minutes=1)
    side = "ahead of" if difference > timedelta(0) else "behind"
    return f"this machine's clock is {minutes:.0f} min {side} Encord's, set it first; "
