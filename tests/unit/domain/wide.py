"""Random catalogues of the wider law, each as the product reads it and as the oracle is told it, and random files under them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, NamedTuple

from shared.domain import cycles
from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.file_clock import FileCalculator, FileReading, StandardReading
from tests.unit.domain import oracle
from tests.unit.domain.agreement import as_told, event_of
from tests.unit.domain.oracle_calendar import MONTREAL, OFFICES, OPENING_HOURS, local_day
from tests.unit.domain.oracle_facts import Kind, Promise, Rules, Span, Told, Worth
from tests.unit.domain.oracle_stops import in_hours
from tests.unit.domain.standards import WORDS, written_request, written_terms

CATALOGUES = 600
"""How many different catalogues there are."""
_FIRST, _DAYS = date(2025, 4, 25), 40
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = ("counter", "night", "always")
CALENDAR_HOURS = ("counter", "night")
"""The opening hours of every calendar here."""
_UNITS = {"north": None, "south": "south", "west": "office"}
_TIMES = [
    time(0, 0), time(0, 0), time(2, 0), time(9, 0), time(10, 30), time(12, 0), time(12, 30),
    time(17, 0), time(22, 0), time(23, 59, 59, 999_999),
]  # fmt: skip
_GAPS = [0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 14, 30]
_TYPES = (
    ["documents_requested"] * 8
    + ["documents_received"] * 7
    + ["extended"] * 4
    + [
        "reached",
        "reached",
        "transferred",
        "decided",
        "withdrawn",
        "reopened",
        "received",
        "voided",
    ]
)


class Commitment(NamedTuple):
    """A standard as the oracle is told it, without the calendar of a unit."""

    name: str
    calendar: str
    promises: Sequence[Promise]
    rules: Rules

    def in_unit(self, unit: str) -> tuple[str, Rules]:
        """The calendar of a file that a unit receives, and the rules with its name where it differs."""
        chosen = _UNITS[unit] or self.calendar
        named = None if chosen == self.calendar else chosen
        return chosen, replace(self.rules, calendar=named)


class Wide(NamedTuple):
    """A catalogue, and the standards that measure a file by the word of its reception."""

    catalogue: Catalogue
    commitments: Mapping[str, Sequence[Commitment]]


class File(NamedTuple):
    """A file under a catalogue, and a moment to ask about."""

    wide: Wide
    word: str
    events: Sequence[Told]
    now: datetime

    def at(self, now: datetime) -> File:
        return self._replace(now=now)

    @property
    def history(self) -> cycles.History:
        return cycles.history(event_of(told, self.word) for told in self.events)

    @property
    def calculator(self) -> FileCalculator:
        return FileCalculator(self.wide.catalogue)

    @property
    def reading(self) -> FileReading:
        return self.calculator.read(self.history, self.now)


def assert_agreement(file: File) -> FileReading:
    """Product and oracle say the same of every standard's cycles, of every anomaly and of every ledger."""
    reading = file.reading
    commitments, unit = file.wide.commitments[file.word], _first_unit(file)
    expected, found = [], []
    for commitment in commitments:
        calendar, rules = commitment.in_unit(unit)
        answers, anomalies = oracle.clocks(
            file.events, commitment.promises, file.now, calendar, (), rules
        )
        found.append(anomalies)
        several = len(commitments) > 1
        expected += [
            one
            | {
                "standard": commitment.name if several else None,
                "stops": in_hours(one["stops"], calendar, CALENDAR_HOURS),
            }
            for one in answers
        ]
    assert [as_told(cycle) for cycle in reading.clock.cycles] == expected
    names = [{name[:2] for name in anomalies} for anomalies in found]
    of_all = [one for one in found[0] if all(one[:2] in each for each in names)]
    told = sorted((one.source, one.event_id, one.reason) for one in reading.clock.anomalies)
    assert told == of_all
    for one in reading.of_standards:
        _assert_ledgers(file, one)
    return reading


