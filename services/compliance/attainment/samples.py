"""The samples of the business figures that Prometheus scrapes. Pure.

Every standard of the catalogue has every series that can be 0, so that an absent one is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.alerts.law import STAGES, Counts
from services.compliance.attainment.figures import expositions
from services.compliance.attainment.measures import (
    REMAINING,
    Feature,
    Measure,
    OpenFiles,
    features_of,
)
from services.compliance.periods import Period
from shared.domain import Catalogue
from shared.domain.calendars import ONE_DAY
from shared.metrics import series as metrics
from shared.metrics.series import Figures, Series

_WAITING, _OTHER, _FOLLOWED = "waiting", "waiting_other", "followed"

_Sample = tuple[Series, tuple[str, ...], float]


class PeriodMeasures(NamedTuple):
    """A current period, and what was measured in it."""

    period: Period
    rows: Sequence[Measure]


class FigureInputs(NamedTuple):
    """Measures of each kind of period, what is open in all and by unit, alerts by standard.

    ``strays`` are events of sources on files that do not belong to them.
    """

    today: date
    measured: Mapping[str, PeriodMeasures]
    open_files: Sequence[OpenFiles]
    alerts: Counts
    strays: Mapping[str, int]


def business_figures(inputs: FigureInputs, catalogue: Catalogue) -> Figures:
    """Every business figure."""
    values: dict[Series, dict[tuple[str, ...], float]] = {one: {} for one in metrics.BUSINESS}
    for series, labels, value in _samples(inputs, catalogue):
        values[series][labels] = value
    return values


def _samples(inputs: FigureInputs, catalogue: Catalogue) -> Iterator[_Sample]:
    """Each figure, after the 0 in its place where there may be nothing."""
    calendar = catalogue.calendar()
    yield metrics.BUSINESS_DAY, (), calendar.is_business_day(inputs.today)
    for kind, (period, rows) in inputs.measured.items():
        whole, elapsed = period.last, min(period.last, inputs.today)
        yield metrics.PERIOD_LENGTH, (kind,), (whole - period.first + ONE_DAY).total_seconds()
        yield metrics.PERIOD_ELAPSED, (kind,), (elapsed - period.first + ONE_DAY).total_seconds()
        for row in rows:
            yield from _measure(kind, row)
    for unit, unit_words in catalogue.units.items():
        yield metrics.UNIT_INFO, (unit, *unit_words.name.text()), 1
    for name, standard in catalogue.standards.items():
        yield metrics.STANDARD_INFO, (name, *standard.name.text()), 1
        for stage in STAGES:
            yield metrics.ALERTS_ACTIVE, (name, stage), 0
        features = features_of(standard)
        waits = (_WAITING, _OTHER) if "others" in features else (_WAITING,)
        if "reminders" in features:
            yield metrics.WAITING_LONG, (name,), 0
        for unit in catalogue.units:
            for days in (*REMAINING, *waits):
                yield metrics.OPEN_BY_UNIT, (name, unit, days), 0
    for *place, alerts in inputs.alerts:
        yield metrics.ALERTS_ACTIVE, tuple(place), alerts
    for source, events in inputs.strays.items():
        yield metrics.OTHER_SOURCE, (source,), events
    for open_row in inputs.open_files:
        if open_row.standard is None:
            continue
        features = features_of(catalogue.standards[open_row.standard])
        if open_row.unit is not None:
            for days, files in _remaining(open_row, features):
                yield metrics.OPEN_BY_UNIT, (open_row.standard, open_row.unit, days), files
        else:
            yield from _open(open_row.standard, open_row, features)
            if open_row.oldest is not None:
                oldest = calendar.midnight(open_row.oldest.day).timestamp()
                yield metrics.OLDEST_OPEN, (open_row.standard,), oldest


def _measure(kind: str, row: Measure) -> Iterator[_Sample]:
    if row.standard is None or row.target is None:  # all standards together: they have no target
        return
    yield metrics.TARGET_RATIO, (row.standard,), float(row.target)
    for exposition, value in expositions(row):
        yield exposition.series, (row.standard, kind, *exposition.labels), value
    for tier, target, attainment in row.tiers:
        yield metrics.TIER_TARGET, (row.standard, str(tier)), float(target)
        if attainment.ratio is not None:
            yield (
                metrics.TIER_ATTAINMENT,
                (row.standard, kind, str(tier)),
                float(attainment.ratio),
            )


def _open(standard: str, row: OpenFiles, features: frozenset[Feature]) -> Iterator[_Sample]:
    waits = dict(_waits(row, features))
    for stage, files in {**row.stages, **waits, _FOLLOWED: row.followed}.items():
        yield metrics.OPEN_FILES, (standard, stage), files
    for (age, stage), files in row.ages.items():
        yield metrics.OPEN_BY_AGE, (standard, age, stage), files
    for days, files in _remaining(row, features):
        yield metrics.OPEN_BY_REMAINING, (standard, days), files
    if "reminders" in features:
        yield metrics.WAITING_LONG, (standard,), row.waiting_long


def _remaining(row: OpenFiles, features: frozenset[Feature]) -> Iterator[tuple[str, int]]:
    yield from row.remaining.items()
    yield from _waits(row, features)


def _waits(row: OpenFiles, features: frozenset[Feature]) -> Iterator[tuple[str, int]]:
    yield _WAITING, sum(row.waiting.values())
    if "others" in features:
        yield _OTHER, row.waiting_other
