"""Times as exports write them: the moment, and how precisely it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.mapping.times import UnknownZoneError, read_iso, read_time


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
    assert read_time(cell, written).width == width


@pytest.mark.parametrize("cell", ["2025-W18-1", "2025-04-28T24:00", "20250428", "2025-04-28T10"])
def test_what_is_no_date_and_time_to_the_minute_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 date and time"):
        read_iso(cell)


@pytest.mark.parametrize(
    ("cell", "format_", "moment", "width"),
    [
        ("45857", "excel", "2025-07-19T00:00:00", timedelta(days=1)),
        ("45857.0", "excel", "2025-07-19T00:00:00", timedelta(days=1)),
        ("45857,30972222", "excel", "2025-07-19T07:26:00", timedelta(seconds=1)),
        ("44395.30972222", "excel-1904", "2025-07-19T07:26:00", timedelta(seconds=1)),
        ("1752924360", "epoch", "2025-07-19T11:26:00+00:00", timedelta(seconds=1)),
        ("1752924360.25", "epoch", "2025-07-19T11:26:00.250000+00:00", timedelta(microseconds=1)),
        ("1752924360250", "epoch-ms", "2025-07-19T11:26:00.250000+00:00", timedelta(milliseconds=1)),
        ("19 juillet 2025", "%d %B %Y", "2025-07-19T00:00:00", timedelta(days=1)),
        ("1er août 2025", "%d %B %Y", "2025-08-01T00:00:00", timedelta(days=1)),
        ("3 févr. 2025 08:05", "%d %b %Y %H:%M", "2025-02-03T08:05:00", timedelta(minutes=1)),
        ("Dec 25, 2025", "%b %d, %Y", "2025-12-25T00:00:00", timedelta(days=1)),
        ("MAI 2, 2025 at 3:04 p.m.", "%B %d, %Y at %I:%M %p", "2025-05-02T15:04:00", timedelta(minutes=1)),
        ("07/04/2025 12:30 AM", "%m/%d/%Y %I:%M %p", "2025-07-04T00:30:00", timedelta(minutes=1)),
    ],
)  # fmt: skip
def test_a_time_of_a_spreadsheet_an_epoch_or_with_words(
    cell: str, format_: str, moment: str, width: timedelta
) -> None:
    assert read_time(cell, format_) == (datetime.fromisoformat(moment), width)


@pytest.mark.parametrize(
    ("cell", "format_"),
    [
        ("59", "excel"),
        ("99999999", "excel"),
        ("9" * 16, "epoch"),
        ("4e4", "excel"),
        ("-1", "epoch"),
        ("", "excel"),
        ("12 brumaire 2025", "%d %B %Y"),
    ],
)
def test_what_is_no_time_of_its_format_is_refused(cell: str, format_: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(cell, format_)


def test_a_zone_is_an_offset_or_utc_and_no_other_name() -> None:
    ten = datetime(2025, 4, 28, 10, tzinfo=UTC)
    for zone, hour in (("UTC", 10), ("GMT", 10), ("Z", 10), ("+0200", 12), ("UTC+02:00", 12)):
        assert read_time(f"28/04/2025 {hour}:00 {zone}", "%d/%m/%Y %H:%M %Z").moment == ten
    with pytest.raises(UnknownZoneError):
        read_time("28/04/2025 10:00 EST", "%d/%m/%Y %H:%M %Z")
