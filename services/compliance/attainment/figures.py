"""The figures of a measure, each declared once.

A figure has a name (a column of CSV, a field of JSON), headings, a value in a :class:`Measure`
(``number`` for programs, ``cell`` for people), the series that exposes it, and the files counted.
Over commitments a :class:`CountFigure` adds up, a :class:`RatioFigure` is computed from the sums of
its counts and never averaged, and a :class:`TargetFigure` does not exist. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from services.compliance.attainment.attainment import Attainment, Budget, decimal
from services.compliance.attainment.measures import Feature, Measure
from services.compliance.delays.distribution import (
    DelayDistribution,
    DelayMeasure,
    Delays,
    delay_in_words,
)
from services.compliance.projection.corrections import FigurePart, MeasuredBasis
from shared.metrics import series
from shared.metrics.series import Series
from shared.text import Language, Text, formats


class Exposition(NamedTuple):
    """The series of a figure, and the values of its labels after ``standard`` and ``period``."""

    series: Series
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountFigure:
    """Whole files, which add up over commitments.

    ``short`` is the heading where the context says the rest; ``files`` lists the files counted.
    ``only`` is what a standard must have for it to say anything.
    """

    schema: ClassVar[object] = int

    name: str
    heading: Text
    value: Callable[[Measure], int]
    short: Text | None = None
    exposition: Exposition | None = None
    files: FigurePart | None = None
    only: Feature | None = None

    @property
    def always(self) -> bool:
        """Whether it says something of every standard."""
        return self.only is None

    def applies(self, row: Measure) -> bool:
        """Whether it says something of these standards."""
        return self.only is None or self.only in row.features

    @property
    def label(self) -> Text:
        return self.short or self.heading

    def number(self, row: Measure) -> int:
        return self.value(row)

    def cell(self, row: Measure, spoken: Language) -> str:
        return formats.number(self.value(row), spoken)


@dataclass(frozen=True, slots=True)
class RatioFigure:
    """A count among another one; None where there is nothing to count."""

    schema: ClassVar[object] = float | None

    name: str
    heading: Text
    label: Text
    part: CountFigure
    whole: CountFigure
    exposition: Exposition | None = None

    @property
    def always(self) -> bool:
        return self.part.always

    def applies(self, row: Measure) -> bool:
        return self.part.applies(row)

    def value(self, row: Measure) -> Fraction | None:
        whole = self.whole.value(row)
        return Fraction(self.part.value(row), whole) if whole else None

    def number(self, row: Measure) -> float | None:
        return decimal(self.value(row))

    def cell(self, row: Measure, spoken: Language) -> str:
        return formats.percent(self.value(row), spoken)


class TargetFigure:
    """The share to reach, of one commitment; None for several."""

    schema: ClassVar[object] = float
    name = "target"
    heading = label = Text("Cible", "Target")

    def applies(self, row: Measure) -> bool:
        return True

    def value(self, row: Measure) -> Fraction | None:
        return row.target

    def number(self, row: Measure) -> float | None:
        return decimal(row.target)

    def cell(self, row: Measure, spoken: Language) -> str:
        return "—" if row.target is None else formats.target(row.target, spoken)


@dataclass(frozen=True, slots=True)
class DelayFigure:
    """A mean or a percentile of the delays of decided files, in the unit of the limit."""

    schema: ClassVar[object] = float | None

    name: str
    heading: Text
    label: Text
    of: Callable[[DelayDistribution], Fraction | int | None]
    measure: DelayMeasure
    exposition: Exposition | None = None

    def applies(self, row: Measure) -> bool:
        return row.delays is not None

    def value(self, row: Measure) -> Fraction | int | None:
        return None if row.delays is None else self.of(row.delays.by(self.measure))

    def number(self, row: Measure) -> float | None:
        value = self.value(row)
        return decimal(value) if isinstance(value, Fraction) else value

    def cell(self, row: Measure, spoken: Language) -> str:
        return "—" if row.delays is None else self.words(row.delays, spoken)

    def words(self, delays: Delays, spoken: Language) -> str:
        return delay_in_words(self.of(delays.by(self.measure)), delays.unit, spoken)


Figure = CountFigure | RatioFigure | TargetFigure | DelayFigure


class BasisFigures(NamedTuple):
    """The figures on one basis, under the names that they have where the basis is known."""

    attainment: RatioFigure
    measured: CountFigure
    on_time: CountFigure
    late: CountFigure
    attainment_unextended: RatioFigure
    on_time_unextended: CountFigure
    late_allowed: CountFigure
    late_used: CountFigure
    late_committed: CountFigure
    late_left: CountFigure

    @property
    def budget(self) -> Sequence[CountFigure]:
        """How many files may be late, and how many are."""
        return self.late_allowed, self.late_used, self.late_committed, self.late_left

    @property
    def columns(self) -> Sequence[CountFigure]:
        """What a table of commitments or of units shows beside the attainment."""
        return (
            self.on_time,
            self.measured,
            self.late,
            self.late_allowed,
            self.late_committed,
            self.late_left,
        )


_OUTCOMES: Sequence[tuple[str, Text, Callable[[Attainment], int], FigurePart]] = (
    ("measured", Text("Mesurés", "Measured"), lambda files: files.measured, "denominator"),
    ("on_time", Text("Dans le délai", "On time"), lambda files: files.on_time, "numerator"),
    ("late", Text("En retard", "Late"), lambda files: files.late, "late"),
)
"""Name, label, value, and the files counted."""
_BUDGET: Sequence[tuple[str, Text, Callable[[Budget], int], Series | None]] = (
    ("allowed", Text("Permis", "Allowed"), lambda late: late.allowed, series.LATE_ALLOWED),
    ("used", Text("Utilisés", "Used"), lambda late: late.used, series.LATE_USED),
    ("committed", Text("Engagés", "Committed"), lambda late: late.committed, series.LATE_COMMITTED),
    ("left", Text("Restants", "Left"), lambda late: late.left, None),
)
"""Name and label after "late", value, and the series of the published basis."""


def _on_basis(basis: MeasuredBasis, suffix: str, of_basis: Text) -> BasisFigures:
    def under(label: Text) -> Text:
        return Text(f"{label.fr} ({of_basis.fr})", f"{label.en} ({of_basis.en})")

    def outcome(
        name: str, label: Text, value: Callable[[Attainment], int], files: FigurePart
    ) -> CountFigure:
        exposed = None if name == "measured" else Exposition(series.MEASURED, (basis, name))
        return CountFigure(
            f"{name}{suffix}", under(label), lambda row: value(row.on(basis)), label, exposed, files
        )

    def budget(
        name: str, label: Text, value: Callable[[Budget], int], of: Series | None
    ) -> CountFigure:
        heading = Text(f"Retards {label.fr.lower()}", f"Late {label.en.lower()}")
        exposed = Exposition(of) if of and basis == "decided" else None
        return CountFigure(
            f"late_{name}{suffix}", heading, lambda row: value(row.budget(basis)), label, exposed
        )

    measured, on_time, late = [outcome(*row) for row in _OUTCOMES]
    label, exposition = (
        Text("Atteinte", "Attainment"),
        Exposition(series.ATTAINMENT_RATIO, (basis,)),
    )
    attainment = RatioFigure(
        f"attainment{suffix}", under(label), label, on_time, measured, exposition
    )
    without = Text("Dans le délai, sans prolongation", "On time, not extended")
    unextended = CountFigure(
        f"on_time_unextended{suffix}",
        under(without),
        lambda row: row.unextended(basis),
        without,
        only="extensions",
    )
    label = Text("Atteinte sans prolongation", "Attainment without extensions")
    return BasisFigures(
        attainment,
        measured,
        on_time,
        late,
        RatioFigure(
            f"attainment_unextended{suffix}",
            under(label),
            label,
            unextended,
            measured,
            Exposition(series.ATTAINMENT_UNEXTENDED, (basis,)),
        ),
        unextended,
        *[budget(*row) for row in _BUDGET],
    )


TARGET_FIGURE = TargetFigure()
DECIDED = _on_basis("decided", "", Text("décidés", "decided"))
DUE = _on_basis("due", "_due", Text("échus", "due"))
ON_BASIS: Mapping[MeasuredBasis, BasisFigures] = {"decided": DECIDED, "due": DUE}
RECEIVED_FIGURE = CountFigure(
    "received",
    Text("Reçus", "Received"),
    lambda row: row.received,
    None,
    Exposition(series.RECEIVED_FILES),
)
WITHDRAWN = CountFigure("withdrawn", Text("Retirés", "Withdrawn"), lambda row: row.withdrawn)
CLOSED_FIGURE = CountFigure(
    "closed",
    Text("Terminés", "Closed"),
    lambda row: row.closed,
    None,
    Exposition(series.CLOSED_FILES),
)
OPEN = CountFigure("open", Text("Ouverts", "Open"), lambda row: row.open)
WAITING = CountFigure(
    "waiting", Text("En attente du client", "Waiting for the client"), lambda row: row.waiting
)
WAITING_OTHER = CountFigure(
    "waiting_other",
    Text("En attente d’un tiers", "Waiting for others"),
    lambda row: row.waiting_other,
    only="others",
)
OVERDUE = CountFigure("overdue", Text("Dépassés", "Overdue"), lambda row: row.overdue)

_MEASURES: Mapping[DelayMeasure, Text] = {"net": Text("net", "net"), "gross": Text("brut", "gross")}
_STATISTICS: Sequence[tuple[str, Text, int | None]] = (
    ("mean", Text("Délai moyen", "Mean delay"), None),
    ("median", Text("Délai médian", "Median delay"), 50),
    ("p80", Text("80\u00a0% en", "80% within"), 80),
    ("p90", Text("90\u00a0% en", "90% within"), 90),
)
"""Name, label, and which percentile it is."""


def _delay(measure: DelayMeasure, name: str, label: Text, percent: int | None) -> DelayFigure:
    of = _MEASURES[measure]
    heading = Text(f"{label.fr} ({of.fr})", f"{label.en} ({of.en})")
    if percent is None:
        exposed = Exposition(series.DELAY_MEAN, (measure,))
        return DelayFigure(
            f"delay_{name}_{measure}", heading, label, lambda some: some.mean, measure, exposed
        )
    exposed = Exposition(series.DELAY_QUANTILE, (measure, f"{percent / 100:g}"))
    return DelayFigure(
        f"delay_{name}_{measure}",
        heading,
        label,
        lambda some: some.percentile(percent),
        measure,
        exposed,
    )


DELAYS: Mapping[DelayMeasure, Sequence[DelayFigure]] = {
    measure: [_delay(measure, *statistic) for statistic in _STATISTICS] for measure in _MEASURES
}
"""Mean, median, 80th and 90th percentile."""

REPORT_FIGURES: Sequence[Figure] = (
    TARGET_FIGURE,
    DECIDED.attainment,
    DUE.attainment,
    DECIDED.measured,
    DECIDED.on_time,
    DECIDED.late,
    DUE.measured,
    DUE.on_time,
    DUE.late,
    *DECIDED.budget,
    RECEIVED_FIGURE,
    WITHDRAWN,
    OPEN,
    WAITING,
    OVERDUE,
)
"""The columns of a report, in their order."""

SOME_FIGURES: Sequence[Figure] = (
    DECIDED.attainment_unextended,
    DECIDED.on_time_unextended,
    DUE.attainment_unextended,
    DUE.on_time_unextended,
    WAITING_OTHER,
    *DELAYS["net"],
    *DELAYS["gross"],
)
"""The columns after them, where the standards of a report have what they are about."""


def expositions(row: Measure) -> Iterator[tuple[Exposition, float]]:
    """The figures of one commitment that Prometheus scrapes, other than its target."""
    exposed: Sequence[CountFigure | RatioFigure | DelayFigure] = (
        *DECIDED,
        *DUE,
        RECEIVED_FIGURE,
        CLOSED_FIGURE,
        *DELAYS["net"],
        *DELAYS["gross"],
    )
    for figure in exposed:
        value = figure.value(row)
        if figure.exposition is not None and value is not None and figure.applies(row):
            yield figure.exposition, float(value)