def _assert_ledgers(file: File, one: StandardReading) -> None:
    """The days of each ledger follow one another and add up to the clock."""
    ledgers = file.calculator.ledgers(file.history, one)
    for cycle, ledger in zip(one.clock.cycles, ledgers, strict=True):
        days, ends_on = ledger.days, cycle.state.ended_on or local_day(file.now)
        assert round(sum(day.counted for day in days), 6) == cycle.counted == days[-1].total
        assert round(sum(day.waited for day in days), 6) == cycle.waited
        assert days[0].day == cycle.state.received_on
        assert len(days) == (ends_on - days[0].day).days + 1


def _first_unit(file: File) -> str:
    """The unit of the reception that stands."""
    rules = file.wide.commitments[file.word][0].rules
    desk, _ = oracle.follow(file.events, file.now, (), rules, "office")
    return desk.units[0][1] if desk.units else "north"


@cache
def wide(seed: int) -> Wide:
    """A catalogue with two standards and the service of both."""
    chance = Random(seed)
    common = {f"kind-{number}": _kind(chance) for number in range(6)}
    commitments = [_commitment(chance, name, common) for name in ("first", "second")]
    text = json.dumps(_document(common, commitments))
    by_word = {one.name: [one] for one in commitments} | {"both": commitments}
    return Wide(load_catalogue_text(text, "wide"), by_word)


def _kind(chance: Random) -> Kind:
    if chance.random() < 0.1:
        return Kind("runs")
    return Kind(
        chance.choice(["stops", "stops", "stops", "restarts"]),
        chance.choice(["in_hand_at_start", "in_hand_at_end", "in_hand_all_day", "in_hand_at_any_time"]),
        chance.choice([None, None, _span(chance)]),
        chance.choice([None, None, 1, 2]),
        chance.random() < 0.3,
    )  # fmt: skip


def _span(chance: Random) -> Span:
    kind = chance.choice(["business_days", "civil_days", "civil_days", "months"])
    return Span(**{kind: 1 if kind == "months" else chance.randint(1, 8)})


def _commitment(chance: Random, name: str, common: Mapping[str, Kind]) -> Commitment:
    own = {word: _kind(chance) for word in common if chance.random() < 0.2}
    begins_with, ends_with = chance.choice(
        [(None, None)] * 4 + [(None, "seen"), ("seen", None), ("seen", "settled")]
    )
    measured_in = chance.choice(["days", "civil_days", "months", "seconds", "minutes"])
    only = [_promise(chance, measured_in)]
    promises = chance.choice(
        [only, only, _by_date(chance, measured_in), _by_word(chance, measured_in)]
    )
    rules = Rules({**common, **own}, begins_with, ends_with)
    return Commitment(name, chance.choice(["office", "office", "south"]), promises, rules)


def _by_date(chance: Random, measured_in: str) -> Sequence[Promise]:
    change = _FIRST + timedelta(days=chance.randint(0, 30))
    return [
        _promise(chance, measured_in, ends=change),
        _promise(chance, measured_in, begins=change + timedelta(days=chance.choice([1, 1, 4]))),
    ]


def _by_word(chance: Random, measured_in: str) -> Sequence[Promise]:
    return [
        _promise(chance, measured_in, when={"priority": ["high"]}),
        _promise(chance, measured_in, when={"priority": ["low"], "channel": ["web"]}),
    ][: chance.choice([1, 2, 2])]


