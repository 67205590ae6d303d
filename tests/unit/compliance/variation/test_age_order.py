"""Age order: by hand, and against a recount that looks at every file on every day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.variation.age_order import (
    MOST_PASSED,
    PASSED_DAYS,
    HandSpans,
    first_month,
    hand_spans,
)
from shared.domain.records import ClockSnapshot, CycleState, Stop

TODAY = date(2026, 11, 23)


class Life(NamedTuple):
    """Days before today: received, ended (None for open), and stops from a day to a day (None for not yet)."""

    received: int
    ended: int | None = None
    status: Literal["decided", "withdrawn"] = "decided"
    stops: tuple[tuple[int, int | None], ...] = ()


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def noon(ago: int) -> datetime:
    return datetime.combine(day(ago), datetime.min.time(), UTC) + timedelta(hours=12)


def state(life: Life) -> CycleState:
    return CycleState(
        number=1,
        status="open" if life.ended is None else life.status,
        received_at=noon(life.received),
        received_on=day(life.received),
        since=noon(life.received),
        counted=0,
        waited=0,
        measured=True,
        ended_on=None if life.ended is None else day(life.ended),
        stops=tuple(
            Stop(noon(began), noon(began), 0, 0, ended_at=None if ended is None else noon(ended))
            for began, ended in life.stops
        ),
    )


def snapshot(name: str, life: Life) -> ClockSnapshot:
    return ClockSnapshot(
        file_id=name,
        generation=1,
        position=1,
        crossed_at=noon(0),
        changed_by=None,
        standard="one",
        unit="here",
        cycles=(state(life),),
        anomalies=(),
    )


def order(lives: Sequence[Life]) -> tuple[dict[str, tuple[int, Any]], dict[str, int]]:
    """Decisions and shares by month; and how often each file was passed over."""
    spans = HandSpans(TODAY, UTC)
    for number, life in enumerate(lives):
        spans.add(snapshot(f"F-{number}", life))
    found = spans.orders().get(("one", "here"))
    if found is None:
        return {}, {}
    return (
        {f"{month:%Y-%m}": (one.decisions, one.shares) for month, one in found.months.items()},
        {one.file_id: one.passed for one in found.passed},
    )


def spans_of(life: Life) -> list[tuple[int, int]]:
    return [
        (span.begins - TODAY.toordinal(), span.ends - TODAY.toordinal())
        for span in hand_spans(state(life), UTC)
    ]


def test_first_come_first_decided_is_one_and_the_reverse_is_none() -> None:
    fifo = [Life(30 - number, 20 - number) for number in range(5)]
    assert order(fifo)[0] == {"2026-11": (4, 4.0)}
    lifo = [Life(30 - number, 16 + number) for number in range(5)]
    assert order(lifo)[0] == {"2026-11": (4, 0.0)}


def test_a_share_is_of_the_files_in_hand_that_day() -> None:
    """Beside the one decided: one older, two younger, one of the same day, one that waits, one received the day after."""
    lives = [
        Life(30, 10),
        Life(40),
        Life(20),
        Life(15),
        Life(30),
        Life(35, stops=((20, None),)),
        Life(9),
    ]
    months, passed = order(lives)
    assert months == {"2026-11": (1, pytest.approx(2 / 3))}
    assert passed == {"F-1": 1}


def test_a_decision_with_nothing_else_in_hand_says_nothing() -> None:
    assert order([Life(30, 10), Life(9)]) == ({}, {})


def test_a_withdrawal_is_no_decision() -> None:
    assert order([Life(30, 10, "withdrawn"), Life(40), Life(20)]) == ({}, {})


def test_a_file_that_waits_for_a_while_is_in_hand_before_and_after() -> None:
    assert spans_of(Life(30, 5, stops=((20, 10),))) == [(-30, -20), (-10, -5)]


def test_stops_that_overlap_or_touch_are_one() -> None:
    assert spans_of(Life(30, 5, stops=((25, 15), (20, 10)))) == [(-30, -25), (-10, -5)]
    assert spans_of(Life(30, 5, stops=((25, 10), (20, 15)))) == [(-30, -25), (-10, -5)]
    assert spans_of(Life(30, 5, stops=((25, 15), (15, 10)))) == [(-30, -25), (-10, -5)]


def test_a_stop_within_a_day_leaves_the_file_in_hand_once() -> None:
    assert spans_of(Life(30, 5, stops=((20, 20),))) == [(-30, -5)]
    assert spans_of(Life(30, 5, stops=((30, 20), (20, 10)))) == [(-30, -30), (-10, -5)]


def test_decided_while_it_waits_is_in_hand_that_day() -> None:
    assert spans_of(Life(30, 5, stops=((20, None),))) == [(-30, -20), (-5, -5)]
    assert spans_of(Life(30, 5, "withdrawn", stops=((20, None),))) == [(-30, -20)]
    assert spans_of(Life(30, 20, stops=((20, None),))) == [(-30, -20)]


def test_months_before_the_first_are_not_looked_at() -> None:
    assert first_month(TODAY) == date(2025, 11, 1)
    long_ago = (TODAY - date(2025, 10, 31)).days
    months, _ = order([Life(700, long_ago), Life(690, long_ago - 1), Life(600)])
    assert months == {"2025-11": (1, 1.0)}


def test_the_most_passed_over_come_first_and_no_more_than_some() -> None:
    old = [Life(100 + number) for number in range(MOST_PASSED + 5)]
    quick = [Life(20 - number, 10 - number) for number in range(3)]
    away = Life(300, stops=((200, 9),))
    _, passed = order([*old, *quick, away])
    assert len(passed) == MOST_PASSED
    assert set(passed.values()) == {3}
    assert next(iter(passed)) == f"F-{MOST_PASSED + 4}"
    _, passed = order([*old[:3], *quick, away])
    assert passed == {"F-2": 3, "F-1": 3, "F-0": 3, "F-6": 2}


def test_of_many_files_in_hand_the_most_passed_over_are_kept() -> None:
    old = [Life(50 + number % 400, stops=((40, number % 30),)) for number in range(1_200)]
    quick = [Life(20 - number, 10 - number) for number in range(3)]
    every = [
        sum(one.ended is not None and one.ended <= life.stops[0][1] for one in quick)
        for life in old
        if life.stops[0][1] is not None
    ]
    _, passed = order([*old, *quick])
    assert list(passed.values()) == sorted(every, reverse=True)[:MOST_PASSED]


# -- against every file on every day


def lives_of() -> st.SearchStrategy[list[Life]]:
    @st.composite
    def one(draw: st.DrawFn) -> Life:
        received = draw(st.integers(0, 60))
        ended = draw(st.none() | st.integers(0, received))
        last = 0 if ended is None else ended + 1
        stops = []
        for _ in range(draw(st.integers(0, 3)) if last <= received else 0):
            began = draw(st.integers(last, received))
            until = draw(st.none() | st.integers(last, began))
            stops.append((began, until))
        return Life(received, ended, draw(st.sampled_from(["decided", "withdrawn"])), tuple(stops))

    return st.lists(one(), max_size=8)


def is_in_hand(life: Life, ago: int) -> bool:
    """Whether it is so at some time of a day; all that happens does so at noon."""
    if ago > life.received or (life.ended is not None and ago < life.ended):
        return False
    if ago == life.received or (ago == life.ended and life.status == "decided"):
        return True
    morning = any(began > ago and (until is None or until <= ago) for began, until in life.stops)
    afternoon = ago == life.ended or any(
        began >= ago and (until is None or until < ago) for began, until in life.stops
    )
    return not (morning and afternoon)


def naive(lives: Sequence[Life]) -> tuple[dict[str, tuple[int, Any]], dict[str, int]]:
    months: dict[str, list[float]] = defaultdict(list)
    passed = dict.fromkeys(range(len(lives)), 0)
    for index, life in enumerate(lives):
        if life.ended is None or life.status != "decided":
            continue
        others = [
            other
            for place, other in enumerate(lives)
            if place != index and other.received != life.received and is_in_hand(other, life.ended)
        ]
        if others:
            younger = sum(other.received < life.received for other in others)
            months[f"{day(life.ended):%Y-%m}"].append(younger / len(others))
        for place, other in enumerate(lives):
            if other.received > life.received and _in_hand_since(other, life.ended):
                passed[place] += 1
    return (
        {month: (len(each), pytest.approx(sum(each))) for month, each in months.items()},
        {f"F-{place}": times for place, times in passed.items() if times},
    )


def _in_hand_since(life: Life, ago: int) -> bool:
    """Whether a file is in hand now, and was on every day from one on."""
    if life.ended is not None or any(until is None for _, until in life.stops):
        return False
    return ago <= PASSED_DAYS and all(is_in_hand(life, one) for one in range(ago + 1))


@settings(max_examples=40)
@given(lives_of())
def test_any_lives_are_counted_as_one_by_one(lives: list[Life]) -> None:
    assert order(lives) == naive(lives)


def test_one_file_in_so_many_stands_for_as_many() -> None:
    lives = [Life(90 - number % 60, number % 29) for number in range(300)]
    chosen = [number for number in range(300) if crc32(f"F-{number}".encode()) % 3 == 0]
    some, few = HandSpans(TODAY, UTC, 3), HandSpans(TODAY, UTC)
    for number, life in enumerate(lives):
        some.add(snapshot(f"F-{number}", life))
    for number in chosen:
        few.add(snapshot(f"F-{number}", lives[number]))
    found, counted = (one.orders()["one", "here"].months for one in (some, few))
    assert found.keys() == counted.keys()
    for month, one in counted.items():
        assert found[month].decisions == 3 * one.decisions
        assert found[month].shares == pytest.approx(3 * one.shares)
