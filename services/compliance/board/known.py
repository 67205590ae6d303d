"""Figures as they were known on a day, beside the same as known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

from fastapi import Query

from services.compliance.api import ReportRequest, RequestParameters, read_report
from services.compliance.attainment import Measure
from services.compliance.board import annual
from services.compliance.board.addresses import AttainmentSelection
from services.compliance.board.annual import Annual
from services.compliance.board.attainment_figures import (
    AttainmentFigures,
    DelayPicture,
    read_measures,
    scope_of,
)
from services.compliance.board.shell import Board
from services.compliance.explanations import Explanation
from services.compliance.periods import Period
from services.compliance.publication import DisclosedAttainment
from shared.http import Principal
from shared.text import MomentError, Text

KnownDay = Annotated[str, Query(max_length=10)]
"""A day as it is written in addresses; empty for now."""


class KnownPair(NamedTuple):
    """An attainment as it was known, and as it is known now."""

    then: DisclosedAttainment
    now: DisclosedAttainment

    @property
    def differs(self) -> bool:
        return self.then != self.now


class KnownRow(NamedTuple):
    """A standard and unit (None for all) on both bases; what was not measured then is 0."""

    standard: str | None
    unit: str | None
    decided: KnownPair
    due: KnownPair


class KnownThen(NamedTuple):
    """What was known at the end of a day, beside what is known now.

    ``measures`` have the delays known then, of the rows of the page of attainment, and ``delays``
    these of one standard drawn. ``explanations`` are those of then that are no longer the same.
    """

    day: date
    rows: Sequence[KnownRow]
    measures: Sequence[Measure] = ()
    delays: DelayPicture | None = None
    explanations: Mapping[str, Explanation | None] = MappingProxyType({})


_NONE: Final = DisclosedAttainment(0, 0, 0)


def day_of(written: str) -> date | None:
    """The day that an address has, if it has one."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise MomentError(f"{written!r} is not a day: write 2026-11-23") from None


async def parameters_then(board: Board, written: str) -> RequestParameters:
    """The parameters of requests at the end of a day; the present ones where none is written."""
    return await board.parameters.known_at(board.store, day_of(written))


async def attainment_then(
    board: Board,
    selection: AttainmentSelection,
    content: AttainmentFigures,
    reader: Principal,
    *,
    unit_delays: bool,
) -> KnownThen | None:
    """The rows of the page of attainment as they were known; None where no past day is chosen.

    They are of the page's period, whatever day it is reckoned from.
    """
    then = await parameters_then(board, selection.known_at)
    if then.known_on is None:
        return None
    measured = await measures_then(
        board, selection, content.period, then, reader, unit_delays=unit_delays
    )
    earlier = {(row.standard, row.unit): row for row in measured}
    rows = []
    for row in (content.total, *content.rows):
        now = row.measure
        old = earlier.get((now.standard, now.unit))
        pairs = [
            KnownPair(
                _NONE if old is None else DisclosedAttainment.of(old.on(basis)),
                DisclosedAttainment.of(now.on(basis)),
            )
            for basis in ("decided", "due")
        ]
        rows.append(KnownRow(now.standard, now.unit, *pairs))
    return KnownThen(then.known_on, rows, measured, DelayPicture.of(measured[0].delays))


async def measures_then(
    board: Board,
    selection: AttainmentSelection,
    period: Period,
    then: RequestParameters,
    reader: Principal,
    *,
    unit_delays: bool = True,
) -> Sequence[Measure]:
    """The rows of the page of attainment at the end of a day, the whole first."""
    scope = scope_of(then, selection, reader)
    whole, parts = await read_measures(
        board, selection, period, then.today(), scope, unit_delays=unit_delays
    )
    return [whole, *parts]


async def report_then(
    board: Board, request: ReportRequest, document: Annual, written: str, reader: Principal
) -> KnownThen | None:
    """The commitments of a report as they were known; None where no past day is chosen."""
    then = await parameters_then(board, written)
    if then.known_on is None:
        return None
    same_year = request._replace(fiscal_year=document.period.name)
    report = await read_report(board.store, then, same_year, reader)
    sections = annual.of_report(report, board.catalogue).sections
    earlier = {section.standard: section.total for section in sections}
    explained = {
        section.standard: report.explanations.get(section.standard)
        for section in document.sections
        if report.explanations.get(section.standard) != section.explanation
    }
    rows = [
        KnownRow(
            section.standard,
            None,
            KnownPair(earlier[section.standard].decided, section.total.decided),
            KnownPair(earlier[section.standard].due, section.total.due),
        )
        for section in document.sections
    ]
    return KnownThen(then.known_on, rows, explanations=explained)


KNOWN: Final[Mapping[str, Text]] = {
    "known_at": Text("Tel que connu le", "As known on"),
    "known_title": Text("Tel que connu le {day}, et maintenant", "As known on {day}, and now"),
    "known_hint": Text(
        "D’après ce qui avait été enregistré à la fin de cette journée. En gras\u00a0: ce qui a changé depuis.",
        "From what had been recorded by the end of that day. In bold: what has changed since.",
    ),
    "known_then": Text("connu alors", "known then"),
    "known_now": Text("connu maintenant", "known now"),
    "known_list": Text("Liste telle que connue le {day}.", "List as known on {day}."),
    "known_delays": Text("Délais tels que connus le {day}", "Delays as known on {day}"),
    "known_delays_by_unit": Text(
        "Délais par unité, tels que connus le {day}", "Delays by unit, as known on {day}"
    ),
    "known_explained": Text(
        "Explication connue alors\u00a0: {name}", "Explanation known then: {name}"
    ),
    "known_unexplained": Text("Aucune.", "None."),
    "known_decided": Text("Décidés", "Decided"),
    "known_due": Text("Échus", "Due"),
}
"""What the pages that use this say of it."""
