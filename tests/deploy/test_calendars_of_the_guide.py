"""The calendars shown in docs/catalogue.md do what the guide says beside them."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
import yaml

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.calendars.calendar_file import CalendarData, build_calendar
from tests.paths import ROOT

GUIDE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
SECTION = GUIDE[GUIDE.index("\n## Calendars\n") : GUIDE.index("\n## Standards\n")]
BLOCKS = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
MICROSECONDS_OF_A_MINUTE = 60_000_000


def built(name: str) -> tuple[BusinessCalendar, str]:
    """A calendar that the guide shows, and its text."""
    [block] = [block for block in BLOCKS if block.startswith(f"{name}:\n")]
    data = CalendarData.model_validate(yaml.safe_load(block)[name])
    return build_calendar(name, data, {}), block


def days(block: str, word: str) -> set[date]:
    """The days after a word in the comments of a block."""
    listed = " ".join(re.findall(rf"# {word} ([-\d ]+)", block))
    return {date.fromisoformat(day) for day in listed.split()}


def test_the_guide_shows_two_calendars() -> None:
    assert len(BLOCKS) == 2


def test_the_harbour_has_the_days_off_that_the_guide_says() -> None:
    calendar, block = built("harbour")
    assert {day for day in calendar.holidays if day.year == 2026} == days(block, "off")
    assert calendar.holidays[date(2026, 5, 18)].name.en == "Victoria Day; Opening of the pier"


def test_the_harbour_works_and_opens_when_the_guide_says() -> None:
    calendar, block = built("harbour")
    assert set(calendar.extra_working_days) == days(block, "works")
    assert calendar.is_business_day(date(2026, 5, 23))
    spans = re.findall(r"(2026-\d\d-\d\d) (\d\d:\d\d)-(\d\d:\d\d)", block)
    assert len(spans) == 3
    for day, opens, closes in spans:
        begins = datetime.fromisoformat(f"{day}T{opens}").replace(tzinfo=calendar.zone)
        ends = datetime.fromisoformat(f"{day}T{closes}").replace(tzinfo=calendar.zone)
        whole = [
            datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=calendar.zone)
            for at in ("00:00", "23:59")
        ]
        opened = calendar.open_microseconds("counter", *whole)
        assert opened == calendar.open_microseconds("counter", begins, ends)
        assert opened == (ends - begins).total_seconds() / 60 * MICROSECONDS_OF_A_MINUTE


@pytest.mark.parametrize(
    ("day", "off"),
    [("01-02", True), ("08-03", True), ("08-31", True), ("11-30", True), ("12-28", True),
     ("12-25", True), ("07-13", False), ("12-29", False)],
)  # fmt: skip
def test_any_part_of_the_kingdom_has_the_days_off_that_the_guide_says(day: str, off: bool) -> None:
    calendar, _ = built("any-part")
    assert (date.fromisoformat(f"2026-{day}") in calendar.holidays) is off
