"""The ten commitments of the demo's ministry as data: volumes, seasons, paces, habits.

Pure. No figure is a real statistic: some commitments are kept, some narrowly, some missed, some
units are slower, and one commitment degrades over the last months.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Channel = Literal["online", "office", "call"]
"""How requests come in: at any hour, in office hours, or by telephone in opening hours."""

Weights = Mapping[str, float]

# How busy the intake is, from January to December.
_EVEN = (1.0, 1.0, 1.05, 1.05, 1.05, 1.0, 0.8, 0.85, 1.1, 1.1, 1.05, 0.85)
_STUDENTS = (0.6, 0.7, 1.0, 1.5, 1.9, 1.9, 1.5, 1.0, 0.5, 0.5, 0.6, 0.5)
_COURSES = (1.5, 0.8, 0.8, 0.9, 1.0, 0.7, 0.7, 1.6, 1.7, 0.9, 0.8, 0.6)

_NO_WEIGHTS: Weights = {}
_NO_ATTRIBUTES: Mapping[str, Weights] = {}


class Reopening(NamedTuple):
    """The share of cycles with one of ``outcomes`` that are followed by a new one."""

    reason: str
    share: float
    outcomes: Sequence[str]
    after_days: tuple[int, int]


class Calls(NamedTuple):
    """A contact centre: the share of queued calls, the median patience in seconds and its log-normal
    sigma, and the load of each local hour relative to the mean.
    """

    queued: float
    patience_seconds: float
    patience_spread: float
    hours: Mapping[int, float]


class Profile(NamedTuple):
    """One commitment's habits.

    ``pace`` is the median delay of a decision as a fraction of the limit, and ``spread`` the sigma
    of its log-normal law; of calls, ``pace`` is the mean wait of those that queue, and ``calls``
    says the rest; ``degradation`` is what the pace has gained at the end of the history.
    ``requests`` weighs 0, 1, 2… requests for documents; ``transferred`` is the share of files that
    one unit sends to another.
    """

    prefix: str
    source: str
    share: float
    pace: float
    spread: float
    outcomes: Weights
    channel: Channel = "online"
    months: Sequence[float] = _EVEN
    withdrawn: float = 0.02
    requests: Sequence[float] = (1.0,)
    transferred: float = 0.0
    attributes: Mapping[str, Weights] = _NO_ATTRIBUTES
    slow_units: Weights = _NO_WEIGHTS
    reopening: Reopening | None = None
    degradation: float = 0.0
    calls: Calls | None = None


UNITS: Weights = {
    "montreal": 0.41,
    "quebec": 0.16,
    "monteregie": 0.15,
    "laval": 0.12,
    "outaouais": 0.09,
    "estrie": 0.07,
}

_CASES = "urn:echeance:demo:dossiers"
_STUDIES = "urn:echeance:demo:evaluations"
_INTEGRATION = "urn:echeance:demo:integration"
_MAIL = "urn:echeance:demo:correspondance"
_CALLS = "urn:echeance:demo:telephonie"

_SELECTION: Weights = {"accepted": 0.87, "refused": 0.09, "rejected": 0.04}
_SENT_BACK = Reopening("sent-back", 0.10, ("refused", "rejected"), (10, 80))

PROFILES: Mapping[str, Profile] = {
    "caq-etudes": Profile(
        prefix="CAQ",
        source=_CASES,
        share=0.17,
        months=_STUDENTS,
        pace=0.67,
        spread=0.40,
        outcomes=_SELECTION,
        requests=(0.66, 0.24, 0.08, 0.02),
        transferred=0.02,
        slow_units={"laval": 1.12, "outaouais": 1.2, "quebec": 0.9},
        reopening=_SENT_BACK,
        degradation=0.5,
    ),
    "peq": Profile(
        prefix="PEQ",
        source=_CASES,
        share=0.02,
        pace=0.58,
        spread=0.33,
        outcomes=_SELECTION,
        requests=(0.45, 0.35, 0.15, 0.05),
        slow_units={"estrie": 1.1},
        reopening=_SENT_BACK,
    ),
    "prtq": Profile(
        prefix="PRTQ",
        source=_CASES,
        share=0.03,
        pace=0.72,
        spread=0.33,
        outcomes=_SELECTION,
        withdrawn=0.03,
        requests=(0.35, 0.38, 0.2, 0.07),
        transferred=0.06,
        slow_units={"laval": 1.2, "monteregie": 1.1},
        reopening=_SENT_BACK,
    ),
    "regroupement-familial": Profile(
        prefix="RFA",
        source=_CASES,
        share=0.05,
        pace=0.70,
        spread=0.42,
        outcomes=_SELECTION,
        withdrawn=0.03,
        requests=(0.55, 0.3, 0.12, 0.03),
        transferred=0.05,
        slow_units={"outaouais": 1.3, "estrie": 0.8},
        reopening=_SENT_BACK,
    ),
    "evaluation-comparative": Profile(
        prefix="EVC",
        source=_STUDIES,
        share=0.06,
        pace=0.85,
        spread=0.40,
        outcomes={"issued": 0.96, "rejected": 0.04},
        requests=(0.5, 0.33, 0.13, 0.04),
        attributes={"evaluation": {"initiale": 0.86, "revision": 0.14}},
        slow_units={"montreal": 1.06, "quebec": 0.85},
    ),
    "accompagnement": Profile(
        prefix="ACC",
        source=_INTEGRATION,
        share=0.08,
        channel="office",
        pace=0.55,
        spread=0.45,
        outcomes={"offered": 1.0},
        slow_units={"montreal": 1.1, "estrie": 0.7},
        reopening=Reopening("client-unavailable", 0.09, ("offered",), (1, 6)),
    ),
    "francisation-temps-complet": Profile(
        prefix="FRA",
        source=_INTEGRATION,
        share=0.06,
        months=_COURSES,
        pace=0.66,
        spread=0.38,
        outcomes={"begun": 1.0},
        withdrawn=0.07,
        requests=(0.85, 0.15),
        attributes={
            "regime": {"temps-complet": 0.74, "temps-partiel": 0.26},
            "inscription": {"premiere": 0.78, "suivante": 0.22},
        },
        slow_units={"montreal": 1.08, "outaouais": 1.1},
    ),
    "telephone": Profile(
        prefix="TEL",
        source=_CALLS,
        share=0.27,
        channel="call",
        pace=0.80,
        spread=0.0,
        outcomes={"answered": 1.0},
        slow_units={"montreal": 1.1},
        calls=Calls(
            queued=0.62,
            patience_seconds=540,
            patience_spread=0.9,
            hours=dict(enumerate((0.85, 1.2, 1.3, 1.15, 0.75, 1.15, 1.05, 0.9, 0.65), start=8)),
        ),
    ),
    "courriel": Profile(
        prefix="COU",
        source=_MAIL,
        share=0.23,
        pace=0.56,
        spread=0.68,
        outcomes={"answered": 1.0},
        withdrawn=0.0,
        slow_units={"laval": 1.25},
    ),
    "plainte": Profile(
        prefix="PLA",
        source=_MAIL,
        share=0.03,
        pace=0.54,
        spread=0.38,
        outcomes={"answered": 1.0},
        requests=(0.9, 0.1),
        reopening=Reopening("error", 0.015, ("answered",), (2, 20)),
    ),
}

SOURCES: Sequence[str] = tuple(dict.fromkeys(profile.source for profile in PROFILES.values()))
"""The publishers of the demo: what its credentials must allow."""
