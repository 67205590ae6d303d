"""All standards side by side, worst first."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, same
from shared.texts import Text

_YEAR = 'period="fiscal-year", basis="decided"'
_STANDARD = same("{{standard}}")


def _each(expression: str) -> str:
    """A value for each standard, with no label beside it: the rows of a table."""
    return f"max by (standard) ({expression})"


_WORST_FIRST = Panel(
    "table",
    Text("Engagements, le pire d’abord", "Standards, worst first"),
    Text(
        "Part des dossiers décidés dans le délai, à côté de la cible. L’écart est celui de l’exercice. Retards restants : permis moins engagés "
        "(décidés en retard, et ouverts déjà en retard). Tendance : 30 derniers jours moins 90 derniers jours.",
        "Share of the files decided that were on time, beside the target. The margin is that of the fiscal year. Late files left: allowed less "
        "committed (decided late, and open and already overdue). Trend: last 30 days less last 90 days.",
    ),
    "percentunit",
    [
        Query(_each(f"echeance:attainment:margin{{{_YEAR}}}"), Text("Écart", "Margin")),
        Query(_each("echeance:target:ratio"), Text("Cible", "Target")),
        Query(
            _each('echeance:attainment:ratio{period="month", basis="decided"}'),
            Text("Ce mois", "This month"),
        ),
        Query(_each(f"echeance:attainment:ratio{{{_YEAR}}}"), Text("Exercice", "Fiscal year")),
        Query(
            _each(
                'echeance:late_files:allowed{period="fiscal-year"} - echeance:late_files:committed{period="fiscal-year"}'
            ),
            Text("Retards restants", "Late files left"),
            "short",
        ),
        Query(
            _each(
                'echeance:attainment:ratio{period="rolling-30", basis="decided"} '
                '- on (standard) echeance:attainment:ratio{period="rolling-90", basis="decided"}'
            ),
            Text("Tendance", "Trend"),
        ),
    ],
    width=24,
    height=12,
)

BOARD = Board(
    "standards",
    Text("Échéance — Engagements", "Échéance — Standards"),
    Text(
        "Tous les engagements à côté de leur cible, le pire d’abord.",
        "Every standard beside its target, worst first.",
    ),
    [
        _WORST_FIRST,
        Panel(
            "lines",
            Text("Atteinte sur 30 jours", "Attainment over 30 days"),
            Text(
                "Part des dossiers décidés dans le délai, dans les 30 jours qui précèdent chaque moment.",
                "Share of the files decided that were on time, in the 30 days before each moment.",
            ),
            "percentunit",
            [Query('echeance:attainment:ratio{period="rolling-30", basis="decided"}', _STANDARD)],
        ),
        Panel(
            "lines",
            Text(
                "Atteinte des dossiers échus, sur 30 jours", "Attainment of files due, over 30 days"
            ),
            Text(
                "La même part parmi les dossiers dont l’échéance est passée, décidés ou non : ce qui reste ouvert compte comme un retard.",
                "The same share among the files whose deadline has passed, decided or not: what is still open counts as late.",
            ),
            "percentunit",
            [Query('echeance:attainment:ratio{period="rolling-30", basis="due"}', _STANDARD)],
        ),
        Panel(
            "bars",
            Text("Dossiers ouverts par stade", "Open files by stage"),
            Text(
                "Tous engagements réunis. « waiting » : le client doit des documents ; « followed » : suivis, non mesurés.",
                "All standards together. “waiting”: the client owes documents; “followed”: not measured.",
            ),
            "short",
            [Query("sum by (stage) (echeance:open_files)", same("{{stage}}"))],
        ),
        Panel(
            "gauges",
            Text("Critiques et en retard", "Critical and overdue"),
            Text(
                "Dossiers ouverts au stade critique ou en retard, par engagement, le plus grand nombre d’abord.",
                "Open files that are critical or overdue, by standard, most first.",
            ),
            "short",
            [
                Query(
                    'sort_desc(sum by (standard) (echeance:open_files{stage=~"critical|overdue"}))',
                    _STANDARD,
                )
            ],
        ),
    ],
)
