"""The periods and bases of figures, as people choose them and read their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

PERIOD_CHOICE: Final[Mapping[str, Text]] = {
    "current": Text("En cours", "Current"),
    "month": Text("Ce mois-ci", "This month"),
    "quarter": Text("Ce trimestre", "This quarter"),
    "fiscal-year": Text("Cet exercice", "This fiscal year"),
    "rolling-30": Text("30 derniers jours", "Last 30 days"),
    "rolling-90": Text("90 derniers jours", "Last 90 days"),
    "rolling_to": Text("{days} jours jusqu’au {last}", "{days} days to {last}"),
    "months": Text("Mois", "Months"),
    "quarters": Text("Trimestres civils", "Calendar quarters"),
    "fiscal_years": Text("Exercices", "Fiscal years"),
    "quarter_name": Text("{n}e trimestre {year}", "Quarter {n}, {year}"),
    "quarter_name_one": Text("{n}er trimestre {year}", "Quarter {n}, {year}"),
    "other_period": Text("Autre période", "Other period"),
    "days": Text("du {first} au {last}", "{first} to {last}"),
    "basis": Text("Base", "Basis"),
    "due": Text("Dossiers échus", "Files due"),
}