def _promise(chance: Random, measured_in: str, **dates: Any) -> Promise:
    amount = {
        "days": chance.randint(1, 12),
        "civil_days": chance.choice([1, 2, 5, 7, 14, 21, 30]),
        "months": chance.choice([1, 1, 2]),
        "seconds": chance.choice([100, 5_400, 36_000]),
        "minutes": chance.choice([3, 60, 600, 1_440, 2_880]),
    }[measured_in]
    thresholds: dict[str, Any] = {}
    most = 40 if measured_in == "months" else min(amount, 10_000)
    if most > 1 and chance.random() < 0.8:
        at_risk = chance.randint(1, most)
        thresholds = {"at_risk": at_risk, "critical": chance.randint(0, at_risk - 1)}
    civil = measured_in in ("civil_days", "months")
    opening_time = measured_in in ("seconds", "minutes")
    day_zero: dict[str, Any] = chance.choice(
        [{}, {}, {"next_business_day": True}, {"received_outside": "counter"}]
    )
    rolls: dict[str, Any] = (
        chance.choice([{}, {"roll_forward": True}, {"rolls_on": "south"}]) if civil else {}
    )
    hours: dict[str, Any] = {"hours": chance.choice(_HOURS)} if opening_time else {}
    return Promise(
        **_in(measured_in, amount),
        **thresholds,
        **day_zero,
        **rolls,
        **hours,
        **dates,
        late_abandonment=opening_time and chance.random() < 0.5,
        measured_when=chance.choice([{}, {"channel": ["web"]}]),
        extensions=_extensions(chance, measured_in),
        remind_after=chance.choice([None, _span(chance)]),
        tiers=_tiers(chance, measured_in, amount, rolls | hours | day_zero),
    )


def _extensions(chance: Random, measured_in: str) -> Mapping[str, Worth]:
    by: dict[str, dict[str, Any]] = {
        "days": {"days": chance.randint(1, 6)},
        "civil_days": chance.choice([{"days": chance.randint(1, 10)}, {"months": 1}]),
        "months": chance.choice([{"days": chance.randint(1, 10)}, {"months": 1}]),
        "seconds": {"seconds": chance.choice([50, 3_600])},
        "minutes": {"seconds": chance.choice([60, 36_000])},
    }
    more = Worth(**by[measured_in], at_most=chance.choice([None, 1, 2]))
    return {"more": more, "agreed": Worth(given=True, at_most=chance.choice([None, 1]))}


def _in(measured_in: str, amount: int) -> dict[str, Any]:
    return {measured_in: amount}


def _tiers(
    chance: Random, measured_in: str, amount: int, shared: Mapping[str, Any]
) -> Sequence[Promise]:
    several = [amount * 2, amount + 1] if chance.random() < 0.3 else []
    return tuple(Promise(**_in(measured_in, one), **shared) for one in several)


def _document(common: Mapping[str, Kind], commitments: Sequence[Commitment]) -> dict[str, Any]:
    return {
        "catalogue": "wide",
        "revision": 1,
        "name": WORDS,
        "organization": WORDS,
        "default_calendar": "office",
        "calendars": {name: _calendar(name) for name in OFFICES},
        "units": {
            name: {"name": WORDS} | ({"calendar": calendar} if calendar else {})
            for name, calendar in _UNITS.items()
        },
        "attributes": {"priority": ["high", "low"], "channel": ["web", "post"]},
        "outcomes": ["accepted", "refused", "rejected"],
        "reasons": ["sent-back"],
        "withdrawals": ["duplicate"],
        "milestones": ["seen", "settled"],
        "requests": {word: written_request(kind) for word, kind in common.items()},
        "standards": {one.name: _standard(one, common) for one in commitments},
        "services": {"both": {"standards": [one.name for one in commitments]}},
    }


def _calendar(name: str) -> dict[str, Any]:
    days_off, worked = OFFICES[name]
    return {
        "version": "1",
        "name": WORDS,
        "zone": "America/Toronto",
        "coverage": {"first_year": 2024, "last_year": 2027},
        "working_weekdays": [_WEEKDAYS[weekday] for weekday in worked],
        "holidays": [
            {"name": WORDS, "law": WORDS, "every_year": f"{month:02}-{day:02}"}
            for month, day in days_off
        ],
        "opening_hours": {
            hours: {
                _WEEKDAYS[weekday]: [f"{opens}-{closes}" for opens, closes in spans]
                for weekday, spans in OPENING_HOURS[hours].items()
            }
            for hours in CALENDAR_HOURS
        },
    }


