"""The report as a page: the commitments, worst first, and the files soonest to breach."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.compliance import forms
from services.compliance.measures import Measure
from services.compliance.report import Report
from services.compliance.store import ComplianceStore
from shared import language
from shared.catalogue import Catalogue
from shared.events import ClockSnapshot
from shared.instants import microseconds
from shared.texts import Language, Text

_SOONEST_FILES = 15
_TEMPLATES = Environment(
    loader=PackageLoader("services.compliance"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLE = (resources.files("services.compliance") / "templates" / "report.css").read_bytes()

WORDS = {
    "title": Text("Rapport des engagements", "Report on commitments"),
    "as_of": Text("En date du", "As of"),
    "commitments": Text("Engagements, du plus en retard au mieux tenu", "Commitments, worst first"),
    "soonest": Text("Dossiers les plus près de dépasser leur délai", "Files soonest to breach"),
    "file": Text("Dossier", "File"),
    "unit": Text("Unité", "Unit"),
    "stage": Text("Étape", "Stage"),
    "due_on": Text("Échéance", "Due"),
    "none": Text("Aucun dossier ouvert.", "No open file."),
    "below": Text("sous la cible", "below target"),
    "reached": Text("cible atteinte", "target reached"),
    "nothing": Text("rien de mesuré", "nothing measured"),
    "other": Text("English", "Français"),
}
STAGES = {
    "on_track": Text("dans les temps", "on track"),
    "at_risk": Text("à risque", "at risk"),
    "critical": Text("critique", "critical"),
    "overdue": Text("dépassé", "overdue"),
}


class Frame(NamedTuple):
    """How a page is shown: in which language, when, of which units (None for all), under which notice."""

    spoken: Language
    now: datetime
    units: frozenset[str] | None = None
    notice: Text | None = None
    refresh_seconds: int | None = None


class _File(NamedTuple):
    file_id: str
    standard: str
    unit: str
    stage: str
    stage_name: str
    due_on: str


async def render(
    built: Report,
    store: ComplianceStore,
    catalogue: Catalogue,
    frame: Frame,
) -> str:
    """The whole page, in one language."""
    spoken = frame.spoken
    zone = catalogue.calendar(catalogue.default_calendar).zone
    soonest = await store.soonest(microseconds(frame.now), _SOONEST_FILES, frame.units)
    return _TEMPLATES.get_template("report.html").render(
        words={name: text.within(spoken) for name, text in WORDS.items()},
        spoken=spoken,
        other="en" if spoken == "fr" else "fr",
        refresh_seconds=frame.refresh_seconds,
        notice=frame.notice.within(spoken) if frame.notice else None,
        declaration=getattr(catalogue.name, spoken),
        organization=getattr(catalogue.organization, spoken),
        period=forms.period_in_words(built.period, spoken),
        moment=language.moment(frame.now, zone, spoken),
        headings=[forms.HEADINGS[spoken][name] for name in forms.COLUMNS],
        rows=[(forms.cells(row, catalogue, spoken), _verdict(row)) for row in built.rows],
        files=[_file(snapshot, catalogue, spoken) for snapshot in soonest],
    )


def _verdict(row: Measure) -> str:
    if row.decided.ratio is None:
        return "nothing"
    return "reached" if row.margin >= 0 else "below"


def _file(snapshot: ClockSnapshot, catalogue: Catalogue, spoken: Language) -> _File:
    state = snapshot.cycles[-1]
    standard = catalogue.standards[snapshot.standard or ""]
    unit = catalogue.units.get(snapshot.unit or "")
    stage = state.stage or "on_track"
    return _File(
        snapshot.file_id,
        getattr(standard.name, spoken),
        getattr(unit.name, spoken) if unit else snapshot.unit or "",
        stage,
        STAGES[stage].within(spoken),
        language.day(state.due_on, spoken) if state.due_on else "—",
    )
