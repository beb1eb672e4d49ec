"""Moments as the tables have them: texts in UTC that sort by time."""

from datetime import UTC, datetime


def time_text(moment: datetime) -> str:
    """This moment; the store's own clock is `Database.now`."""
    return moment.isoformat(timespec="microseconds")


def now_text() -> str:
    """Now, by this machine's clock."""
    return time_text(datetime.now(UTC))
