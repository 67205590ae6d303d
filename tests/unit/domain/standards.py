"""The shipped catalogue, and standards made for the tests: each as the product reads it and as the oracle is told it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.commitments import Standard
from tests.builders import CATALOGUE
from tests.unit.domain.oracle import PROMISES, Promise

CALENDARS = ("qc-legal", "qc-public-service")
_WORDS = {"fr": "mot", "en": "word"}
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


def standard_of(*promises: Promise) -> Standard:
    return Standard.model_validate(
        {
            "name": _WORDS,
            "closes_with": _WORDS,
            "source": _WORDS,
            "review": _REVIEW if promises[0].reviewed else None,
            "terms": [_terms(promise) for promise in promises],
        }
    )


def _terms(promise: Promise) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "limit": _limit(promise),
        "target_percent": 80,
        "summary": _WORDS,
        "measured_when": promise.measured_when,
        "effective_from": None if promise.begins == date.min else promise.begins,
        "effective_to": None if promise.ends == date.max else promise.ends,
        "withdrawn": "late_after_limit" if promise.late_abandonment else "left_out",
        "received_on_day_off": "next_business_day" if promise.next_business_day else "that_day",
    }
    if promise.at_risk is not None:
        terms["thresholds"] = {"at_risk": promise.at_risk, "critical": promise.critical}
    return terms


def _limit(promise: Promise) -> dict[str, Any]:
    if promise.days is not None:
        return {"business_days": promise.days}
    if promise.months is not None:
        return {"months": promise.months, "roll_forward": promise.roll_forward}
    return {"minutes": promise.minutes, "opening_hours": promise.hours}
