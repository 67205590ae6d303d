"""The annual report to be printed: every commitment beside its target over a fiscal year, in whole files."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.compliance import forms
from services.compliance.board.templates_of import TEMPLATES
from services.compliance.measures import Measure
from services.compliance.report import Report
from shared import language
from shared.catalogue import Catalogue
from shared.texts import Language, Text

WORDS = {
    "title": Text("Rapport des engagements", "Report on commitments"),
    "as_of": Text("En date du", "As of"),
    "commitments": Text("Engagements, du plus en retard au mieux tenu", "Commitments, worst first"),
    "below": Text("sous la cible", "below target"),
    "reached": Text("cible atteinte", "target reached"),
    "nothing": Text("rien de mesuré", "nothing measured"),
}


class Frame(NamedTuple):
    """How the report is shown: in which language, when, under which notice."""

    spoken: Language
    now: datetime
    notice: Text | None = None


def render(built: Report, catalogue: Catalogue, frame: Frame) -> str:
    """The whole report, in one language."""
    spoken = frame.spoken
    zone = catalogue.calendar(catalogue.default_calendar).zone
    return TEMPLATES.get_template("report.html").render(
        words={name: text.within(spoken) for name, text in WORDS.items()},
        spoken=spoken,
        notice=frame.notice.within(spoken) if frame.notice else None,
        declaration=getattr(catalogue.name, spoken),
        organization=getattr(catalogue.organization, spoken),
        period=forms.period_in_words(built.period, spoken),
        moment=language.moment(frame.now, zone, spoken),
        headings=[forms.HEADINGS[spoken][name] for name in forms.COLUMNS],
        rows=[(forms.cells(row, catalogue, spoken), _verdict(row)) for row in built.rows],
    )


def _verdict(row: Measure) -> str:
    if row.decided.ratio is None:
        return "nothing"
    return "reached" if row.margin >= 0 else "below"
