"""Control charts, funnels and the order of decisions for spreadsheets."""

from __future__ import annotations

from typing import Final

from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.variation import AgeOrderReading
from services.compliance.variation.attainment_chart import AttainmentChart
from services.compliance.variation.funnel import FunnelUnit
from shared.text import Text

_FILES: Final = (
    Text("Mesurés", "Measured"),
    Text("Dans le délai", "On time"),
    Text("En retard", "Late"),
    Text("Atteinte", "Attainment"),
)
_POINT: Final = (
    Text("Depuis le", "From"),
    *_FILES,
    Text("Moyenne", "Mean"),
    Text("Limite basse", "Lower limit"),
    Text("Limite haute", "Upper limit"),
    Text("Signaux", "Signals"),
)
_UNIT: Final = (
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
    *_FILES,
    Text("Autour de la cible", "Around the target"),
)
_ORDER: Final = (
    Text("Mois", "Month"),
    Text("Décisions", "Decisions"),
    Text("Ordre d’âge", "Age order"),
)
_PASSED: Final = (
    Text("Dossier", "File"),
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
    Text("Reçu", "Received"),
    Text("Décidés avant", "Decided before it"),
)


def chart_sheet(chart: AttainmentChart, board: Board, translator: Translator) -> str:
    """A line for each month or quarter that is over."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    return sheet.heading(_POINT) + sheet.lines(
        (
            point.first,
            point.attainment.measured,
            point.attainment.on_time,
            point.attainment.late,
            point.attainment.on_time / point.attainment.measured,
            point.mean,
            point.lower,
            point.upper,
            ", ".join(translator(f"{one.rule}_{one.side}") for one in point.signals),
        )
        for segment in chart.segments
        for point in segment.points
    )


def unit_sheet(units: list[FunnelUnit], board: Board, translator: Translator) -> str:
    """A line for each unit, in the order given."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    return sheet.heading(_UNIT) + sheet.lines(
        (
            board.unit_name(one.unit, translator),
            one.unit,
            one.attainment.measured,
            one.attainment.on_time,
            one.attainment.late,
            one.attainment.on_time / one.attainment.measured,
            translator(f"place_{one.place}"),
        )
        for one in units
    )


def order_sheet(reading: AgeOrderReading | None, board: Board, translator: Translator) -> str:
    """A line for each month."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    months = reading.order.months.items() if reading else ()
    return sheet.heading(_ORDER) + sheet.lines(
        (first, one.decisions, one.mean) for first, one in months
    )


def passed_sheet(reading: AgeOrderReading | None, board: Board, translator: Translator) -> str:
    """A line for each file that was passed over most."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    passed = reading.order.passed if reading else ()
    return sheet.heading(_PASSED) + sheet.lines(
        (one.file_id, board.unit_name(one.unit, translator), one.unit, one.received_on, one.passed)
        for one in passed
    )
