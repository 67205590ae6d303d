"""The shipped catalogue, and standards made for the tests: each as the product reads it and as the oracle is told it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.commitments import Standard
from tests.builders import CATALOGUE
from tests.unit.domain.oracle import PROMISES, Promise
from tests.unit.domain.oracle_facts import Kind, Span, Worth

CALENDARS = ("qc-legal", "qc-public-service")
WORDS = {"fr": "mot", "en": "word"}
_REVIEW = {"days": 90, "outcomes": ["refused", "rejected"]}

SYNTHETIC: dict[str, list[Promise]] = {
    "rolling-months": [Promise(months=1, at_risk=10, critical=3, roll_forward=True)],
    "months-always-at-risk": [Promise(months=2, at_risk=70, critical=59)],
    "months-next-day": [
        Promise(months=1, at_risk=31, critical=0, roll_forward=True, next_business_day=True)
    ],
    "plain-months-next-day": [Promise(months=1, at_risk=30, critical=5, next_business_day=True)],
    "next-day": [Promise(days=20, at_risk=5, critical=2, next_business_day=True)],
    "next-day-short": [Promise(days=2, at_risk=2, critical=0, next_business_day=True)],
    "one-day": [Promise(days=1)],
    "always-at-risk": [Promise(days=3, at_risk=3, critical=1)],
    "complaints-hour": [Promise(minutes=60, hours="complaints", late_abandonment=True)],
    "two-days-of-calls": [Promise(minutes=1000)],
    "changing": [
        Promise(days=10, at_risk=4, critical=1, begins=date(2016, 4, 1), ends=date(2021, 9, 30)),
        Promise(months=1, at_risk=7, critical=2, begins=date(2021, 10, 1), ends=date(2025, 3, 31)),
        Promise(days=5, at_risk=2, critical=1, begins=date(2025, 6, 1)),
    ],
}
ALL_PROMISES = PROMISES | SYNTHETIC


@cache
def calendar(identifier: str = "qc-legal") -> BusinessCalendar:
    return CATALOGUE.calendar(identifier)


@cache
def standard(name: str) -> Standard:
    """A standard as the product reads it: shipped, or built from what the oracle is told."""
    if name in CATALOGUE.standards:
        return CATALOGUE.standards[name]
    return standard_of(*SYNTHETIC[name])


def standard_of(
    *promises: Promise, requests: Mapping[str, Kind] = MappingProxyType({}), **keys: str
) -> Standard:
    """A standard with these terms; ``keys`` are other keys of it."""
    return Standard.model_validate(
        {
            "name": WORDS,
            "closes_with": WORDS,
            "source": WORDS,
            "review": _REVIEW if promises[0].reviewed else None,
            "requests": {word: written_request(kind) for word, kind in requests.items()},
            "terms": [written_terms(promise) for promise in promises],
            **keys,
        }
    )


def written_request(kind: Kind) -> dict[str, Any]:
    """A kind of request as a catalogue has it."""
    if kind.clock == "runs":
        return {"clock": "runs"}
    written: dict[str, Any] = {"clock": kind.clock, "counts": kind.counts}
    if kind.lapses_after is not None:
        written["lapses_after"] = _length(kind.lapses_after)
    if kind.at_most is not None:
        written["at_most"] = kind.at_most
    return written | ({"party": "other"} if kind.other_party else {})


def _length(span: Span) -> dict[str, int]:
    kinds = ("business_days", "civil_days", "months")
    return {kind: getattr(span, kind) for kind in kinds if getattr(span, kind)}


def written_terms(promise: Promise) -> dict[str, Any]:
    """The terms of a promise as a catalogue has them."""
    written: dict[str, Any] = {
        "summary": WORDS,
        "measured_when": promise.measured_when,
        "when": promise.when,
        "withdrawn": "late_after_limit" if promise.late_abandonment else "left_out",
        "extensions": {word: _worth(promise, worth) for word, worth in promise.extensions.items()},
    }
    if promise.tiers:
        tiers = [promise, *promise.tiers]
        written["targets"] = [{"percent": 80, "limit": _limit(tier)} for tier in tiers]
    else:
        written |= {"limit": _limit(promise), "target_percent": 80}
    if promise.at_risk is not None:
        written["thresholds"] = {"at_risk": promise.at_risk, "critical": promise.critical}
    if promise.begins != date.min:
        written["effective_from"] = str(promise.begins)
    if promise.ends != date.max:
        written["effective_to"] = str(promise.ends)
    if promise.next_business_day:
        written["received_on_day_off"] = "next_business_day"
    if promise.received_outside is not None:
        hours = promise.received_outside
        written["received_outside"] = {"opening_hours": hours, "is": "next_opening_day"}
    if promise.remind_after is not None:
        written["waiting"] = {"remind_after": _length(promise.remind_after)}
    return written


def _limit(promise: Promise) -> dict[str, Any]:
    if promise.days is not None:
        return {"business_days": promise.days}
    if promise.seconds is not None:
        return {"seconds": promise.seconds, "opening_hours": promise.hours}
    if promise.minutes is not None:
        # Thresholds of hours are minutes too.
        hours, rest = divmod(promise.minutes, 60)
        amount = {"minutes": promise.minutes} if rest else {"hours": hours}
        return amount | {"opening_hours": promise.hours}
    written: dict[str, Any] = {"months": promise.months}
    if promise.civil_days is not None:
        weeks, rest = divmod(promise.civil_days, 7)
        written = {"civil_days": promise.civil_days} if rest else {"weeks": weeks}
    if promise.roll_forward or promise.rolls_on is not None:
        written["roll_forward"] = promise.rolls_on or True
    return written


def _worth(promise: Promise, worth: Worth) -> dict[str, Any]:
    at_most = {} if worth.at_most is None else {"at_most": worth.at_most}
    if worth.given:
        return {"until": "given"} | at_most
    kinds = {"months": worth.months, "seconds": worth.seconds}
    kinds["business_days" if promise.days is not None else "civil_days"] = worth.days
    return {"by": {kind: amount for kind, amount in kinds.items() if amount}} | at_most
