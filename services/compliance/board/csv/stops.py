"""Stopped clocks, and the files that are to verify, for spreadsheets; and what was found, in words."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Final

from services.compliance.api import FileToVerify
from services.compliance.attainment import decimal
from services.compliance.board.csv.places import PLACE, place
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.board.words import STOP_WORDS
from services.compliance.periods import Period
from services.compliance.projection import STOP_RULES, StopRule
from services.compliance.stops import StopMeasure
from shared.domain import LIMIT_UNITS, LimitUnit
from shared.text import Text

ROWS_AT_ONCE: Final = 500
"""How many are read at once."""
_DAY_SECONDS, _HOUR_SECONDS, _MINUTE_SECONDS = 86_400, 3_600, 60
_WHOLE_DAYS: Final = 2
"""Up to so many days elapsed time is said in hours."""

_HEADINGS: Final = (
    Text("Période", "Period"),
    *PLACE,
    Text("Mesurés", "Measured"),
    Text("Arrêtés", "Stopped"),
    Text("Part arrêtée", "Share stopped"),
    Text("Retiré, moyenne", "Removed, mean"),
    Text("Retiré, 80e centile", "Removed, 80th percentile"),
    Text("Retiré (en)", "Removed (in)"),
    Text("Atteinte", "Attainment"),
    Text("Atteinte sans les arrêts", "Attainment without stops"),
    Text("Dans le délai grâce aux arrêts", "On time by stops"),
    Text("Dernier jour, attendus", "Last day, expected"),
)
_FILE_HEADINGS: Final = (
    Text("Dossier", "File"),
    Text("Cycle", "Cycle"),
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
    Text("Fini", "Ended"),
    Text("Résultat", "Result"),
    Text("Résultat (code)", "Result (code)"),
    Text("Retiré", "Removed"),
    Text("Retiré (en)", "Removed (in)"),
    Text("Règle", "Rule"),
    Text("Règle (code)", "Rule (code)"),
    Text("Ce qui est à vérifier", "What is to verify"),
    Text("Moment", "Instant"),
    Text("Quantité", "Amount"),
)


def stop_sheet(
    period: Period, rows: Sequence[StopMeasure], board: Board, translator: Translator
) -> str:
    """A row for each standard or unit; how many files each rule singles out comes last."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    rules = [STOP_WORDS[f"rule_{rule}"] for rule in STOP_RULES]
    return sheet.heading([*_HEADINGS, *rules]) + sheet.lines(
        _cells(period, row, board, translator) for row in rows
    )


def _cells(
    period: Period, row: StopMeasure, board: Board, translator: Translator
) -> Sequence[Cell]:
    return (
        period.name,
        *place(row.standard, row.unit, board, translator),
        row.decided.measured,
        row.stopped,
        decimal(row.share_stopped),
        decimal(row.all_kinds.mean),
        row.all_kinds.percentile_80,
        translator.of(LIMIT_UNITS[board.limit_unit(row.standard)]),
        decimal(row.decided.ratio),
        decimal(row.without_stops.ratio),
        row.by_stops,
        None if row.bunching is None else decimal(row.bunching.expected),
        *(one.files for one in row.rules),
    )


async def finding_lines(
    board: Board,
    translator: Translator,
    rule: StopRule,
    unit: LimitUnit,
    pages: AsyncIterable[Sequence[FileToVerify]],
) -> AsyncIterator[str]:
    """The lines of a list of files to verify, a page at a time."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    yield sheet.heading(_FILE_HEADINGS)
    async for page in pages:
        yield sheet.lines(
            (
                one.file_id,
                one.cycle,
                board.unit_name(one.unit, translator),
                one.unit,
                one.ended_on,
                translator(f"is_{one.outcome}"),
                one.outcome,
                one.removed,
                translator.of(LIMIT_UNITS[unit]),
                translator(f"rule_{rule}"),
                rule,
                finding_words(one, rule, unit, translator),
                one.at,
                one.amount,
            )
            for one in page
        )


def finding_words(
    one: FileToVerify, rule: StopRule, unit: LimitUnit, translator: Translator
) -> str:
    """What is to verify of a file, as a phrase."""
    amount = _amount(one.amount, rule, unit, translator)
    return translator(f"found_{rule}", moment=translator.short_moment(one.at), amount=amount)


def _amount(amount: float, rule: StopRule, unit: LimitUnit, translator: Translator) -> str:
    match rule:
        case "near_limit":
            return translator.amount(amount, unit)
        case "overnight":
            minutes = round(amount * _HOUR_SECONDS / _MINUTE_SECONDS)
            return translator.amount(minutes * _MINUTE_SECONDS, "seconds")
        case "serial" | "last_day":
            return translator.number(int(amount))
        case "unanswered" | "decided_waiting" | "recorded_late" | "reopened":
            return _elapsed(amount, translator)


def _elapsed(days: float, translator: Translator) -> str:
    """Civil days; what is shorter than two in hours."""
    if days >= _WHOLE_DAYS:
        return translator.amount(days, "civil_days")
    hours = max(1, round(days * _DAY_SECONDS / _HOUR_SECONDS))
    return translator.amount(hours * _HOUR_SECONDS, "seconds")
