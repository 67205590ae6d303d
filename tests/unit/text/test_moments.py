"""Instants as people write them: a date is the first instant of the local day."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.text import MomentError, local, moments

MONTREAL = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-23", datetime(2026, 11, 23, 5, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 4, tzinfo=UTC)),
        ("2026-11-23T14:30:00-05:00", datetime(2026, 11, 23, 19, 30, tzinfo=UTC)),
        (" 2026-11-23t14:30z ", datetime(2026, 11, 23, 14, 30, tzinfo=UTC)),
        ("2026-11-23T14:30:00.5 02:00", datetime(2026, 11, 23, 12, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_date_or_an_instant_with_its_offset(written: str, instant: datetime) -> None:
    assert moments.parse_instant(written, MONTREAL) == instant


@pytest.mark.parametrize(
    "written",
    ["", "today", "2026-11-23T14:30", "2026-02-30", "0001-01-01T00:00+14:00", "23/11/2026"],
)
def test_anything_else_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(MomentError, match="write 2026-11-23, or 2026-11-23T14:30:00-05:00"):
        moments.parse_instant(written, MONTREAL)


def test_an_instant_without_a_local_time_stays_in_utc() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert local(first, MONTREAL) == first
    assert (
        local(datetime(2026, 1, 1, tzinfo=UTC), MONTREAL).isoformat() == "2025-12-31T19:00:00-05:00"
    )
