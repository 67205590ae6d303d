"""Histories and moments, with the awkward ones strongly favoured: midnights, DST nights, holidays, ends of months, boundaries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from hypothesis import strategies as st

from tests.unit.domain.agreement import SHARED_BY_ALL, Case
from tests.unit.domain.oracle import Groups, Told
from tests.unit.domain.oracle_calendar import MONTREAL, ONE_DAY, holidays
from tests.unit.domain.standards import ALL_PROMISES, CALENDARS

YEARS = range(2015, 2041)
MICROSECOND = timedelta(microseconds=1)
MINUTE_STANDARDS = ("telephone", "complaints-hour", "two-days-of-calls")
DAY_STANDARDS = tuple(name for name in ALL_PROMISES if name not in MINUTE_STANDARDS)


def _nth_sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


def _awkward_days() -> list[date]:
    days: set[date] = set()
    for year in YEARS:
        near = set(holidays("qc-legal", year) | holidays("qc-public-service", year))
        near |= {_nth_sunday(year, 3, 2), _nth_sunday(year, 11, 1), date(year, 2, 28)}
        near |= {date(year, month, 1) - ONE_DAY for month in (3, 5, 9, 12)}
        days |= near | {day + ONE_DAY for day in near} | {day - ONE_DAY for day in near}
    return sorted(day for day in days if day.year in YEARS)


_AWKWARD_DAYS = _awkward_days()
calendars = st.sampled_from(CALENDARS)
day_standards = st.sampled_from(DAY_STANDARDS)
minute_standards = st.sampled_from(MINUTE_STANDARDS)
standards = st.sampled_from(DAY_STANDARDS + MINUTE_STANDARDS)
days = st.one_of(
    st.sampled_from(_AWKWARD_DAYS), st.dates(date(YEARS.start, 1, 1), date(YEARS.stop - 1, 12, 31))
)
_AWKWARD_TIMES = [
    time(0, 0),
    time(0, 0, 0, 1),
    time(0, 30),
    time(1, 30),
    time(1, 30, fold=1),
    time(3, 0),
    time(8, 0),
    time(8, 30),
    time(10, 30),
    time(12, 0),
    time(12, 59, 59),
    time(13, 0),
    time(16, 28, 30),
    time(16, 30),
    time(19, 0),
    time(20, 0),
    time(23, 30),
    time(23, 59, 59, 999_999),
]
times = st.one_of(st.sampled_from(_AWKWARD_TIMES), st.times())
_GAPS_IN_DAYS = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 31, 60, 150, 182]
_GAPS_IN_MINUTES = [0, 0, 1, 2, 3, 5, 30, 60, 90, 120, 180, 500, 510, 1440, 2880, 4320]
_TYPES = (
    ["documents_requested"] * 6
    + ["documents_received"] * 6
    + ["decided"] * 2
    + ["reopened", "withdrawn", "received", "voided"]
)
_REQUEST_IDS = [None, None, "A", "B"]
_SOURCES = ["one", "one", "one", "two", "three"]
_OUTCOMES = ["accepted", "refused", "rejected"]
_ATTRIBUTES = [
    {},
    {"evaluation": "initiale"},
    {"evaluation": "revision"},
    {"regime": "temps-complet", "inscription": "premiere"},
    {"regime": "temps-complet", "inscription": "suivante"},
]
shared_by_all: st.SearchStrategy[Groups] = st.just(SHARED_BY_ALL)
sharings: st.SearchStrategy[Groups] = st.sampled_from(
    [[], [("one", "two", "three")], [("one", "two")], [("two", "three")]]
)


@st.composite
def cases(
    draw: st.DrawFn,
    names: st.SearchStrategy[str] = standards,
    groups: st.SearchStrategy[Groups] = shared_by_all,
) -> Case:
    """A file under one of the standards named, on either calendar."""
    standard = draw(names)
    events, now = draw(histories(standard))
    return Case(events, now, standard, draw(calendars), draw(groups))


@st.composite
def histories(draw: st.DrawFn, standard_id: str) -> tuple[list[Told], datetime]:
    """A file's events, mostly in a sensible order, and a moment to ask about.

    Two draws, and not ten for each event: Hypothesis shrinks the number of events, which keeps the first of them.
    """
    return _history(draw(st.integers(0, 9)), Random(draw(_seeds)), standard_id)


# Of fewer than 24 bits: beyond, Hypothesis prefers small integers.
_seeds = st.integers(0, 2**22)


def _history(following: int, chance: Random, standard_id: str) -> tuple[list[Told], datetime]:
    at = on_day(_day(chance), _time(chance))
    received = Told(
        "received",
        at,
        "0",
        chance.choice(_SOURCES),
        attributes=chance.choice(_ATTRIBUTES),
        recorded=_recorded(chance),
    )
    events = [received]
    for number in range(1, following + 1):
        at = _later(chance, at, standard_id)
        events.append(_event(chance, number, at))
    if chance.random() < 0.25:
        early = at - timedelta(days=chance.randint(0, 40))
        events.append(_event(chance, len(events), early))
    return events, _later(chance, chance.choice(events).at, standard_id)


def _event(chance: Random, number: int, at: datetime) -> Told:
    kind = chance.choice(_TYPES)
    return Told(
        kind,
        at,
        str(number),
        chance.choice(_SOURCES),
        request_id=chance.choice(_REQUEST_IDS) if kind.startswith("documents") else None,
        event_id=str(chance.randint(0, number + 1)) if kind == "voided" else None,
        outcome=chance.choice(_OUTCOMES) if kind == "decided" else None,
        recorded=_recorded(chance),
    )


def _later(chance: Random, at: datetime, standard_id: str) -> datetime:
    """A later moment, or the same: some minutes for a limit in minutes, some days for the others."""
    if standard_id in MINUTE_STANDARDS:
        exact = timedelta(microseconds=chance.choice([0, 0, 0, 1, 999_999]))
        any_gap = chance.randint(0, 5000)
        return (
            at
            + timedelta(minutes=chance.choice([chance.choice(_GAPS_IN_MINUTES), any_gap]))
            + exact
        )
    day = at.astimezone(MONTREAL).date() + timedelta(days=chance.choice(_GAPS_IN_DAYS))
    return max(at, on_day(day, _time(chance)))


def _day(chance: Random) -> date:
    first, last = date(YEARS.start, 1, 1), date(YEARS.stop - 1, 12, 31)
    any_day = first + timedelta(days=chance.randint(0, (last - first).days))
    return chance.choice([chance.choice(_AWKWARD_DAYS), any_day])


def _time(chance: Random) -> time:
    any_time = time(chance.randint(0, 23), chance.randint(0, 59), chance.randint(0, 59))
    return chance.choice([chance.choice(_AWKWARD_TIMES), any_time])


def _recorded(chance: Random) -> datetime:
    return datetime(2049, 12, 20 + chance.randint(0, 5), tzinfo=UTC)


def on_day(day: date, wall: time) -> datetime:
    """A wall-clock time in Montréal, as an instant."""
    return datetime.combine(day, wall, MONTREAL).astimezone(UTC)
