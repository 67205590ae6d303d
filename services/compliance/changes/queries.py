"""The sides of a comparison, read from the tallies as they are known now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from services.compliance.attainment import attainment_of, measured_days
from services.compliance.changes.comparison import (
    ComparedDays,
    Comparison,
    PeriodSide,
    compared_periods,
    compared_row,
    in_order,
)
from services.compliance.periods import Period
from services.compliance.projection import (
    AnswerChangeFilter,
    Days,
    MeasuredBasis,
    TallyScope,
    listings,
    sum_events,
)
from shared.database import Database
from shared.domain import Catalogue, Terms

_Place = tuple[str, str | None]


class _Sides(NamedTuple):
    """Of one period: its terms by standard, and what is known of each place that has any."""

    terms: Mapping[str, Terms]
    known: Mapping[_Place, PeriodSide]

    def of(self, place: _Place) -> PeriodSide:
        nothing = PeriodSide(attainment_of({}), self.terms[place[0]].target)
        return self.known.get(place, nothing)


async def read_comparison(
    database: Database,
    catalogue: Catalogue,
    period: Period,
    basis: MeasuredBasis,
    today: date,
    scope: TallyScope,
) -> Comparison:
    """Each standard of a scope and its ``each_unit``; units with nothing in any period are left out."""
    periods = compared_periods(period, basis, today, catalogue.calendar())
    sides = await asyncio.gather(
        *(_sides(database, catalogue, one, basis, today, scope) for one in periods.each)
    )
    places: set[_Place] = {(name, None) for name in scope.standards}
    rows = []
    for place in places.union(*(one.known for one in sides)):
        current, before, *others = (one.of(place) for one in sides)
        terms = [one.terms[place[0]] for one in sides]
        new_terms = any(one != terms[0] for one in terms)
        year_ago = others[0] if others else None
        rows.append(compared_row(*place, current, before, year_ago, new_terms=new_terms))
    return Comparison(periods, basis, in_order(rows))


async def _sides(
    database: Database,
    catalogue: Catalogue,
    compared: ComparedDays,
    basis: MeasuredBasis,
    today: date,
    scope: TallyScope,
) -> _Sides:
    on = min(compared.last, today)
    terms = {name: catalogue.standards[name].nearest_terms(on) for name in scope.standards}
    first, last = measured_days(compared.days, basis, today)[1:]
    sums, corrections = await asyncio.gather(
        sum_events(
            database, scope, [Days(basis, first, last, today if basis == "decided" else date.max)]
        ),
        _corrections(database, compared.period, basis, scope),
    )
    known: dict[_Place, PeriodSide] = {}
    for place in sums.keys() | corrections.keys():
        attainment = attainment_of(sums.get(place, {}).get(basis, {}))
        if attainment.measured or place in corrections:
            target = terms[place[0]].target
            known[place] = PeriodSide(attainment, target, corrections.get(place, 0))
    return _Sides(terms, known)


async def _corrections(
    database: Database, period: Period, basis: MeasuredBasis, scope: TallyScope
) -> Mapping[_Place, int]:
    """How many answers about a whole period changed since, by standard and unit (None for all)."""
    standard = scope.standards[0] if len(scope.standards) == 1 else None
    selection = AnswerChangeFilter(standard, scope.units, basis, period.first, period.last)
    counts: dict[_Place, int] = {}
    for name, unit, answers in await listings.answer_change_places(database, selection):
        if name in scope.standards:
            for place in (None, *([unit] if unit in scope.each_unit else [])):
                counts[name, place] = counts.get((name, place), 0) + answers
    return counts
