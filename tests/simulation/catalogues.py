"""The catalogue of the simulation and its revision, each as the product reads it and as the oracle is told it.

The revision changes what a revision can change: limits, thresholds, their dates, the condition that measures a file, and the
holidays of some standards (they move to the public service's calendar), and who shares files with whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import yaml

from shared.domain.catalogue import Catalogue, load_catalogue_text
from tests.builders import TEXT
from tests.simulation.lives import SOURCES
from tests.unit.domain.oracle import PROMISES, Promise

SHARED = [SOURCES[:2]]
"""Two of the three publishing systems share their files under the second revision; nobody does before."""
ON_PUBLIC_SERVICE_DAYS = ("caq-etudes", "telephone", "peq")


@dataclass(frozen=True)
class Revision:
    """One revision: the product's catalogue, and what the oracle knows of it."""

    catalogue: Catalogue
    promises: Mapping[str, Sequence[Promise]]
    calendars: Mapping[str, str]
    groups: Sequence[Sequence[str]]


@cache
def first() -> Revision:
    return Revision(load_catalogue_text(TEXT), PROMISES, dict.fromkeys(PROMISES, "qc-legal"), ())


def _shipped(later: int, groups: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The shipped catalogue, so many revisions later, with groups of sources that share their files."""
    document: dict[str, Any] = yaml.safe_load(TEXT)
    shared = [list(group) for group in groups]
    return document | {"revision": document["revision"] + later, "shared_sources": shared}


def _loaded(document: dict[str, Any]) -> Catalogue:
    return load_catalogue_text(yaml.safe_dump(document, allow_unicode=True))


@cache
def second(changes_on: date) -> Revision:
    """The revision, some of whose terms are in effect for files received from a date on."""
    document = _shipped(1, SHARED)
    promises = dict(PROMISES)
    standards = document["standards"]
    for name in ON_PUBLIC_SERVICE_DAYS:
        standards[name]["calendar"] = "qc-public-service"
    for name, change in _CHANGES.items():
        promises[name] = [replace(promises[name][0], **change)]
        _write(standards[name]["terms"][0], promises[name][0])
    for name, change in _DATED_CHANGES.items():
        before = replace(promises[name][0], ends=changes_on - timedelta(days=1))
        after = replace(promises[name][0], begins=changes_on, **change)
        promises[name] = [before, after]
        old = standards[name]["terms"][0]
        standards[name]["terms"] = [_write(dict(old), before), _write(dict(old), after)]
    calendars = {
        name: "qc-public-service" if name in ON_PUBLIC_SERVICE_DAYS else "qc-legal"
        for name in promises
    }
    return Revision(_loaded(document), promises, calendars, SHARED)


@cache
def third() -> Revision:
    """The first again: the second is taken back."""
    return replace(first(), catalogue=_loaded(_shipped(2, ())))


_CHANGES: dict[str, dict[str, Any]] = {
    "caq-etudes": {"at_risk": 3, "critical": 1},
    "regroupement-familial": {"at_risk": None, "critical": None},
    "plainte": {"days": 12},
    "prtq": {"months": 5, "at_risk": 45},
    "telephone": {"minutes": 5},
    "evaluation-comparative": {"measured_when": {}},
}
_DATED_CHANGES: dict[str, dict[str, Any]] = {
    "courriel": {"days": 3},
    "accompagnement": {"days": 8, "at_risk": 3},
}


def _write(terms: dict[str, Any], promise: Promise) -> dict[str, Any]:
    """A promise written over the terms of a catalogue."""
    values = {"business_days": promise.days, "months": promise.months, "minutes": promise.minutes}
    changed = {name: value for name, value in values.items() if value is not None}
    terms["limit"] = {**terms["limit"], **changed}
    terms.pop("thresholds", None)
    if promise.at_risk is not None:
        terms["thresholds"] = {"at_risk": promise.at_risk, "critical": promise.critical}
    if not promise.measured_when:
        terms.pop("measured_when", None)
    if promise.begins != date.min:
        terms["effective_from"] = promise.begins
    if promise.ends != date.max:
        terms["effective_to"] = promise.ends
    return terms
