"""All standards side by side, worst first."""

from __future__ import annotations

from deploy.grafana.panels import STAGES, STANDARD_NAME, Board, Link, Panel, Query, Step, named
from shared.text import Text

_YEAR = 'period="fiscal-year", basis="decided"'
_MISSED_BELOW_ZERO = Step(None, "red"), Step(0, "green")
_FALLING_BELOW_ZERO = Step(None, "orange"), Step(0, "green")
_SOME = Step(None, "green"), Step(1, "orange")
_OUT_OF_REACH = Step(None, "green"), Step(1, "red")
_SHARE = (0.0, 1.0)
_DIFFERENCE = (-1.0, 1.0)
_OVER_TIME = Link(
    Text("Cet engagement dans le temps", "This standard over time"),
    "/d/echeance-standard-{language}?var-standard={label:standard}",
)
_ATTAINMENT = Link(
    Text("Atteinte dans Échéance", "Attainment in Échéance"),
    "${board}/attainment?standard={label:standard}&unit=&lang={language}",
)
_WORKLIST = Link(
    Text("Dossiers dans Échéance", "Files in Échéance"),
    "${board}/worklist?standard={label:standard}&unit=&lang={language}",
)


def _each(expression: str) -> str:
    """A value for each standard, with no label beside it but its names: the rows of a table."""
    return named(f"max by (standard) ({expression})", "standard")


def _attainment(basis: str, title: Text, description: Text) -> Panel:
    """The share on time of each standard over time, on one basis."""
    ratio = f'echeance:attainment:ratio{{period="rolling-30", basis="{basis}"}}'
    return Panel(
        "lines",
        title,
        description,
        "percentunit",
        [Query(named(ratio, "standard"), STANDARD_NAME)],
        bounds=_SHARE,
        links=(_OVER_TIME, _ATTAINMENT),
    )


_PRESSING = named('sum by (standard) (echeance:open_files{stage=~"critical|overdue"})', "standard")
_WORST_FIRST = Panel(
    "table",
    Text("Engagements, le pire d’abord", "Standards, worst first"),
    Text(
        "Part des dossiers décidés dans le délai, à côté de la cible. L’écart est celui de l’exercice. Retards restants : permis moins engagés "
        "(décidés en retard, et ouverts déjà en retard). Depuis le mois d’avant : ce mois moins le mois d’avant jusqu’au même jour ouvrable. Hors d’atteinte : 1 où la cible des dossiers échus ce mois-ci est manquée quoi qu’on décide. Tendance : 30 derniers jours moins 90 derniers jours.",
        "Share of the files decided that were on time, beside the target. The margin is that of the fiscal year. Late files left: allowed less "
        "committed (decided late, and open and already overdue). Since the month before: this month less the one before up to the same business day. Out of reach: 1 where the target of the files due this month is missed whatever is decided. Trend: last 30 days less last 90 days.",
    ),
    "percentunit",
    [
        Query(
            _each(f"echeance:attainment:margin{{{_YEAR}}}"),
            Text("Écart", "Margin"),
            scale=_MISSED_BELOW_ZERO,
            bounds=_DIFFERENCE,
        ),
        Query(_each("echeance:target:ratio"), Text("Cible", "Target"), bounds=_SHARE),
        Query(
            _each('echeance:attainment:ratio{period="month", basis="decided"}'),
            Text("Ce mois", "This month"),
            bounds=_SHARE,
        ),
        Query(
            _each(
                'echeance:attainment:ratio{period="month", basis="decided"} '
                '- on (standard) max by (standard) (echeance_attainment_before_ratio{period="month"})'
            ),
            Text("Depuis le mois d’avant", "Since the month before"),
            scale=_FALLING_BELOW_ZERO,
            bounds=_DIFFERENCE,
        ),
        Query(
            _each(f"echeance:attainment:ratio{{{_YEAR}}}"),
            Text("Exercice", "Fiscal year"),
            bounds=_SHARE,
        ),
        Query(
            _each(
                'echeance:late_files:allowed{period="fiscal-year"} - echeance:late_files:committed{period="fiscal-year"}'
            ),
            Text("Retards restants", "Late files left"),
            "short",
            scale=_MISSED_BELOW_ZERO,
        ),
        Query(
            _each('echeance_reach_needed_files{period="month"}'),
            Text("À décider à temps ce mois-ci", "To decide in time this month"),
            "short",
        ),
        Query(
            _each('echeance_reach_impossible{period="month"}'),
            Text("Hors d’atteinte ce mois-ci", "Out of reach this month"),
            "short",
            scale=_OUT_OF_REACH,
        ),
        Query(
            _each(
                'echeance:attainment:ratio{period="rolling-30", basis="decided"} '
                '- on (standard) echeance:attainment:ratio{period="rolling-90", basis="decided"}'
            ),
            Text("Tendance", "Trend"),
            scale=_FALLING_BELOW_ZERO,
            bounds=_DIFFERENCE,
        ),
    ],
    width=24,
    height=12,
    links=(_OVER_TIME, _ATTAINMENT),
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
        _attainment(
            "decided",
            Text("Atteinte sur 30 jours", "Attainment over 30 days"),
            Text(
                "Part des dossiers décidés dans le délai, dans les 30 jours qui précèdent chaque moment.",
                "Share of the files decided that were on time, in the 30 days before each moment.",
            ),
        ),
        _attainment(
            "due",
            Text(
                "Atteinte des dossiers échus, sur 30 jours", "Attainment of files due, over 30 days"
            ),
            Text(
                "La même part parmi les dossiers dont l’échéance est passée, décidés ou non : ce qui reste ouvert compte comme un retard.",
                "The same share among the files whose deadline has passed, decided or not: what is still open counts as late.",
            ),
        ),
        Panel(
            "bars",
            Text("Dossiers ouverts par stade", "Open files by stage"),
            Text(
                "Tous engagements réunis ; ceux qui attendent le client n’ont pas d’échéance, ceux qui sont suivis ne sont pas mesurés.",
                "All standards together; those that wait for the client have no deadline, those that are followed are not measured.",
            ),
            "short",
            [Query("sum by (stage) (echeance:open_files)", Text("{{stage}}", "{{stage}}"))],
            bounds=(0, None),
            words=STAGES,
        ),
        Panel(
            "gauges",
            Text("Critiques et en retard", "Critical and overdue"),
            Text(
                "Dossiers ouverts au stade critique ou en retard, par engagement, le plus grand nombre d’abord.",
                "Open files that are critical or overdue, by standard, most first.",
            ),
            "short",
            [Query(f"sort_desc({_PRESSING})", STANDARD_NAME)],
            scale=_SOME,
            bounds=(0, None),
            links=(_WORKLIST, _OVER_TIME),
        ),
    ],
)
