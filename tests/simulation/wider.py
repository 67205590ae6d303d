"""Bodies that write their law otherwise than the shipped catalogue: a catalogue of every kind of limit and event, its revision, and its files' lives.

There is no naive count of these files here (that is the oracle's, in ``tests/unit/domain``): what the system has must be what the
law gives on the whole history, read once from the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar

import yaml
from typing_extensions import override

from shared.domain.catalogue import Catalogue, load_catalogue_text
from tests.builders import TEXT
from tests.simulation import lives
from tests.simulation.lives import World

KINDS = (
    "information",
    "third-party",
    "clarification",
    "fee",
    "supplement",
    "interview",
    "courtesy",
)
EXTENSIONS = ("longer", "agreed")

_WIDER = """
milestones: [acknowledged]
withdrawals: [duplicate]
requests:
  information: {clock: stops}
  third-party: {clock: stops, party: other}
  clarification: {clock: restarts}
  fee: {clock: stops, counts: in_hand_all_day}
  supplement: {counts: in_hand_at_any_time, lapses_after: {civil_days: 9}}
  interview: {counts: in_hand_at_end, at_most: 1}
  courtesy: {clock: runs}
services:
  complaint: {standards: [complaint-acknowledgement, complaint-answer]}
standards:
  access:
    terms:
      - limit: {business_days: 15}
        thresholds: {at_risk: 5, critical: 2}
        extensions: {longer: {by: {business_days: 10}, at_most: 1}, agreed: {until: given}}
        waiting: {remind_after: {business_days: 10}}
  civil:
    terms:
      - limit: {civil_days: 30, roll_forward: true}
        thresholds: {at_risk: 7, critical: 2}
        extensions: {longer: {by: {civil_days: 30}, at_most: 2}, agreed: {until: given}}
        waiting: {remind_after: {weeks: 2}}
  planning:
    terms:
      - when: {evaluation: [initiale]}
        limit: {weeks: 8, roll_forward: qc-public-service}
        thresholds: {at_risk: 14, critical: 5}
        received_outside: {opening_hours: contact-centre, is: next_opening_day}
        extensions: {longer: {by: {weeks: 4}}, agreed: {until: given}}
      - when: {evaluation: [revision]}
        limit: {weeks: 13}
        extensions: {longer: {by: {weeks: 4}}, agreed: {until: given}}
  emergency:
    terms:
      - targets:
          - {percent: 90, limit: {hours: 4, opening_hours: always}}
          - {percent: 98, limit: {hours: 12, opening_hours: always}}
        thresholds: {at_risk: 60, critical: 20}
        withdrawn: late_after_limit
        extensions: {longer: {by: {hours: 2}}, agreed: {until: given}}
  complaint-acknowledgement:
    ends_with: acknowledged
    terms:
      - limit: {business_days: 5}
        thresholds: {at_risk: 2, critical: 1}
  complaint-answer:
    begins_with: acknowledged
    terms:
      - limit: {months: 1, roll_forward: true}
        thresholds: {at_risk: 10, critical: 3}
        extensions: {longer: {by: {months: 1}, at_most: 1}, agreed: {until: given}}
"""


def _text(revision: int, changes: Mapping[str, str]) -> str:
    """The calendars, units and words of the shipped catalogue, with these standards."""
    written = _WIDER
    for before, after in changes.items():
        assert before in written, before
        written = written.replace(before, after)
    document: dict[str, Any] = yaml.safe_load(TEXT) | yaml.safe_load(written)
    document["revision"] += revision
    document["shared_sources"] = [list(lives.SOURCES)]
    document["units"]["laval"]["calendar"] = "qc-public-service"
    text = {"fr": "texte", "en": "text"}
    for standard in document["standards"].values():
        standard |= {"name": text, "closes_with": text, "source": text}
        for terms in standard["terms"]:
            terms["summary"] = text
            if "targets" not in terms:
                terms["target_percent"] = 90
    return yaml.safe_dump(document, allow_unicode=True)


@cache
def first() -> Catalogue:
    return load_catalogue_text(_text(0, {}))


@cache
def second() -> Catalogue:
    """Other limits, waits, edges and ends."""
    changes = {
        "limit: {business_days: 15}": "limit: {business_days: 18}",
        "remind_after: {weeks: 2}": "remind_after: {civil_days: 5}",
        "lapses_after: {civil_days: 9}": "lapses_after: {business_days: 15}",
        "counts: in_hand_all_day": "counts: in_hand_at_end",
        "third-party: {clock: stops, party: other}": "third-party: {clock: runs}",
        "{by: {civil_days: 30}, at_most: 2}": "{by: {civil_days: 20}, at_most: 1}",
    }
    return load_catalogue_text(_text(1, changes))


class WiderWorld(World):
    """A year of files under these standards, with every kind of event."""

    paces: ClassVar[Mapping[str, float]] = {
        "access": 6.0,
        "civil": 11.0,
        "planning": 20.0,
        "emergency": 0.06,
        "complaint": 6.0,
    }
    kinds: ClassVar = (
        *lives.KINDS,
        *["documents_requested"] * 6,
        *["documents_received"] * 6,
        *["extended"] * 5,
        *["reached"] * 4,
        *["transferred"] * 3,
    )

    @override
    def _data_of(self, kind: str, standard: str, at: datetime) -> dict[str, Any]:
        data = super()._data_of(kind, standard, at)
        random = self._random
        if kind == "received" and standard == "planning":
            data["attributes"] = {"evaluation": random.choice(["initiale", "revision"])}
        if kind == "documents_requested" and random.random() < 0.8:
            data["kind"] = random.choice(KINDS)
        if kind == "transferred":
            data["unit"] = random.choice(lives.UNITS)
        if kind == "reached":
            data["milestone"] = "acknowledged"
        if kind == "withdrawn" and random.random() < 0.3:
            data["reason"] = "duplicate"
        if kind == "extended":
            data["extension"] = random.choice(EXTENSIONS)
            if data["extension"] == "agreed":
                until: date = at.date() + timedelta(days=random.randint(-5, 60))
                data["until"] = until.isoformat()
        return data
