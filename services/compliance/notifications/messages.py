"""The messages of alerts: labels that identify an alert, annotations with its present state.

Pure. ``began`` sorts first among the labels that differ, so Alertmanager lists first the files that
have been longest in a stage. Annotations are in French and English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from services.compliance.alerts.law import CatalogueAlerts
from shared.domain import (
    STAGE_WORDS,
    BreachAlert,
    Catalogue,
    CycleState,
    Standard,
    deadline_words,
    remaining_at,
)
from shared.domain.calendars import BilingualText, BusinessCalendar
from shared.text import Language, Text, formats, single_line

BREACH = "EcheanceBreach"
CATALOGUE_CHANGE = "EcheanceCatalogueChange"
ALERT_NAMES = BREACH, CATALOGUE_CHANGE
"""The values of ``alertname``."""

_LEFT = Text("{days} avant l’échéance", "{days} left")
_LATE = Text("en retard", "late")
_STOPS = Text(
    "{closes}, ou une demande de documents au client",
    "{closes}, or a request for documents from the client",
)
_SUMMARY = Text(
    "Dossier {file} {stage}\u00a0: {remaining}, échéance le {due}",
    "File {file} {stage}: {remaining}, due {due}",
)
_CATALOGUE_SUMMARY = Text(
    "{alerts} dossiers ont changé d’étape avec la révision {revision} du catalogue\u00a0: {standards}",
    "{alerts} files changed stage with revision {revision} of the catalogue: {standards}",
)
_LANGUAGES: tuple[Language, ...] = ("fr", "en")


class AlertMessage(NamedTuple):
    """An alert, or the summary of many; ``resolved_at`` is None while it is active.

    ``undelivered`` is the alert whose delivery is to be recorded, if any.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    resolved_at: datetime | None = None
    undelivered: BreachAlert | None = None

    @property
    def group(self) -> str:
        """The messages of a unit are sent together."""
        return self.labels["unit"]


def labels(alert: BreachAlert) -> Mapping[str, str]:
    """The labels of an alert: its identity."""
    return {
        "alertname": BREACH,
        "began": f"{alert.stage_since:%Y-%m-%dT%H:%M:%SZ}",
        "cycle": str(alert.cycle),
        "file": alert.file_id,
        "stage": alert.stage,
        "standard": alert.standard,
        "unit": alert.unit,
    }


class AlertMessages:
    """Writes messages in the words of one catalogue; links begin with ``public_url``."""

    def __init__(self, catalogue: Catalogue, public_url: str) -> None:
        self._catalogue = catalogue
        self._public_url = public_url.rstrip("/")

    def breach(self, alert: BreachAlert, state: CycleState | None, now: datetime) -> AlertMessage:
        """One alert at a moment; ``state`` is its cycle's, None where voided or unknown."""
        return AlertMessage(labels(alert), self._annotations(alert, state, now), alert.resolved_at)

    def summaries(self, counts: Sequence[CatalogueAlerts]) -> Sequence[AlertMessage]:
        """One summary for each unit with alerts that a new catalogue raised; a unit's together."""
        by_unit = groupby(counts, attrgetter("unit"))
        return [self._summary(unit, list(of_unit)) for unit, of_unit in by_unit]

    def links_here(self, annotations: Mapping[str, str]) -> bool:
        """Whether a message is this system's; others may push to the same Alertmanager."""
        return annotations.get("list", "").startswith(f"{self._public_url}/")

    def _summary(self, unit: str, counts: Sequence[CatalogueAlerts]) -> AlertMessage:
        revision = str(self._catalogue.revision)
        identity = {"alertname": CATALOGUE_CHANGE, "revision": revision, "unit": unit}
        annotations = {
            "alerts": str(sum(count.alerts for count in counts)),
            "link": f"{self._public_url}/alerts?state=active&unit={unit}",
            "list": self._worklist(unit),
        }
        for spoken in _LANGUAGES:
            standards = [
                f"{self._standard(count.standard, spoken)} ({count.alerts})" for count in counts
            ]
            annotations[f"unit_{spoken}"] = self._unit(unit, spoken)
            annotations[f"summary_{spoken}"] = _CATALOGUE_SUMMARY.within(spoken).format(
                alerts=annotations["alerts"], revision=revision, standards=", ".join(standards)
            )
        return AlertMessage(identity, annotations)

    def _worklist(self, unit: str) -> str:
        return f"{self._public_url}/worklist?unit={unit}"

    def _annotations(
        self, alert: BreachAlert, state: CycleState | None, now: datetime
    ) -> dict[str, str]:
        standard = self._catalogue.standards.get(alert.standard)
        days = ""
        if standard and state:
            left = remaining_at(state, standard, self._catalogue.calendar_of(standard), now)
            days = "" if left.unit == "seconds" else str(left.amount)
        annotations = {
            "due_on": alert.due_on.isoformat() if alert.due_on else "",
            "remaining_days": days,
            "link": f"{self._public_url}/files/{alert.file_id}",
            "list": self._worklist(alert.unit),
        }
        for spoken in _LANGUAGES:
            words = self._in_words(alert, state, now, spoken)
            annotations |= {f"{name}_{spoken}": value for name, value in words.items()}
        return annotations

    def _in_words(
        self, alert: BreachAlert, state: CycleState | None, now: datetime, spoken: Language
    ) -> Mapping[str, str]:
        standard = self._catalogue.standards.get(alert.standard)
        left = "—"
        if standard and state:
            left = what_remains(state, standard, self._catalogue.calendar_of(standard), now, spoken)
        due = formats.day(alert.due_on, spoken) if alert.due_on else "—"
        stage = STAGE_WORDS[alert.stage].within(spoken)
        closes = name_on_one_line(standard.closes_with, spoken) if standard else "—"
        return {
            "standard": self._standard(alert.standard, spoken),
            "unit": self._unit(alert.unit, spoken),
            "stage": stage,
            "due": due,
            "remaining": left,
            "since": formats.moment(alert.stage_since, self._catalogue.zone, spoken),
            "stops": _STOPS.within(spoken).format(closes=closes),
            "summary": _SUMMARY.within(spoken).format(
                file=alert.file_id, stage=stage, remaining=left, due=due
            ),
        }

    def _standard(self, identifier: str, spoken: Language) -> str:
        known = self._catalogue.standards.get(identifier)
        return name_on_one_line(known.name, spoken) if known else identifier

    def _unit(self, identifier: str, spoken: Language) -> str:
        known = self._catalogue.units.get(identifier)
        return name_on_one_line(known.name, spoken) if known else identifier


def what_remains(
    state: CycleState,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    spoken: Language,
) -> str:
    """What remains of a limit in words; a dash while the file waits and its deadline is open."""
    if state.due_on is None or state.breaches_at is None:
        return "—"
    left = remaining_at(state, standard, calendar, now)
    if left.unit == "seconds":
        return _LATE.within(spoken) if left.amount < 0 else "—"
    words = deadline_words.remaining(int(left.amount), left.unit, left.late_from, spoken)
    return _LEFT.within(spoken).format(days=words) if left.amount > 0 else words


def name_on_one_line(name: BilingualText, spoken: Language) -> str:
    """A name of a catalogue, which becomes a header of mails: a header cannot hold a line break."""
    return single_line(name.text().within(spoken))
