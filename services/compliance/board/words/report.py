"""What the annual report says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.compliance.attainment import ALL_YEARS_NAME, NOTE
from shared.text import Text

REPORT: Final[Mapping[str, Text]] = {
    "title_of_year": Text(
        "Rapport annuel des engagements, exercice {period}",
        "Annual report on commitments, fiscal year {period}",
    ),
    "all_years": ALL_YEARS_NAME,
    "title_of": Text("Rapport des engagements, {period}", "Report on commitments, {period}"),
    "fiscal_year": Text("Exercice", "Fiscal year"),
    "audience": Text("Pour", "For"),
    "staff": Text("le personnel : tous les chiffres", "staff: every figure"),
    "public": Text("le public : petits nombres retenus", "the public: small numbers withheld"),
    "detail": Text("Détail", "Detail"),
    "in_all": Text("toutes les unités ensemble", "all units together"),
    "each_unit": Text("chaque unité", "each unit"),
    "choose": Text("Choisir le rapport", "Choose the report"),
    "days": Text("Du {first} au {last}", "{first} to {last}"),
    "as_of_report": Text("Chiffres connus le {moment}.", "Figures as known on {moment}."),
    "not_over": Text(
        "L’exercice n’est pas terminé : ces chiffres changeront.",
        "The fiscal year is not over: these figures will change.",
    ),
    "in_brief": Text("En bref", "In brief"),
    "of_all": Text(
        "{reached} engagements sur {measured} ont atteint leur cible.",
        "{reached} of {measured} commitments reached their target.",
    ),
    "commitments": Text("Engagements", "Commitments"),
    "worst_first": Text("Du plus en retard au mieux tenu.", "Worst first."),
    "in_order": Text("Dans l’ordre de la déclaration.", "In the order of the declaration."),
    "target": Text("Cible", "Target"),
    "commitment": Text("Engagement", "Commitment"),
    "decided": Text("Dossiers décidés", "Files decided"),
    "due": Text("Dossiers échus", "Files due"),
    "verdict": Text("Résultat", "Result"),
    "below": Text("sous la cible", "below target"),
    "reached": Text("cible atteinte", "target reached"),
    "nothing": Text("rien de mesuré", "nothing measured"),
    "note": NOTE,
    "withheld": Text("retenu", "withheld"),
    "late_of": Text(
        "Retards : {allowed} permis, {used} utilisés, {committed} engagés, {left} restants.",
        "Late files: {allowed} allowed, {used} used, {committed} committed, {left} left.",
    ),
    "received_of": Text(
        "{received} dossiers reçus, {withdrawn} retirés.",
        "{received} files received, {withdrawn} withdrawn.",
    ),
    "all_units_row": Text("Toutes les unités", "All units"),
    "by_unit": Text("Chiffres par unité : {name}", "Figures by unit: {name}"),
    "units_withheld": Text(
        "Les chiffres par unité sont retenus : l’une d’elles compte un nombre de 1 à 4.",
        "Figures by unit are withheld: one of them has a number from 1 to 4.",
    ),
    "method": Text("Comment lire ces chiffres", "How to read these figures"),
    "method_decided": Text(
        "Dossiers décidés : parmi les dossiers décidés dans l’exercice, ceux qui l’ont été dans le délai. C’est le chiffre publié.",
        "Files decided: among the files decided in the fiscal year, those decided on time. It is the published figure.",
    ),
    "method_due": Text(
        "Dossiers échus : parmi les dossiers dont le dernier jour tombe dans l’exercice et est passé, décidés ou non.",
        "Files due: among the files whose last day lies in the fiscal year and is past, decided or not.",
    ),
    "print": Text(
        "Pour l’imprimer ou en faire un PDF : la commande Imprimer du navigateur.",
        "To print it or make a PDF of it: the browser’s Print command.",
    ),
    "file_name": Text("rapport", "report"),
    "file_name_staff": Text("personnel", "staff"),
    "file_name_public": Text("public", "public"),
    "file_name_by_unit": Text("par-unité", "by-unit"),
    "exports": Text("Exporter", "Export"),
    "as_csv": Text("CSV", "CSV"),
    "as_markdown": Text("Markdown", "Markdown"),
    "as_json": Text("JSON", "JSON"),
    "formulas": Text("Autres formules usuelles pour les appels", "Other usual formulas for calls"),
    "formula_answered": Text("parmi les appels répondus", "among calls answered"),
    "formula_answered_or_abandoned_after_the_limit": Text(
        "parmi les appels répondus, ou abandonnés après la limite (l’atteinte publiée)",
        "among calls answered, or abandoned after the limit (the published attainment)",
    ),
    "formula_offered": Text("parmi les appels offerts", "among calls offered"),
    "of_measured": Text("{on_time} sur {measured}", "{on_time} of {measured}"),
}
