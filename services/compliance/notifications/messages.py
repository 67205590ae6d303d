"""The messages of alerts: labels that identify an alert, annotations with its present state.

Pure. ``began`` sorts first among the labels that differ, so Alertmanager lists first the files that
have been longest in a stage. Annotations are in French and English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
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

_STOPS = Text(
    "{closes}, ou une demande de documents au client",
    "{closes}, or a request for documents from the client",
)
_STOPS_BY_KIND = Text("{closes}, ou une demande\u00a0: {kinds}", "{closes}, or a request: {kinds}")
_MOST_KINDS = 6
_SUMMARY = Text(
    "Dossier {file} {stage}\u00a0: {remaining}, échéance le {due}",
    "File {file} {stage}: {remaining}, due {due}",
)
_WAITING_SUMMARY = Text("Dossier {file}\u00a0: {remaining}", "File {file} {remaining}")
_NO_REMINDER = Text("attend une réponse", "waits for an answer")
_ENDS_WAIT = Text("la réponse attendue", "the answer that is awaited")
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
    of_standard = {"of_standard": alert.of_standard} if alert.of_standard else {}
    return {
        "alertname": BREACH,
        "began": f"{alert.stage_since:%Y-%m-%dT%H:%M:%SZ}",
        "cycle": str(alert.cycle),
        "file": alert.file_id,
        "stage": alert.stage,
        "standard": alert.standard,
        "unit": alert.unit,
        **of_standard,
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
            calendar = self._catalogue.calendar_of_cycle(standard, state)
            left = remaining_at(state, standard, calendar, now)
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
            calendar = self._catalogue.calendar_of_cycle(standard, state)
            left = what_remains(state, standard, calendar, now, spoken)
        due, stage = self._due(alert, standard, state, spoken), STAGE_WORDS[alert.stage]
        stops, summary = self._stops(standard, spoken), _SUMMARY
        if alert.stage == "waiting_long":
            stops, summary = _ENDS_WAIT.within(spoken), _WAITING_SUMMARY
            if left == "—":
                left = _NO_REMINDER.within(spoken)
        return {
            "standard": self._standard(alert.standard, spoken),
            "unit": self._unit(alert.unit, spoken),
            "stage": stage.within(spoken),
            "due": due,
            "remaining": left,
            "since": formats.moment(alert.stage_since, self._catalogue.zone, spoken),
            "stops": stops,
            "summary": summary.within(spoken).format(
                file=alert.file_id, stage=stage.within(spoken), remaining=left, due=due
            ),
        }

    def _stops(self, standard: Standard | None, spoken: Language) -> str:
        """What stops the counter: what closes the file, and the kinds of request that stop it."""
        if standard is None:
            return _STOPS.within(spoken).format(closes="—")
        closes = name_on_one_line(standard.closes_with, spoken)
        if not standard.current.limit.counts_days:
            return closes
        if not standard.requests:
            return _STOPS.within(spoken).format(closes=closes)
        kinds = [kind for kind, terms in standard.requests.items() if terms.clock != "runs"]
        if not kinds:
            return closes
        named = [single_line(self._catalogue.word(kind).within(spoken)) for kind in kinds]
        shown = ", ".join(named[:_MOST_KINDS]) + ("…" if len(named) > _MOST_KINDS else "")
        return _STOPS_BY_KIND.within(spoken).format(closes=closes, kinds=shown)

    def _due(
        self,
        alert: BreachAlert,
        standard: Standard | None,
        state: CycleState | None,
        spoken: Language,
    ) -> str:
        if alert.due_on is None:
            return "—"
        due = due_words(state, standard, self._catalogue.zone, spoken) if standard and state else ""
        return due or formats.day(alert.due_on, spoken)

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
    """What remains of a limit in words; while its deadline is open, how long the file has waited."""
    if state.due_on is None or state.breaches_at is None:
        return _waits(state, standard, calendar, now, spoken)
    left = remaining_at(state, standard, calendar, now)
    return deadline_words.until_deadline(left.amount, left.unit, left.late_from, spoken)


def due_words(state: CycleState, standard: Standard, zone: tzinfo, spoken: Language) -> str:
    """The last day on time, or the moment where opening time is counted; empty while it is open."""
    if state.breaches_at is not None and not standard.terms_of(state).limit.counts_days:
        return formats.moment(state.breaches_at, zone, spoken)
    return formats.day(state.due_on, spoken) if state.due_on is not None else ""


def _waits(
    state: CycleState,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    spoken: Language,
) -> str:
    """In the days of the standard's reminder; a dash where it has none, or nothing is awaited."""
    reminder = standard.terms_of(state).waiting
    if state.status != "waiting" or reminder is None:
        return "—"
    since, today = calendar.local_day(state.since), calendar.local_day(now)
    party = state.waits_for or "client"
    if reminder.remind_after.unit == "business_days":
        days = calendar.count(since, today)
        return deadline_words.awaits_words(days, "business_days", party, spoken)
    return deadline_words.awaits_words((today - since).days, "civil_days", party, spoken)


def name_on_one_line(name: BilingualText, spoken: Language) -> str:
    """A name of a catalogue, which becomes a header of mails: a header cannot hold a line break."""
    return single_line(name.text().within(spoken))
