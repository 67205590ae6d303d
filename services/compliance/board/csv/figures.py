"""A report for spreadsheets, under headings in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from services.compliance.attainment import (
    REPORT_FIGURES,
    SOME_FIGURES,
    AttainmentReport,
    report_formats,
)
from services.compliance.board.csv.places import PLACE
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.publication import Publication, row_cells, units_name
from shared.text import Text

_EXPLANATION: Final = Text("Explication", "Explanation")
_NAMES: Final = (Text("Période", "Period"), *PLACE)


def report_sheet(
    report: AttainmentReport | Publication, board: Board, translator: Translator
) -> str:
    """Every figure of a report, those of further targets last; x for what is withheld from the public."""
    tiers: Mapping[str, Text] = {}
    if isinstance(report, Publication):
        rows = [row_cells(row) for row in report.rows]
    else:
        rows = [report_formats.as_cells(row) for row in report.rows]
        tiers = report_formats.tier_columns(report.rows)
    explained = [_EXPLANATION] if report.explanations else []
    names = {name for row in rows for name in row}
    figures = [figure for figure in (*REPORT_FIGURES, *SOME_FIGURES) if figure.name in names]
    columns = [*(figure.name for figure in figures), *tiers]
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    heading = sheet.heading(
        [*_NAMES, *(one.heading for one in figures), *tiers.values(), *explained]
    )
    return heading + sheet.lines(
        [
            *_names(report.period.name, row, board, translator),
            *(cast(Cell, row.get(column)) for column in columns),
            *([_explanation(report, row, translator)] if explained else []),
        ]
        for row in rows
    )


def _explanation(
    report: AttainmentReport | Publication, row: Mapping[str, object], translator: Translator
) -> str | None:
    """What the body says of a commitment, in its row."""
    one = report.explanations.get(str(row["standard"])) if row["unit"] is None else None
    return one and one.in_language(translator.spoken)


def _names(
    period: str, row: Mapping[str, object], board: Board, translator: Translator
) -> Sequence[Cell]:
    standard, unit = cast("str | None", row["standard"]), cast("str | None", row["unit"])
    every_standard, every_unit = translator("every_standard"), translator("every_unit")
    return (
        period,
        board.standard_name(standard, translator) if standard else every_standard,
        standard,
        units_name(unit.split("+"), board.catalogue, translator.spoken) if unit else every_unit,
        unit,
    )
