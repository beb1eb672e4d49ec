"""Points in time as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.automation.support.time_span import InvalidTime, parse_since

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", datetime(2026, 3, 1, 11, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        (" 1 d ", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("1w", datetime(2026, 2, 22, 12, tzinfo=UTC)),
        ("2026-02-01", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-02-01T08:00", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ("2026-02-01T08:00+02:00", datetime(2026, 2, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_span_ends_now_and_a_time_without_a_zone_is_utc(text: str, moment: datetime) -> None:
    assert parse_since(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "h", "-2h", "2 hours", "2026-13-01", "999999w"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidTime, match="is not a time; give a span such as 30m, 2h, 1d or 1w, or an ISO time"):
        parse_since(text, now=NOW)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_every_iso_time_is_read(moment: datetime) -> None:
    assert parse_since(moment.isoformat(), now=NOW) == moment.replace(tzinfo=UTC)


@given(st.integers(0, 10_000))
def test_a_span_of_hours_starts_that_many_hours_ago(hours: int) -> None:
    assert NOW - parse_since(f"{hours}h", now=NOW) == timedelta(hours=hours)
