"""The words the oracle speaks: events as told, the terms of a commitment, and a cycle as events alone tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

ORDER = [
    "received",
    "transferred",
    "documents_requested",
    "documents_received",
    "extended",
    "reached",
    "decided",
    "withdrawn",
    "reopened",
    "voided",
]
ADMINISTRATIVE = ("assigned", "allowance_raised")


@dataclass(frozen=True)
class Told:
    """One event, as told to the oracle; ``recorded`` is when it was accepted, all at once where nothing is said."""

    type: str
    at: datetime
    id: str
    source: str = "system"
    request_id: str | None = None
    event_id: str | None = None
    outcome: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    recorded: datetime = field(default=datetime(2050, 1, 1, tzinfo=UTC), compare=False)
    to: str | None = None
    kind: str | None = None
    extension: str | None = None
    until: date | None = None
    milestone: str | None = None
    unit: str = "montreal"
    reason: str | None = None


@dataclass(frozen=True)
class Span:
    """A length in days of exactly one kind."""

    business_days: int = 0
    civil_days: int = 0
    months: int = 0


@dataclass(frozen=True)
class Kind:
    """What a kind of request does (rule 14)."""

    clock: str = "stops"
    counts: str = "in_hand_at_start"
    lapses_after: Span | None = None
    at_most: int | None = None
    other_party: bool = False


@dataclass(frozen=True)
class Worth:
    """What an extension is worth: days, months or seconds in the kind of the limit, or a date that it gives."""

    days: int = 0
    months: int = 0
    seconds: int = 0
    given: bool = False
    at_most: int | None = None


@dataclass(frozen=True)
class Promise:
    """One commitment's terms; exactly one of ``days``, ``civil_days``, ``months``, ``minutes`` and ``seconds``."""

    days: int | None = None
    months: int | None = None
    minutes: int | None = None
    civil_days: int | None = None
    seconds: int | None = None
    hours: str = "contact-centre"
    at_risk: int | None = None
    critical: int | None = None
    roll_forward: bool = False
    rolls_on: str | None = None
    next_business_day: bool = False
    received_outside: str | None = None
    late_abandonment: bool = False
    reviewed: bool = False
    measured_when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    begins: date = date.min
    ends: date = date.max
    extensions: Mapping[str, Worth] = field(default_factory=dict)
    remind_after: Span | None = None
    tiers: Sequence[Promise] = ()

    @property
    def in_opening_time(self) -> bool:
        return self.minutes is not None or self.seconds is not None


@dataclass(frozen=True)
class Rules:
    """How a standard reads a file; ``calendar`` is named where a unit has its own."""

    requests: Mapping[str, Kind] = field(default_factory=dict)
    begins_with: str | None = None
    ends_with: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, eq=False)
class Asked:
    """A request that stops the delay."""

    request_id: str | None
    at: datetime
    kind: Kind
    lapses_at: datetime | None
    recorded: datetime
    word: str | None


@dataclass(frozen=True)
class Step:
    """Something that happened in a cycle: requests made or answered, or an extension; ``owed`` is what is owed since."""

    at: datetime
    owed: tuple[Asked, ...]
    asked: Asked | None = None
    answered: tuple[Asked, ...] = ()
    lapsed: bool = False
    extended: Told | None = None


@dataclass
class Passage:
    """A cycle, as far as events alone tell it."""

    number: int
    opened_by: Told
    attributes: Mapping[str, str]
    steps: list[Step] = field(default_factory=list)
    running: list[str | None] = field(default_factory=list)
    ended: Told | None = None
    unit: str | None = None

    @property
    def received_at(self) -> datetime:
        return self.opened_by.at

    @property
    def owed(self) -> tuple[Asked, ...]:
        return self.steps[-1].owed if self.steps else ()


# The ten commitments, from the table in section 1 of the counting rules.
PROMISES = {
    "caq-etudes": [Promise(days=20, at_risk=5, critical=2, reviewed=True)],
    "peq": [Promise(months=6, at_risk=30, critical=10, reviewed=True)],
    "prtq": [Promise(months=6, at_risk=30, critical=10, reviewed=True)],
    "regroupement-familial": [Promise(days=25, at_risk=5, critical=2, reviewed=True)],
    "evaluation-comparative": [
        Promise(days=50, at_risk=10, critical=3, measured_when={"evaluation": ["initiale"]})
    ],
    "accompagnement": [Promise(days=5, at_risk=2, critical=1)],
    "francisation-temps-complet": [
        Promise(
            days=50,
            at_risk=10,
            critical=3,
            measured_when={"regime": ["temps-complet"], "inscription": ["premiere"]},
        )
    ],
    "telephone": [Promise(minutes=3, late_abandonment=True)],
    "courriel": [Promise(days=2, at_risk=1, critical=0)],
    "plainte": [Promise(days=15, at_risk=5, critical=2)],
}
