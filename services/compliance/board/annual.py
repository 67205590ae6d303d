"""The annual report, to be read and printed: every commitment as the catalogue sums it up, beside what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from services.compliance.attainment import (
    ALL_YEARS,
    CallFormula,
    DisclosedAttainment,
    Measure,
    Publication,
    PublicRow,
    Report,
)
from services.compliance.board.assets import ASSETS
from services.compliance.board.environment import TEMPLATES
from services.compliance.board.translator import Translator
from services.compliance.board.words import REPORT
from services.compliance.periods import Period, fiscal_year, is_over
from services.compliance.projection import Basis
from shared.domain import Catalogue, Standard
from shared.process import Now
from shared.text import Language, Text

UNIT_BASES: Sequence[Basis] = ("decided", "due")
"""What is told of each unit."""


class Section(NamedTuple):
    """One commitment: its summaries in effect in the year, the figures in all and by unit, and what only staff is told."""

    standard: str
    promised: Standard
    summaries: Sequence[Text]
    total: PublicRow
    units: Sequence[PublicRow]
    measure: Measure | None
    formulas: Mapping[str, CallFormula]

    @property
    def target(self) -> Fraction:
        return self.total.target

    @property
    def verdict(self) -> str:
        """How the commitment stands by the published figure."""
        told = self.total.decided
        if told.withheld:
            return "withheld"
        if told.ratio is None:
            return "nothing"
        return "reached" if told.ratio >= self.target else "below"

    @property
    def rows(self) -> Sequence[PublicRow]:
        """All units together, then each, unless something of one is withheld."""
        return [self.total] if self.units_withheld else [self.total, *self.units]

    @property
    def units_withheld(self) -> bool:
        return any(row.decided.withheld or row.due.withheld for row in self.units)


class Annual(NamedTuple):
    """The whole report; ``public`` when small numbers are withheld."""

    period: Period
    over: bool
    public: bool
    sections: Sequence[Section]

    @property
    def year(self) -> bool:
        """Whether it is of a fiscal year, and not of another period."""
        return self.period == fiscal_year(self.period.first.year)

    @property
    def all_years(self) -> bool:
        return self.period == ALL_YEARS

    def verdicts(self, *verdicts: str) -> int:
        return sum(section.verdict in verdicts for section in self.sections)


def of_staff(built: Report, catalogue: Catalogue) -> Annual:
    """Every figure."""
    rows = [(row, _as_told(row)) for row in built.rows]
    sections = [
        _section(
            catalogue,
            built.period,
            total,
            [row for _, row in rows if row.standard == total.standard and row.unit is not None],
            measure,
        )
        for measure, total in rows
        if total.unit is None
    ]
    return Annual(built.period, is_over(built.period, built.today), False, sections)


def _as_told(row: Measure) -> PublicRow:
    assert row.standard is not None and row.target is not None
    return PublicRow(
        row.standard,
        row.unit,
        row.target,
        DisclosedAttainment.of(row.decided),
        DisclosedAttainment.of(row.due),
    )


def of_public(told: Publication, catalogue: Catalogue) -> Annual:
    """What may be published."""
    sections = [
        _section(
            catalogue,
            told.period,
            total,
            [row for row in told.rows if row.standard == total.standard and row.unit is not None],
            None,
        )
        for total in told.rows
        if total.unit is None
    ]
    return Annual(told.period, True, True, sections)


def _section(
    catalogue: Catalogue,
    asked: Period,
    total: PublicRow,
    units: Sequence[PublicRow],
    measure: Measure | None,
) -> Section:
    promised = catalogue.standards[total.standard]
    return Section(
        total.standard,
        promised,
        _summaries(promised, asked),
        total,
        units,
        measure,
        measure.formulas(catalogue, asked.last) if measure else {},
    )


def _summaries(promised: Standard, asked: Period) -> Sequence[Text]:
    """What was promised to the files received in the period, or before: the summaries in effect, each once."""
    found = [
        terms.summary.text()
        for terms in promised.terms
        if (terms.effective_from or date.min) <= asked.last
        and asked.first <= (terms.effective_to or date.max)
    ]
    if not found:
        nearest = promised.nearest_terms(asked.last).summary
        found = [nearest.text()]
    return list(dict.fromkeys(found))


class Frame(NamedTuple):
    """How the report is shown as a document of its own: in which language, when, under which notice.

    ``styled`` has the style sheet within the document, for one that is kept as a file.
    """

    spoken: Language
    now: datetime
    notice: Text | None = None
    styled: bool = False


def document(told: Annual, catalogue: Catalogue, frame: Frame) -> str:
    """The report without the board around it."""
    zone = catalogue.calendar(catalogue.default_calendar).zone
    speech = Translator(frame.spoken, REPORT, zone)
    return TEMPLATES.get_template("report.html").render(
        t=speech,
        told=told,
        catalogue=catalogue,
        moment=speech.moment(frame.now),
        notice=speech.of(frame.notice) if frame.notice else None,
        style=ASSETS["board.css"].content.decode() if frame.styled else None,
    )


def of_report(found: Report | Publication, catalogue: Catalogue) -> Annual:
    """A report as it is read."""
    if isinstance(found, Publication):
        return of_public(found, catalogue)
    return of_staff(found, catalogue)


def renderer(
    catalogue: Catalogue, now: Now, notice: Text | None = None
) -> Callable[[Report | Publication, Language], str]:
    """What makes a document of a report, for the API; ``notice`` stands at its head."""

    def rendered(found: Report | Publication, spoken: Language) -> str:
        return document(of_report(found, catalogue), catalogue, Frame(spoken, now(), notice))

    return rendered
