"""What the page of the standards says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

STANDARDS: Final[Mapping[str, Text]] = {
    "title": Text("Engagements", "Standards"),
    "lead": Text(
        "Du plus en retard au mieux tenu, selon l’exercice {year}.",
        "Worst first, by the fiscal year {year}.",
    ),
    "summary": Text("En bref", "In brief"),
    "below_target": Text("engagements sous la cible", "standards below target"),
    "below_target_one": Text("engagement sous la cible", "standard below target"),
    "overdue_files": Text("dossiers dépassés", "overdue files"),
    "overdue_files_one": Text("dossier dépassé", "overdue file"),
    "critical_files": Text("dossiers critiques", "critical files"),
    "critical_files_one": Text("dossier critique", "critical file"),
    "risk_files": Text("dossiers à risque", "files at risk"),
    "risk_files_one": Text("dossier à risque", "file at risk"),
    "below": Text("sous la cible", "below target"),
    "threatened": Text("cible menacée", "target threatened"),
    "reached": Text("cible atteinte", "target reached"),
    "nothing": Text("rien de mesuré", "nothing measured"),
    "target": Text("Cible : {target}", "Target: {target}"),
    "target_short": Text("Cible", "Target"),
    "attainment": Text("Atteinte", "Attainment"),
    "attainment_of": Text("Atteinte de : {name}", "Attainment of: {name}"),
    "period": Text("Période", "Period"),
    "by_decided": Text("Dossiers décidés", "Files decided"),
    "by_due": Text("Dossiers échus", "Files due"),
    "this_month": Text("Ce mois-ci", "This month"),
    "fiscal_year": Text("Exercice {year}", "Fiscal year {year}"),
    "of_measured": Text("{on_time} sur {measured}", "{on_time} of {measured}"),
    "nothing_yet": Text("rien encore", "nothing yet"),
    "late_budget": Text("Retards de l’exercice", "Late files this fiscal year"),
    "late_budget_of": Text("Retards de l’exercice : {name}", "Late files this fiscal year: {name}"),
    "committed_hint": Text(
        "Engagés : les décidés en retard, et les ouverts déjà dépassés.",
        "Committed: decided late, and open but already overdue.",
    ),
    "open_files": Text("Dossiers ouverts", "Open files"),
    "n_files": Text("{n} dossiers", "{n} files"),
    "n_files_one": Text("{n} dossier", "{n} file"),
    "no_open": Text("Aucun dossier ouvert.", "No open file."),
    "see_files": Text("Voir les dossiers", "See the files"),
    "of_standard": Text(" : {name}", ": {name}"),
    "trend": Text("Douze mois", "Twelve months"),
    "trend_of": Text(
        "Atteinte par mois, dossiers décidés : {name}", "Attainment by month, files decided: {name}"
    ),
    "trend_drawn": Text(
        "Courbe de l’atteinte sur douze mois ; le tableau qui suit dit la même chose.",
        "Line of the attainment over twelve months; the table that follows says the same.",
    ),
    "month": Text("Mois", "Month"),
    "as_table": Text("En tableau", "As a table"),
    "on_time_measured": Text("Dans le délai / mesurés", "On time / measured"),
    "reach_title": Text("Pour atteindre la cible", "To reach the target"),
    "reach_done": Text(
        "Atteinte sur ce qui est décidé.",
        "Reached on what has been decided.",
    ),
    "reach_never": Text(
        "La cible de 100 % ne peut plus être atteinte.",
        "The target of 100% can no longer be reached.",
    ),
    "reach_need": Text(
        "Décider {n} dossiers dans le délai d’ici le {day}, sans autre retard.",
        "Decide {n} files on time by {day}, and none late.",
    ),
    "reach_need_one": Text(
        "Décider {n} dossier dans le délai d’ici le {day}, sans autre retard.",
        "Decide {n} file on time by {day}, and none late.",
    ),
    "reach_overdue": Text(
        "{n} si les dossiers déjà dépassés ({overdue}) se décident aussi.",
        "{n} if the files already overdue ({overdue}) are decided too.",
    ),
    "reach_overdue_one": Text(
        "{n} si les dossiers déjà dépassés ({overdue}) se décident aussi.",
        "{n} if the files already overdue ({overdue}) are decided too.",
    ),
    "reach_open": Text(
        "{n} dossiers ouverts sont encore dans le délai.", "{n} open files are still on time."
    ),
    "reach_open_one": Text(
        "{n} dossier ouvert est encore dans le délai.", "{n} open file is still on time."
    ),
}
