"""Times as exports write them: the moment, and how precisely it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from echeance.importer.times import UnknownZoneError, read_by_format, read_iso


@pytest.mark.parametrize(
    ("cell", "width"),
    [
        ("2025-04-28", timedelta(days=1)),
        ("2025-04-28T10:00", timedelta(minutes=1)),
        ("2025-04-28 10:00+02:00", timedelta(minutes=1)),
        ("2025-04-28 00:00:00", timedelta(seconds=1)),
        ("2025-04-28T10:00:00.5Z", timedelta(milliseconds=100)),
        ("2025-04-28T10:00:00.123456789Z", timedelta(microseconds=1)),
    ],
)
def test_an_iso_time_tells_how_precise_it_is(cell: str, width: timedelta) -> None:
    assert read_iso(cell).width == width


@pytest.mark.parametrize(
    ("cell", "written", "width"),
    [
        ("28/04/2025", "%d/%m/%Y", timedelta(days=1)),
        ("28/04/2025 10", "%d/%m/%Y %H", timedelta(hours=1)),
        ("28/04/2025 10:00", "%d/%m/%Y %H:%M", timedelta(minutes=1)),
        ("28/04/2025 10:00:07", "%d/%m/%Y %H:%M:%S", timedelta(seconds=1)),
        ("28/04/2025 10:00:07.25", "%d/%m/%Y %H:%M:%S.%f", timedelta(milliseconds=10)),
    ],
)
def test_a_time_by_a_format_tells_it_too(cell: str, written: str, width: timedelta) -> None:
    assert read_by_format(cell, written).width == width


@pytest.mark.parametrize("cell", ["2025-W18-1", "2025-04-28T24:00", "20250428", "2025-04-28T10"])
def test_what_is_no_date_and_time_to_the_minute_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 date and time"):
        read_iso(cell)


def test_a_zone_is_an_offset_or_utc_and_no_other_name() -> None:
    ten = datetime(2025, 4, 28, 10, tzinfo=UTC)
    for zone, hour in (("UTC", 10), ("GMT", 10), ("Z", 10), ("+0200", 12), ("UTC+02:00", 12)):
        assert read_by_format(f"28/04/2025 {hour}:00 {zone}", "%d/%m/%Y %H:%M %Z").moment == ten
    with pytest.raises(UnknownZoneError):
        read_by_format("28/04/2025 10:00 EST", "%d/%m/%Y %H:%M %Z")
