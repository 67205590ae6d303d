"""What supervisors are told of an alert: labels that identify it and never change, and the facts of the moment, in two languages.

Pure. ``began`` sorts first among the labels that differ, so Alertmanager lists the files of a stage longest in it first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from services.compliance.alert_store import Moved
from shared import language
from shared.calendar_data import BilingualText
from shared.catalogue import Catalogue
from shared.events import AlertStage, BreachAlert
from shared.standards import BusinessDays, Limit, Minutes, Months
from shared.texts import Language, Text

BREACH = "EcheanceBreach"
CATALOGUE_CHANGE = "EcheanceCatalogueChange"
ALERTS = BREACH, CATALOGUE_CHANGE
"""The names of our alerts."""

STAGES: Mapping[AlertStage, Text] = {
    "at_risk": Text("à risque", "at risk"),
    "critical": Text("critique", "critical"),
    "overdue": Text("dépassé", "overdue"),
}
_BUSINESS_DAYS = (
    Text("jour ouvrable", "business day"),
    Text("jours ouvrables", "business days"),
)
_CIVIL_DAYS = (Text("jour", "day"), Text("jours", "days"))
_LEFT = Text("{days} avant l’échéance", "{days} left")
_LATE = Text("{days} de retard", "{days} late")
_STOPS = Text(
    "{closes}, ou une demande de documents au client",
    "{closes}, or a request for documents from the client",
)
_SUMMARY = Text(
    "Dossier {file} {stage} : {remaining}, échéance le {due}",
    "File {file} {stage}: {remaining}, due {due}",
)
_MOVED = Text(
    "{alerts} dossiers ont changé d’étape avec la révision {revision} du catalogue : {standards}",
    "{alerts} files changed stage with revision {revision} of the catalogue: {standards}",
)
_LANGUAGES: tuple[Language, ...] = ("fr", "en")


class Notice(NamedTuple):
    """An alert, or a summary of many, as it is told; ``resolved_at`` is None while it is active.

    ``unnoted`` is the alert whose delivery is to be noted, once it is taken; None where nothing is.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    resolved_at: datetime | None = None
    unnoted: BreachAlert | None = None

    @property
    def group(self) -> tuple[str, str]:
        """What is told together."""
        return self.labels.get("standard", ""), self.labels["unit"]


def labels(alert: BreachAlert) -> Mapping[str, str]:
    """What identifies an alert."""
    return {
        "alertname": BREACH,
        "began": f"{alert.stage_since:%Y-%m-%dT%H:%M:%SZ}",
        "cycle": str(alert.cycle),
        "file": alert.file_id,
        "stage": alert.stage,
        "standard": alert.standard,
        "unit": alert.unit,
    }