def _standard(one: Commitment, common: Mapping[str, Kind]) -> dict[str, Any]:
    rules = one.rules
    own = {word: kind for word, kind in rules.requests.items() if kind is not common[word]}
    written: dict[str, Any] = {
        "name": WORDS,
        "closes_with": WORDS,
        "source": WORDS,
        "calendar": one.calendar,
        "requests": {word: written_request(kind) for word, kind in own.items()},
        "terms": [written_terms(promise) for promise in one.promises],
    }
    milestones = {"begins_with": rules.begins_with, "ends_with": rules.ends_with}
    return written | {key: word for key, word in milestones.items() if word is not None}


def file(catalogue: int, following: int, seed: int) -> File:
    """A file with some events after its reception, and a moment, mostly in a sensible order."""
    chance, under = Random(seed), wide(catalogue)
    word = chance.choice(["first", "first", "second", "both"])
    at = _instant(chance, _FIRST + timedelta(days=chance.randint(0, _DAYS)))
    received = Told(
        "received",
        at,
        "0",
        "one",
        attributes=chance.choice(
            [{}, {"priority": "high"}, {"priority": "low", "channel": "web"}, {"channel": "web"}]
        ),
        unit=chance.choice(list(_UNITS)),
    )
    events, short = [received], chance.random() < 0.4
    for number in range(1, following + 1):
        at = _later(chance, at, short=short)
        events.append(_event(chance, number, at))
    return File(under, word, events, _later(chance, chance.choice(events).at, short=short))


def _event(chance: Random, number: int, at: datetime) -> Told:
    kind = chance.choice(_TYPES)
    told = Told(kind, at, str(number), "two" if chance.random() < 0.03 else "one")
    return told_with(told, chance, number)


def told_with(told: Told, chance: Random, number: int) -> Told:
    """The event with what its data hold."""
    kind = told.type
    facts: dict[str, Any] = {}
    if kind == "documents_requested":
        facts["request_id"] = chance.choice([None, "A", "B"])
        facts["kind"] = chance.choice([None, *(f"kind-{n}" for n in range(6))])
    elif kind == "documents_received":
        facts["request_id"] = chance.choice([None, None, "A", "B"])
    elif kind == "extended":
        facts["extension"] = chance.choice(["more", "agreed"])
        if facts["extension"] == "agreed" or chance.random() < 0.1:
            ahead = timedelta(days=chance.randint(-3, 25))
            facts["until"] = told.at.astimezone(MONTREAL).date() + ahead
    elif kind == "reached":
        facts["milestone"] = chance.choice(["seen", "settled"])
    elif kind in ("received", "transferred"):
        facts["unit"] = chance.choice(list(_UNITS))
    elif kind == "decided":
        facts["outcome"] = "accepted"
    elif kind == "withdrawn":
        facts["reason"] = chance.choice([None, "duplicate"])
    elif kind == "voided":
        facts["event_id"] = str(chance.randint(0, number))
    return replace(told, **facts)


def _later(chance: Random, at: datetime, *, short: bool) -> datetime:
    if short:
        return at + timedelta(
            minutes=chance.choice([0, 1, 30, 90, 240, 600, chance.randint(0, 3_000)])
        )
    day = at.astimezone(MONTREAL).date() + timedelta(days=chance.choice(_GAPS))
    return max(at, _instant(chance, day))


def _instant(chance: Random, day: date) -> datetime:
    any_time = time(chance.randint(0, 23), chance.randint(0, 59))
    wall = chance.choice([*_TIMES, any_time, any_time, any_time])
    return datetime.combine(day, wall, MONTREAL).astimezone(UTC)


def moved(told: Told, by: timedelta) -> Told:
    """The event at another time."""
    return replace(told, at=told.at + by)
