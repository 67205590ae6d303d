"""The home page: every commitment beside its target, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from services.compliance.attainment import Period
from services.compliance.board import charts, reach
from services.compliance.board.charts import Line, Part
from services.compliance.board.pages import Board, route_class
from services.compliance.board.trend import Month, last_months, trend
from services.compliance.board.words_standards import STANDARDS
from services.compliance.measures import Measure, measures
from services.compliance.open_files import OpenFiles, open_files
from services.compliance.parameters import Reader
from services.compliance.sums import Scope
from shared.credentials import Principal
from shared.standards import Standard


class Reach(NamedTuple):
    """How many files to decide on time for the target of the month: if no other is late, and if those overdue are decided too.

    ``open_on_time`` are open, measured and not late: what there is to decide.
    """

    alone: int | None
    with_overdue: int | None
    open_on_time: int


class Card(NamedTuple):
    """One commitment as the page shows it."""

    standard: str
    promised: Standard
    target: Fraction
    month: Measure
    year: Measure
    open: OpenFiles
    reach: Reach
    months: Sequence[Month]
    line: Line
    bar: Sequence[Part]

    @property
    def verdict(self) -> str:
        """How the fiscal year stands, the target beside what has been decided and what is already late."""
        if self.year.decided.ratio is None:
            return "nothing"
        if self.year.margin < 0:
            return "below"
        return "threatened" if self.year.late.left < 0 else "reached"


class Standards(NamedTuple):
    """All commitments that the reader may see figures of, worst first, in two periods."""

    month: Period
    year: Period
    cards: Sequence[Card]

    def verdicts(self, verdict: str) -> int:
        return sum(card.verdict == verdict for card in self.cards)

    def files(self, stage: str) -> int:
        return sum(card.open.stages[stage] for card in self.cards)


async def standards(board: Board, reader: Principal) -> Standards:
    """The figures of the page, as of now."""
    asking, today, catalogue = board.asking, board.today(), board.catalogue
    units = None if reader.units is None else sorted(reader.units)
    scope, database = Scope(sorted(catalogue.standards), units), board.store.database
    month, year = asking.period("month"), asking.period("fiscal-year")
    of_month = _by_standard(await measures(database, catalogue, month, today, scope))
    of_year = _by_standard(await measures(database, catalogue, year, today, scope))
    present = {
        found.standard: found for found in await open_files(database, catalogue, today, scope)
    }
    months = await trend(database, last_months(today), units)
    cards = [
        _card(name, catalogue.standards[name], of_month[name], of_year[name], present[name], months)
        for name in scope.standards
    ]
    return Standards(month, year, sorted(cards, key=lambda card: (card.year.margin, card.standard)))


def _by_standard(rows: Sequence[Measure]) -> Mapping[str, Measure]:
    return {row.standard: row for row in rows if row.standard is not None}


def _card(
    name: str,
    promised: Standard,
    month: Measure,
    year: Measure,
    present: OpenFiles,
    months: Mapping[str, Sequence[Month]],
) -> Card:
    target = month.target or Fraction(1)
    on_time = month.open - month.overdue - present.followed + month.waiting
    found = Reach(
        reach.to_decide(month.decided, target),
        reach.to_decide(month.decided, target, late=month.overdue),
        max(on_time, 0),
    )
    of_standard = months.get(name, [])
    stages = {**present.stages, "waiting": sum(present.waiting.values())}
    return Card(
        name,
        promised,
        target,
        month,
        year,
        present,
        found,
        of_standard,
        charts.line(of_standard, target),
        charts.bar({stage: stages[stage] for stage in _ORDER}),
    )


_ORDER = ("overdue", "critical", "at_risk", "on_track", "waiting")


def router(board: Board) -> APIRouter:
    """The page at ``/``."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/")
    async def home(request: Request, reader: Reader) -> Response:
        found = await standards(board, reader)
        return board.page(request, "standards.html", STANDARDS, found=found, order=_ORDER)

    return routes
