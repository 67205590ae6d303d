"""What people write is what was meant, or is refused with what to write."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.domain.calendars.values import BilingualText, Day, Intervals, Zone

DAY: TypeAdapter[date] = TypeAdapter(Day)
HOURS: TypeAdapter[Intervals] = TypeAdapter(Intervals)
ZONE: TypeAdapter[str] = TypeAdapter(Zone)


@pytest.mark.parametrize("written", ["2025-04-01", date(2025, 4, 1)])
def test_a_day_is_a_date_or_its_text(written: object) -> None:
    assert DAY.validate_python(written) == date(2025, 4, 1)


@pytest.mark.parametrize("written", [86_400, datetime(2025, 4, 1, tzinfo=UTC), "1 April", True])
def test_a_day_is_nothing_else(written: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(written)


@pytest.mark.parametrize("hours", ["08:30-12:00", "22:00-06:00", "00:00-24:00"])
def test_hours_are_written_by_the_clock(hours: str) -> None:
    assert HOURS.validate_python([hours]) == [hours]


@pytest.mark.parametrize(
    "hours", ["8:30-12:00", "08:30", "08:00-08:00", "24:00-06:00", "09:60-10:00"]
)
def test_other_hours_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        HOURS.validate_python([hours])


def test_a_zone_is_one_of_the_database() -> None:
    assert ZONE.validate_python("America/Toronto") == "America/Toronto"
    for unknown in ("Quebec", "", "../etc"):
        with pytest.raises(ValidationError):
            ZONE.validate_python(unknown)


def test_french_is_set_as_french() -> None:
    assert BilingualText(fr="L'an : fin", en="Year's end").text() == (
        "L’an\u00a0: fin",
        "Year's end",
    )
