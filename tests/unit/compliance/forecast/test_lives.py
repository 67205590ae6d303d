"""What was left of a limit on a past morning: never of what happened afterwards."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.forecast.lives import CountedDays, Life, Pause, counted_days, group
from tests.builders import CATALOGUE

EVERY_DAY = CountedDays(0, range(1_000))
LIMIT = 20


@st.composite
def stopped_lives(draw: st.DrawFn) -> Life:
    """A life of 20 civil days with stops one after the other: each takes off the days that began while it lasted."""
    received = draw(st.integers(50, 60))
    day, left, pauses = received, LIMIT, []
    for in_hand, waited in draw(
        st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=3)
    ):
        if in_hand >= left:
            break
        left -= in_hand
        pauses.append(Pause(day + in_hand, day + in_hand + waited, waited))
        day += in_hand + waited
    return Life(received, None, day + left, on_time=False, pauses=tuple(pauses))


@given(stopped_lives(), st.integers(51, 120))
@settings(max_examples=50, deadline=None)
def test_a_morning_sees_no_stop_that_is_yet_to_begin(life: Life, morning: int) -> None:
    seen = tuple(pause for pause in life.pauses if pause.began < morning)
    later = sum(pause.removed for pause in life.pauses if pause.began >= morning)
    as_it_stood = life._replace(pauses=seen, due=life.due - later)
    assert life.left(morning, EVERY_DAY) == as_it_stood.left(morning, EVERY_DAY)
    assert life.waits(morning) is as_it_stood.waits(morning)


def test_a_file_waits_from_the_day_after_the_request_to_the_day_of_the_answer() -> None:
    life = Life(10, None, 35, on_time=False, pauses=(Pause(12, 15, 3),))
    assert [day for day in range(11, 20) if life.waits(day)] == [13, 14, 15]


def test_a_stop_after_the_deadline_moves_nothing() -> None:
    life = Life(10, None, 30, on_time=False, pauses=(Pause(32, 40, 8),))
    assert life.left(31, EVERY_DAY) == 0


def test_the_days_counted_are_those_of_the_limit() -> None:
    standard = CATALOGUE.standards["caq-etudes"]
    calendar, monday = CATALOGUE.calendar_of(standard), date(2026, 11, 16)
    days = counted_days(standard.current.limit, calendar, monday, monday + timedelta(days=30))
    friday, sunday, tuesday = (monday.toordinal() + after for after in (4, 6, 8))
    assert days.number(sunday) == days.number(friday)
    assert days.number(tuesday) - days.number(sunday) == 2
    assert days.day(days.number(sunday)) == friday
    assert days.number(monday.toordinal() - 99) == days.number(monday.toordinal())


def test_lives_alike_are_counted_as_one() -> None:
    one = Life(3, 9, 23, on_time=True)
    assert group([one, one._replace(received=1), one]) == [
        one._replace(received=1),
        one._replace(files=2),
    ]
