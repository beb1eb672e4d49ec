"""Points in time as Encord writes them: ISO 8601 in v2, two older forms in v1."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The present as ISO 8601 in UTC with microseconds: the form in which times are stored, so that text order is time order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def ago(seconds: float) -> str:
    """A past point in time in the form of `now`."""
    return stored_form(datetime.now(UTC) - timedelta(seconds=seconds))


def stored_form(moment: datetime | str) -> str:
    """Any ISO 8601 time, UTC when it names no zone, in the form of `now`; ValueError for anything else."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:
        raise ValueError(f"{moment} lies outside of the calendar once it is written in UTC") from None


def plain(stored: str) -> str:
    """`2026-11-21 22:34:21`: the only form that the SDK reads in v1 projects and data rows."""
    return f"{stored[:10]} {stored[11:19]}"


def spoken(stored: str) -> str:
    """`Sat, 21 Nov 2026 22:34:21 UTC`: the form of label rows and of the labels in them."""
    return datetime.fromisoformat(stored).strftime("%a, %d %b %Y %H:%M:%S UTC")