class Notices:
    """Notices under one catalogue; ``public_url`` is where people reach the system."""

    def __init__(self, catalogue: Catalogue, public_url: str) -> None:
        self._catalogue = catalogue
        self._public_url = public_url.rstrip("/")
        self._zone = catalogue.calendar(catalogue.default_calendar).zone

    def breach(self, alert: BreachAlert, now: datetime) -> Notice:
        """One alert, and what is true of it now."""
        return Notice(labels(alert), self._facts(alert, now), alert.resolved_at)

    def moved(self, counted: Sequence[Moved]) -> Sequence[Notice]:
        """One notice for each unit with files that a new catalogue moved."""
        units: dict[str, list[Moved]] = defaultdict(list)
        for one in counted:
            units[one.unit].append(one)
        return [self._moved(unit, moved) for unit, moved in units.items()]

    def made(self, annotations: Mapping[str, str]) -> bool:
        """Whether a notice is of this system: it leads here."""
        return annotations.get("list", "").startswith(f"{self._public_url}/")

    def _moved(self, unit: str, moved: Sequence[Moved]) -> Notice:
        revision = str(self._catalogue.revision)
        names = {"alertname": CATALOGUE_CHANGE, "revision": revision, "unit": unit}
        annotations = {
            "alerts": str(sum(one.alerts for one in moved)),
            "list": f"{self._public_url}/v1/alerts?active=true&unit={unit}",
        }
        for spoken in _LANGUAGES:
            named = [f"{self._standard(one.standard, spoken)} ({one.alerts})" for one in moved]
            annotations[f"unit_{spoken}"] = self._unit(unit, spoken)
            annotations[f"summary_{spoken}"] = _MOVED.within(spoken).format(
                alerts=annotations["alerts"], revision=revision, standards=", ".join(named)
            )
        return Notice(names, annotations)

    def _facts(self, alert: BreachAlert, now: datetime) -> dict[str, str]:
        days = self._remaining_days(alert, now)
        facts = {
            "due_on": alert.due_on.isoformat(),
            "remaining_days": "" if days is None else str(days),
            "link": f"{self._public_url}/files/{alert.file_id}",
            "list": f"{self._public_url}/worklist?standard={alert.standard}&unit={alert.unit}",
        }
        for spoken in _LANGUAGES:
            told = self._told(alert, days, spoken)
            facts |= {f"{name}_{spoken}": value for name, value in told.items()}
        return facts

    def _told(self, alert: BreachAlert, days: int | None, spoken: Language) -> Mapping[str, str]:
        remaining = "—" if days is None else self._in_words(alert, days, spoken)
        due, stage = _day(alert.due_on, spoken), STAGES[alert.stage].within(spoken)
        standard = self._catalogue.standards.get(alert.standard)
        closes = _words(standard.closes_with, spoken) if standard else "—"
        return {
            "standard": self._standard(alert.standard, spoken),
            "unit": self._unit(alert.unit, spoken),
            "stage": stage,
            "due": due,
            "remaining": remaining,
            "since": _moment(alert.stage_since, self._zone, spoken),
            "stops": _STOPS.within(spoken).format(closes=closes),
            "summary": _SUMMARY.within(spoken).format(
                file=alert.file_id, stage=stage, remaining=remaining, due=due
            ),
        }

    def _limit(self, alert: BreachAlert) -> Limit | None:
        standard = self._catalogue.standards.get(alert.standard)
        return standard.current.limit if standard else None

    def _remaining_days(self, alert: BreachAlert, now: datetime) -> int | None:
        """Days left to the deadline, negative once it has passed: business days, or civil ones for a limit in months."""
        standard = self._catalogue.standards.get(alert.standard)
        if standard is None:
            return None
        calendar = self._catalogue.calendar_of(standard)
        today = calendar.local_day(now)
        match standard.current.limit:
            case Months() | Minutes():
                return (alert.due_on - today).days
            case BusinessDays():
                if alert.due_on >= today:
                    return calendar.count(today, alert.due_on)
                return -calendar.count(alert.due_on, today)

    def _in_words(self, alert: BreachAlert, days: int, spoken: Language) -> str:
        one, many = _BUSINESS_DAYS if isinstance(self._limit(alert), BusinessDays) else _CIVIL_DAYS
        single = abs(days) == 1 or (days == 0 and spoken == "fr")
        counted = f"{abs(days)} {(one if single else many).within(spoken)}"
        return (_LEFT if days >= 0 else _LATE).within(spoken).format(days=counted)

    def _standard(self, identifier: str, spoken: Language) -> str:
        standard = self._catalogue.standards.get(identifier)
        return _words(standard.name, spoken) if standard else identifier

    def _unit(self, identifier: str, spoken: Language) -> str:
        unit = self._catalogue.units.get(identifier)
        return _words(unit.name, spoken) if unit else identifier


def _words(both: BilingualText, spoken: Language) -> str:
    return both.text().within(spoken)


@lru_cache(maxsize=4_096)
def _day(value: date, spoken: Language) -> str:
    """A date in words; many alerts share one, and writing it is most of the work."""
    return language.day(value, spoken)


@lru_cache(maxsize=4_096)
def _moment(value: datetime, zone: Any, spoken: Language) -> str:
    return language.moment(value, zone, spoken)
