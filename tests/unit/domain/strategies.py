"""Histories and moments, with the awkward ones strongly favoured: midnights, DST nights, holidays, ends of months, boundaries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from tests.unit.domain.oracle import Told
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


calendars = st.sampled_from(CALENDARS)
standards = st.sampled_from(DAY_STANDARDS + MINUTE_STANDARDS)
days = st.one_of(
    st.sampled_from(_awkward_days()),
    st.dates(date(YEARS.start, 1, 1), date(YEARS.stop - 1, 12, 31)),
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
_gaps_in_days = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 31, 60, 150, 182])
_gaps_in_minutes = st.one_of(
    st.sampled_from([0, 0, 1, 2, 3, 5, 30, 60, 90, 120, 180, 500, 510, 1440, 2880, 4320]),
    st.integers(0, 5000),
)
_types = st.sampled_from(
    ["documents_requested"] * 6
    + ["documents_received"] * 6
    + ["decided"] * 2
    + ["reopened", "withdrawn", "received", "voided"]
)
_request_ids = st.sampled_from([None, None, "A", "B"])
_sources = st.sampled_from(["one", "one", "one", "two", "three"])
sharings = st.sampled_from([[], [("one", "two", "three")], [("one", "two")], [("two", "three")]])
_recorded = st.integers(0, 5).map(lambda days: datetime(2049, 12, 20 + days, tzinfo=UTC))
_outcomes = st.sampled_from(["accepted", "refused", "rejected"])
_attributes = st.sampled_from(
    [
        {},
        {"evaluation": "initiale"},
        {"evaluation": "revision"},
        {"regime": "temps-complet", "inscription": "premiere"},
        {"regime": "temps-complet", "inscription": "suivante"},
    ]
)


@st.composite
def histories(draw: st.DrawFn, standard_id: str) -> tuple[list[Told], datetime]:
    """A file's events, mostly in a sensible order, and a moment to ask about."""
    at = on_day(draw(days), draw(times))
    events = [
        Told(
            "received",
            at,
            "0",
            draw(_sources),
            attributes=draw(_attributes),
            recorded=draw(_recorded),
        )
    ]
    for number in range(1, draw(st.integers(0, 9)) + 1):
        at = _later(draw, at, standard_id)
        events.append(_event(draw, number, at))
    if draw(st.sampled_from([False, False, False, True])):
        early = at - timedelta(days=draw(st.integers(0, 40)))
        events.append(_event(draw, len(events), early))
    now = draw(st.sampled_from([event.at for event in events]))
    return events, _later(draw, now, standard_id)


def _event(draw: st.DrawFn, number: int, at: datetime) -> Told:
    kind = draw(_types)
    return Told(
        kind,
        at,
        str(number),
        draw(_sources),
        request_id=draw(_request_ids) if kind.startswith("documents") else None,
        event_id=str(draw(st.integers(0, number + 1))) if kind == "voided" else None,
        outcome=draw(_outcomes) if kind == "decided" else None,
        recorded=draw(_recorded),
    )


def _later(draw: st.DrawFn, at: datetime, standard_id: str) -> datetime:
    """A later moment, or the same: some minutes for a limit in minutes, some days for the others."""
    if standard_id in MINUTE_STANDARDS:
        exact = timedelta(microseconds=draw(st.sampled_from([0, 0, 0, 1, 999_999])))
        return at + timedelta(minutes=draw(_gaps_in_minutes)) + exact
    day = at.astimezone(MONTREAL).date() + timedelta(days=draw(_gaps_in_days))
    return max(at, on_day(day, draw(times)))


def on_day(day: date, wall: time) -> datetime:
    """A wall-clock time in Montréal, as an instant."""
    return datetime.combine(day, wall, MONTREAL).astimezone(UTC)
