"""The words the oracle speaks: events as told, the terms of a commitment, and a cycle as events alone tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

ORDER = [
    "received",
    "documents_requested",
    "documents_received",
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


@dataclass(frozen=True)
class Promise:
    """One commitment's terms; exactly one of ``days``, ``months`` and ``minutes``."""

    days: int | None = None
    months: int | None = None
    minutes: int | None = None
    hours: str = "contact-centre"
    at_risk: int | None = None
    critical: int | None = None
    roll_forward: bool = False
    next_business_day: bool = False
    late_abandonment: bool = False
    reviewed: bool = False
    measured_when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    begins: date = date.min
    ends: date = date.max


@dataclass
class Passage:
    """A cycle, as far as events alone tell it: ``holds`` are (instant, who owes what from then on)."""

    number: int
    opened_by: Told
    holds: list[tuple[datetime, tuple[str | None, ...]]]
    ended: Told | None = None

    @property
    def received_at(self) -> datetime:
        return self.opened_by.at

    @property
    def outstanding(self) -> tuple[str | None, ...]:
        return self.holds[-1][1]

    def held_before(self, instant: datetime) -> bool:
        """Whether the Ministry held the file just before an instant, which is how a day begins."""
        held = True
        for began, outstanding in self.holds:
            if began < instant:
                held = not outstanding
        return held

    def taken_up_at(self) -> datetime:
        """When the Ministry last took the file into its hands."""
        taken_up, held = self.received_at, True
        for began, outstanding in self.holds:
            if not outstanding and not held:
                taken_up = began
            held = not outstanding
        return taken_up

    def changed_hands_at(self) -> datetime:
        changed, held = self.received_at, True
        for began, outstanding in self.holds:
            if held == bool(outstanding):
                changed, held = began, not outstanding
        return self.ended.at if self.ended else changed


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
