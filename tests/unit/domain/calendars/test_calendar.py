"""The calendar's table answers in constant time what counting on one's fingers would."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.calendars.calendar import BusinessCalendar, CoverageError, HalfDay, Holiday
from shared.domain.calendars.opening_hours import OpeningInterval
from shared.text.texts import Text
from tests.unit.domain import oracle_calendar
from tests.unit.domain.oracle_calendar import MONTREAL, ONE_DAY
from tests.unit.domain.sentences import moment
from tests.unit.domain.standards import calendar
from tests.unit.domain.strategies import calendars, days, on_day, times

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2025, 9, day) for day in (5, 6, 7, 8))
MICROSECOND = timedelta(microseconds=1)


def small(
    zone: str = "America/Toronto",
    days_off: Iterable[date] = (),
    **hours: dict[int, list[OpeningInterval]],
) -> BusinessCalendar:
    """A calendar of one year."""
    return BusinessCalendar(
        identifier="small",
        version="1",
        zone=zone,
        years=range(2025, 2026),
        working_weekdays=range(5),
        holidays=dict.fromkeys(days_off, Holiday(Text("Fête", "Feast"), Text("Loi", "Act"))),
        opening_hours=hours,
    )


def test_count_goes_from_after_one_day_through_another() -> None:
    assert calendar().count(FRIDAY, MONDAY) == 1
    assert calendar().count(FRIDAY, SUNDAY) == 0
    assert calendar().count(SATURDAY, MONDAY) == 1
    assert calendar().count(MONDAY, MONDAY) == 0
    assert calendar().count(MONDAY, FRIDAY) == -1


def test_advance_gives_the_nth_business_day_after_a_date() -> None:
    assert calendar().advance(FRIDAY, 1) == MONDAY
    assert calendar().advance(SATURDAY, 1) == MONDAY
    assert calendar().advance(FRIDAY, 2) == date(2025, 9, 9)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        calendar().advance(FRIDAY, 0)


def test_retreat_gives_the_business_day_with_so_many_after_it() -> None:
    assert calendar().retreat(MONDAY, 1) == FRIDAY
    assert calendar().retreat(MONDAY, 0) == MONDAY
    assert calendar().retreat(SUNDAY, 0) == FRIDAY
    assert calendar().retreat(SUNDAY, 1) == date(2025, 9, 4)


def test_a_day_off_gives_way_to_the_next_business_day() -> None:
    assert calendar().business_day_from(FRIDAY) == FRIDAY
    assert calendar().business_day_from(SATURDAY) == MONDAY
    assert calendar().business_day_from(date(2025, 4, 18)) == date(2025, 4, 22)


@given(calendars, days, st.integers(0, 400))
def test_counting_by_table_is_counting_by_hand(identifier: str, after: date, length: int) -> None:
    through = after + timedelta(days=length)
    by_hand = sum(
        oracle_calendar.is_business_day(identifier, after + timedelta(days=n))
        for n in range(1, length + 1)
    )
    assert calendar(identifier).count(after, through) == by_hand


@given(calendars, days, st.integers(1, 60))
def test_advancing_and_retreating_agree_with_counting(
    identifier: str, day: date, steps: int
) -> None:
    table = calendar(identifier)
    reached = table.advance(day, steps)
    assert table.is_business_day(reached)
    assert table.count(day, reached) == steps
    behind = table.retreat(day, steps)
    assert table.is_business_day(behind)
    assert table.count(behind, day) == steps


@given(calendars, days)
def test_a_business_day_is_one_by_hand_too(identifier: str, day: date) -> None:
    expected = oracle_calendar.is_business_day(identifier, day)
    assert calendar(identifier).is_business_day(day) == expected


@given(days, times)
def test_the_local_day_is_the_one_on_the_wall(day: date, wall: time) -> None:
    instant = datetime.combine(day, wall, MONTREAL)
    assert calendar().local_day(instant) == instant.astimezone(UTC).astimezone(MONTREAL).date()
    assert calendar().local_day(instant.astimezone(UTC)) == oracle_calendar.local_day(instant)


ELSEWHERE = {
    zone: small(zone)
    for zone in ("UTC", "Europe/Paris", "Pacific/Auckland", "Pacific/Honolulu", "America/St_Johns")
}


@given(
    st.sampled_from(sorted(ELSEWHERE)),
    st.dates(date(2025, 1, 3), date(2025, 12, 29)),
    times,
    st.sampled_from([UTC, MONTREAL]),
)
@example("Europe/Paris", date(2025, 7, 1), time(22), UTC)
@example("Pacific/Auckland", date(2025, 7, 1), time(12), UTC)
def test_the_local_day_is_the_one_on_the_wall_in_any_zone(
    zone: str, day: date, wall: time, told_in: tzinfo
) -> None:
    table = ELSEWHERE[zone]
    instant = datetime.combine(day, wall, told_in)
    local_day = instant.astimezone(ZoneInfo(zone)).date()
    assert table.local_day(instant) == local_day
    assert table.midnight(local_day) <= instant
    assert table.local_day(table.midnight(local_day)) == local_day
    assert table.local_day(table.midnight(local_day) - MICROSECOND) == local_day - ONE_DAY


@given(days)
def test_a_day_begins_at_its_midnight_and_not_a_microsecond_before(day: date) -> None:
    begins = calendar().midnight(day)
    assert begins == oracle_calendar.midnight(day)
    assert calendar().local_day(begins) == day
    assert calendar().local_day(begins - MICROSECOND) == day - ONE_DAY


def test_a_spring_day_has_23_hours_and_an_autumn_day_25() -> None:
    def hours(day: date) -> float:
        begins, ends = calendar().midnight(day), calendar().midnight(day + ONE_DAY)
        return (ends - begins) / timedelta(hours=1)

    assert [hours(date(2025, 3, day)) for day in (8, 9, 10)] == [24, 23, 24]
    assert [hours(date(2025, 11, day)) for day in (1, 2, 3)] == [24, 25, 24]


def test_the_calendar_covers_2010_to_2050() -> None:
    assert (calendar().first, calendar().last) == (date(2010, 1, 1), date(2050, 12, 31))
    assert calendar().days()[0] == calendar().first
    assert calendar().days()[-1] == calendar().last
    assert calendar().count(date(2010, 1, 1), date(2050, 12, 31)) > 10_000
    assert calendar().local_day(moment("2010-01-01 00:00")) == date(2010, 1, 1)
    assert calendar().local_day(moment("2050-12-31 23:59:59.999999")) == date(2050, 12, 31)


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(2051, 1, 1)])
def test_a_day_outside_the_coverage_is_an_error_never_a_count(day: date) -> None:
    inside = date(2025, 1, 1)
    with pytest.raises(CoverageError, match="2010-01-01 to 2050-12-31"):
        calendar().count(inside, day)
    for ask in (
        lambda: calendar().count(day, inside),
        lambda: calendar().advance(day, 1),
        lambda: calendar().retreat(day, 1),
        lambda: calendar().midnight(day),
        lambda: calendar().is_business_day(day),
        lambda: calendar().business_day_from(day),
        lambda: calendar().local_day(on_day(day, time(12))),
    ):
        with pytest.raises(CoverageError):
            ask()


def test_a_deadline_beyond_the_coverage_is_an_error_never_a_guess() -> None:
    assert calendar().advance(date(2050, 12, 29), 1) == date(2050, 12, 30)
    with pytest.raises(CoverageError, match="ends on 2050-12-31"):
        calendar().advance(date(2050, 12, 30), 1)
    assert calendar().retreat(date(2010, 1, 5), 1) == date(2010, 1, 4)
    with pytest.raises(CoverageError, match="begins on 2010-01-01"):
        calendar().retreat(date(2010, 1, 5), 2)


def test_an_instant_just_outside_the_coverage_is_an_error() -> None:
    for instant in (moment("2009-12-31 23:59:59.999999"), moment("2051-01-01 00:00")):
        with pytest.raises(CoverageError, match="outside the coverage of the calendar qc-legal"):
            calendar().local_day(instant)
        with pytest.raises(CoverageError):
            calendar().open_microseconds("contact-centre", instant, instant)


def test_opening_time_ends_with_the_coverage() -> None:
    last = moment("2050-12-30 16:29")
    assert calendar().open_microseconds("contact-centre", last, moment("2050-12-31 16:29")) > 0
    with pytest.raises(CoverageError, match="end with its coverage, on 2050-12-31"):
        calendar().advance_open("contact-centre", moment("2050-12-31 16:00"), 31 * 60_000_000)


@pytest.mark.parametrize(
    ("hours", "start", "end", "minutes"),
    [
        ("contact-centre", "2025-09-03 08:00", "2025-09-03 10:30", 0),
        ("contact-centre", "2025-09-03 10:29", "2025-09-03 10:31", 1),
        ("contact-centre", "2025-09-03 16:29", "2025-09-03 17:00", 1),
        ("contact-centre", "2025-09-03 00:00", "2025-09-04 00:00", 360),
        ("contact-centre", "2025-09-04 00:00", "2025-09-05 00:00", 510),
        ("contact-centre", "2025-09-06 00:00", "2025-09-08 00:00", 0),
        ("contact-centre", "2025-09-01 00:00", "2025-09-02 00:00", 0),
        ("contact-centre", "2010-01-01 00:00", "2010-01-04 08:01", 1),
        ("complaints", "2025-09-03 00:00", "2025-09-04 00:00", 420),
        ("complaints", "2025-09-03 11:59", "2025-09-03 13:01", 2),
        ("complaints", "2025-09-03 12:00", "2025-09-03 13:00", 0),
        ("complaints", "2025-09-03 08:00", "2025-09-03 08:31", 1),
    ],
)
def test_the_hours_are_those_that_are_published(
    hours: str, start: str, end: str, minutes: int
) -> None:
    found = calendar().open_microseconds(hours, moment(start), moment(end))
    assert found == minutes * 60_000_000


def test_the_hours_are_open_at_the_same_wall_time_before_and_after_a_clock_change() -> None:
    for day in ("2025-03-07", "2025-03-10", "2025-10-31", "2025-11-03"):
        before = moment(f"{day} 07:59")
        reached = calendar().advance_open("contact-centre", before, 60_000_000)
        assert reached == moment(f"{day} 08:01")


@given(calendars, days, times, st.integers(1, 40_000_000_000))
def test_advancing_through_opening_time_is_the_first_instant_with_so_much_elapsed(
    identifier: str, day: date, wall: time, microseconds: int
) -> None:
    table, start = calendar(identifier), on_day(day, wall)
    reached = table.advance_open("complaints", start, microseconds)
    assert table.open_microseconds("complaints", start, reached) == microseconds
    before = reached - MICROSECOND
    assert table.open_microseconds("complaints", start, before) == microseconds - 1


def test_opening_time_is_cut_at_the_first_and_last_instant_of_an_interval() -> None:
    table = small(mornings={0: [OpeningInterval(time(8), time(9))]})
    assert table.advance_open("mornings", moment("2025-01-01"), 3_600_000_000) == moment(
        "2025-01-06 09:00"
    )
    assert table.advance_open("mornings", moment("2025-01-01"), 3_600_000_001) == moment(
        "2025-01-13 08:00:00.000001"
    )


def test_opening_intervals_that_overlap_are_refused() -> None:
    overlapping = [OpeningInterval(time(8), time(12)), OpeningInterval(time(11), time(16))]
    with pytest.raises(ValueError, match="without overlap"):
        small(day={0: overlapping})
    touching = [OpeningInterval(time(8), time(12)), OpeningInterval(time(12), time(16))]
    table = small(day={0: touching})
    noon, later = moment("2025-01-06 11:59"), moment("2025-01-06 12:01")
    assert table.open_microseconds("day", noon, later) == 120_000_000


CLOCKS_CHANGE = {
    "America/Toronto": [date(2025, 3, 9), date(2025, 11, 2)],
    "Europe/Paris": [date(2025, 3, 30), date(2025, 10, 26)],
    "Australia/Lord_Howe": [date(2025, 4, 6), date(2025, 10, 5)],
    "America/Santiago": [date(2025, 4, 5), date(2025, 9, 7)],
}
"""Zones with the days near which their clocks change: by an hour, by half an hour, at midnight."""

# No edge lies in an hour that a clock shows twice: there, when hours begin and end is a convention, tested below.
_edges = st.sampled_from([0, 4 * 60, 6 * 60, 8 * 60 + 30, 12 * 60, 20 * 60, 22 * 60])


@st.composite
def weeks_of_hours(draw: st.DrawFn) -> dict[int, list[OpeningInterval]]:
    """Hours that do not overlap: some close at midnight, some on the next day."""
    week: dict[int, list[OpeningInterval]] = {}
    closed = 0
    for weekday in range(7):
        edges = sorted(draw(st.sets(_edges, max_size=4)))
        edges = [edge for edge in edges if edge >= closed]
        pairs = [[a, b] for a, b in zip(edges[::2], edges[1::2], strict=False)]
        closed = 0
        if len(edges) % 2:
            closes = draw(st.sampled_from([0, 0, 4 * 60])) if weekday < 6 else 0
            pairs.append([edges[-1], closes])
            closed = closes
        week[weekday] = [
            OpeningInterval(time(opens // 60, opens % 60), time(closes // 60, closes % 60))
            for opens, closes in pairs
        ]
    return week


def is_open(
    week: dict[int, list[OpeningInterval]], off: set[date], zone: ZoneInfo, instant: datetime
) -> bool:
    """By the clock on the wall: in the hours of this day, or in those of the day before that go on into it."""
    wall = instant.astimezone(zone)
    day, shown = wall.date(), wall.time()
    if day in off:
        return False
    for opens, closes in week[day.weekday()]:
        if opens <= shown and (shown < closes or closes <= opens):
            return True
    day -= ONE_DAY
    return day not in off and any(shown < closes <= opens for opens, closes in week[day.weekday()])


@given(
    st.sampled_from(sorted(CLOCKS_CHANGE)),
    st.data(),
    weeks_of_hours(),
    st.integers(-2 * 1440, 1440),
    st.integers(0, 3 * 1440),
)
def test_hours_to_midnight_and_over_it_are_what_the_clock_on_the_wall_shows(
    zone: str, data: st.DataObject, week: dict[int, list[OpeningInterval]], begins: int, length: int
) -> None:
    change = data.draw(st.sampled_from(CLOCKS_CHANGE[zone]))
    off = data.draw(
        st.sets(st.sampled_from([change + n * ONE_DAY for n in range(-2, 4)]), max_size=2)
    )
    table = small(zone, off, hours=week)
    minute = timedelta(minutes=1)
    start = datetime.combine(change, time(12), UTC) + begins * minute
    by_hand = sum(is_open(week, off, ZoneInfo(zone), start + n * minute) for n in range(length))
    found = table.open_microseconds("hours", start, start + length * minute)
    assert found == by_hand * 60_000_000


dates_of_2025 = st.dates(date(2025, 1, 1), date(2025, 12, 31))
Extra = dict[date, list[OpeningInterval]]


def is_open_exceptionally(
    week: dict[int, list[OpeningInterval]],
    off: set[date],
    half: dict[date, time],
    extra: Extra,
    zone: ZoneInfo,
    instant: datetime,
) -> bool:
    """By the clock on the wall: in extra hours, or in those of the week where no half day has closed."""
    wall = instant.astimezone(zone)
    day, shown = wall.date(), wall.time()
    weekly = {one: extra.get(one, []) for one in (day - ONE_DAY, day)}
    if any(opens <= shown and (shown < closes or closes <= opens) for opens, closes in weekly[day]):
        return True
    if any(shown < closes <= opens for opens, closes in weekly[day - ONE_DAY]):
        return True
    if day in half and shown >= half[day]:
        return False
    if day - ONE_DAY in half:
        # A night that begins after the closing does not begin; one that began before ends there.
        return day not in off and any(
            opens <= shown and (shown < closes or closes <= opens)
            for opens, closes in week[day.weekday()]
        )
    return is_open(week, off, zone, instant)


_hours_of_a_day = st.sampled_from(
    [
        OpeningInterval(time(6), time(9)),
        OpeningInterval(time(20), time(4)),
        OpeningInterval(time(), time()),
    ]
)


@given(st.data(), weeks_of_hours(), st.integers(-2 * 1440, 1440), st.integers(0, 3 * 1440))
def test_half_days_and_extra_hours_are_what_the_clock_on_the_wall_shows(
    data: st.DataObject, week: dict[int, list[OpeningInterval]], begins: int, length: int
) -> None:
    zone, change = data.draw(
        st.sampled_from([(name, day) for name, days in CLOCKS_CHANGE.items() for day in days])
    )
    near = st.sampled_from([change + n * ONE_DAY for n in range(-2, 4)])
    off = data.draw(st.sets(near, max_size=2))
    closing = st.sampled_from([time(5), time(8), time(12), time(21)])
    half = data.draw(st.dictionaries(near, closing, max_size=3))
    half = {day: closes for day, closes in half.items() if day not in off}
    extra = data.draw(st.dictionaries(near, st.lists(_hours_of_a_day, max_size=2), max_size=2))
    holiday = Holiday(Text("Fête", "Feast"), Text("Loi", "Act"))
    table = BusinessCalendar(
        identifier="small",
        version="1",
        zone=zone,
        years=range(2025, 2026),
        working_weekdays=range(5),
        holidays=dict.fromkeys(off, holiday),
        opening_hours={"hours": week},
        half_days={day: HalfDay(*holiday, closes) for day, closes in half.items()},
        extra_opening={"hours": extra},
    )
    minute = timedelta(minutes=1)
    start = datetime.combine(change, time(12), UTC) + begins * minute
    by_hand = sum(
        is_open_exceptionally(week, off, half, extra, ZoneInfo(zone), start + n * minute)
        for n in range(length)
    )
    assert table.open_microseconds("hours", start, start + length * minute) == by_hand * 60_000_000


@given(st.sets(st.dates(date(2025, 1, 1), date(2025, 12, 31)), max_size=40), st.data())
def test_extra_working_days_count_and_nothing_else_changes(
    extra: set[date], data: st.DataObject
) -> None:
    day = Holiday(Text("Jour", "Day"), Text("Loi", "Act"))
    table = BusinessCalendar(
        identifier="small",
        version="1",
        zone="America/Toronto",
        years=range(2025, 2026),
        working_weekdays=range(5),
        holidays={},
        opening_hours={},
        extra_working_days=dict.fromkeys(extra, day),
    )
    after, through = data.draw(st.tuples(dates_of_2025, dates_of_2025).map(sorted))
    by_hand = sum(
        one.weekday() < 5 or one in extra for one in table.days() if after < one <= through
    )
    assert table.count(after, through) == by_hand
    if by_hand:
        assert table.advance(after, by_hand) <= through


ALL_DAY = [OpeningInterval(time(), time())]
BY_SHIFTS = [OpeningInterval(time(6), time(22)), OpeningInterval(time(22), time(6))]


@pytest.mark.parametrize("hours", [ALL_DAY, BY_SHIFTS])
@pytest.mark.parametrize("day", ["2025-03-08", "2025-06-15", "2025-11-01", "2025-12-28"])
def test_around_the_clock_no_minute_is_lost(hours: list[OpeningInterval], day: str) -> None:
    table = small(hours=dict.fromkeys(range(7), hours))
    received = moment(f"{day} 15:17")
    for minutes in (1, 600, 1440, 3 * 1440):
        end = received + timedelta(minutes=minutes)
        assert table.open_microseconds("hours", received, end) == minutes * 60_000_000
        assert table.advance_open("hours", received, minutes * 60_000_000) == end


def test_hours_that_open_or_close_in_an_hour_that_is_skipped_do_so_at_the_change() -> None:
    # On 9 March 2025 the clock goes from 02:00 to 03:00.
    def minutes(opens: time, closes: time) -> float:
        table = small(hours={6: [OpeningInterval(opens, closes)]})
        day = moment("2025-03-09 00:00"), moment("2025-03-10 00:00")
        return table.open_microseconds("hours", *day) / 60_000_000

    assert minutes(time(2, 30), time(3, 15)) == 15
    assert minutes(time(1, 30), time(2, 30)) == 30
    assert minutes(time(2, 10), time(2, 50)) == 0
    assert minutes(time(1), time(4)) == 120


def test_hours_begin_and_end_the_first_time_the_clock_shows_them() -> None:
    # On 2 November 2025 the clock shows 01:00 to 02:00 twice.
    table = small(
        early={6: [OpeningInterval(time(0), time(1, 30))]},
        late={6: [OpeningInterval(time(1, 30), time(4))]},
    )
    day = moment("2025-11-02 00:00"), moment("2025-11-03 00:00")
    assert table.open_microseconds("early", *day) == 90 * 60_000_000
    assert table.open_microseconds("late", *day) == 210 * 60_000_000


def test_the_night_before_a_holiday_ends_at_midnight_and_a_holiday_begins_no_night() -> None:
    night = {weekday: [OpeningInterval(time(22), time(6))] for weekday in range(7)}
    table = small(days_off=[date(2025, 6, 24)], night=night)
    for start, end, hours in (
        ("2025-06-23 12:00", "2025-06-24 12:00", 2),
        ("2025-06-24 12:00", "2025-06-25 12:00", 0),
        ("2025-06-25 12:00", "2025-06-26 12:00", 8),
        ("2025-12-31 12:00", "2025-12-31 23:59", 119 / 60),
    ):
        found = table.open_microseconds("night", moment(start), moment(end))
        assert found == hours * 3_600_000_000


def test_unknown_opening_hours_are_an_error() -> None:
    with pytest.raises(KeyError):
        calendar().open_microseconds("nights", moment("2025-09-03"), moment("2025-09-04"))
