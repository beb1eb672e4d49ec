"""Timestamps as Encord writes them: ISO 8601 in v2, two older formats in v1."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The current time as ISO 8601 in UTC with microseconds: the stored form, in which text order is time order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def ago(seconds: float) -> str:
    """A time in the past, in the stored form."""
    return stored_form(datetime.now(UTC) - timedelta(seconds=seconds))


def stored_form(moment: datetime | str) -> str:
    """Any ISO 8601 time, taken as UTC if it has no zone, in the stored form; ValueError for anything else."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:
        raise ValueError(f"{moment} lies outside of the calendar once it is written in UTC") from None


def v1_form(stored: str) -> str:
    """`2026-11-21 22:34:21`: the only format the SDK parses in v1 projects and data rows."""
    return f"{stored[:10]} {stored[11:19]}"


def label_form(stored: str) -> str:
    """`Sat, 21 Nov 2026 22:34:21 UTC`: the format of label rows and of the labels in them."""
    return datetime.fromisoformat(stored).strftime("%a, %d %b %Y %H:%M:%S UTC")
