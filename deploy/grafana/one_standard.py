"""One standard: its figures over time, its budget of late files, what is open."""

from __future__ import annotations

from deploy.grafana.panels import (
    AGES,
    REMAINING,
    STAGES,
    STANDARD_NAME,
    Board,
    Choice,
    Link,
    Panel,
    Query,
    Step,
    Word,
    named,
)
from services.compliance.attainment.measures import OPEN_STAGES
from services.compliance.board.words import STOP_WORDS
from shared.text import Text

_CHOSEN = 'standard="$standard"'
_PERIOD = f'{_CHOSEN}, period="$period"'
_YEAR = f'{_CHOSEN}, period="fiscal-year"'
_LEFT = f"echeance:late_files:budget{{{_YEAR}}} - on (standard, period) echeance:late_files:committed{{{_YEAR}}}"
_IDEAL = f"echeance:late_files:budget{{{_YEAR}}} * on (period) group_left () (1 - echeance:period_elapsed:ratio)"
_UNEXTENDED = f'max by (standard, period, basis) (echeance_attainment_unextended_ratio{{{_PERIOD}, basis="decided"}})'
_DECIDED = f'echeance:attainment:ratio{{{_PERIOD}, basis="decided"}}'
_TIERS = f"max by (standard, period, tier) (echeance_tier_attainment_ratio{{{_PERIOD}}})"
_DELAYS = "max by (standard, period, delay, share) (echeance_delay_percentile{%s, %s})"
_NET_QUANTILES = _DELAYS % (_PERIOD, 'delay="net"')
_P80 = _DELAYS % (f'{_CHOSEN}, period="rolling-30"', 'share="0.8"')
_MEAN = f'max by (standard, period, delay) (echeance_delay_mean{{{_PERIOD}, delay="net"}})'
_DELAY_MEASURES = {
    "net": Word(Text("net : ce que compte la limite", "net: what the limit counts"), "blue"),
    "gross": Word(Text("brut : sans les arrêts", "gross: had nothing stopped it"), "orange"),
}
_QUANTILES = {
    "0.5": Word(Text("50 % en", "50% within"), "green"),
    "0.8": Word(Text("80 % en", "80% within"), "blue"),
    "0.9": Word(Text("90 % en", "90% within"), "orange"),
}
_WITHOUT_STOPS = f"max by (standard, period) (echeance_attainment_without_stops_ratio{{{_PERIOD}}})"
_STOPPED = f"max by (standard, period) (echeance_stopped_files{{{_PERIOD}}})"
_ON_TIME_BY_STOPS = f"max by (standard, period) (echeance_on_time_by_stops_files{{{_PERIOD}}})"
_MEASURED = f'echeance:measured_files{{{_PERIOD}, basis="decided"}}'
_TO_VERIFY = (
    f"sum by (rule) (max by (standard, period, rule) (echeance_files_to_verify{{{_PERIOD}}}))"
)
_RULES = {
    rule: Word(STOP_WORDS[f"rule_{rule}"], color)
    for rule, color in (
        ("near_limit", "red"),
        ("overnight", "orange"),
        ("unanswered", "yellow"),
        ("decided_waiting", "green"),
        ("serial", "blue"),
        ("recorded_late", "purple"),
        ("reopened", "light-blue"),
        ("last_day", "gray"),
    )
}
_STOPS = Link(
    Text("Arrêts, dans Échéance", "Stops, in Échéance"),
    "${board}/stops?standard=${standard}&unit=&lang={language}",
)
_WAITING = f'echeance:open_files{{{_CHOSEN}, stage="waiting"}}'
_WAITING_OTHER = f'echeance:open_files{{{_CHOSEN}, stage="waiting_other"}}'
_WAITING_LONG = f"max by (standard) (echeance_open_files_waiting_long{{{_CHOSEN}}})"
_CHANGES = Link(
    Text("Ce qui a changé, dans Échéance", "What changed, in Échéance"),
    "${board}/changes?standard=${standard}&unit=&lang={language}",
)
_PICTURES = Link(
    Text("En images, dans Échéance", "In pictures, in Échéance"),
    "${board}/pictures?standard=${standard}&unit=&lang={language}",
)
_UNIT_FILES = Link(
    Text("Dossiers de l’unité dans Échéance", "The unit’s files in Échéance"),
    "${board}/worklist?standard=${standard}&unit={label:unit}&lang={language}",
)
_PRESSING = named(
    f'sum by (unit) (echeance:open_files_by_unit{{{_CHOSEN}, remaining=~"overdue|0|1-2"}})', "unit"
)
_MONTH = f'{_CHOSEN}, period="month"'
_OF_STANDARD = "max by (standard) (%s{%s})"
_REACH = {
    name: _OF_STANDARD % (f"echeance_reach_{name}", _MONTH)
    for name in ("open_files", "needed_files", "late_left_files", "latest_start_timestamp_seconds")
}
_REACH_PACE = f"max by (standard, bound) (echeance_reach_pace_files{{{_MONTH}}})"
_UNKNOWN = f"{_REACH['needed_files']} * NaN"
"""A value for what cannot be said: no number, and no panel without data."""
_RISKS = {
    "high": Word(Text("risque élevé", "high risk"), "red"),
    "medium": Word(Text("risque moyen", "medium risk"), "yellow"),
    "low": Word(Text("risque faible", "low risk"), "green"),
    "none": Word(Text("le risque n’est pas montré", "the risk is not shown"), "gray"),
}
_SCORES = {
    "forecast": Word(Text("la prévision", "the forecast"), "blue"),
    "last_month": Word(Text("le mois d’avant", "the month before"), "gray"),
    "so_far": Word(Text("le mois jusque-là", "the month so far"), "gray"),
    "base": Word(Text("la part des mois atteints", "the share of months reached"), "gray"),
    "none": Word(Text("pas encore essayée", "not tried yet"), "gray"),
}
_BOUNDS = {
    "low": Word(Text("À la cadence, au moins", "At the pace, at least"), "gray"),
    "high": Word(Text("À la cadence, au plus", "At the pace, at most"), "gray"),
}
_FORECAST = Link(
    Text("Prévision, dans Échéance", "Forecast, in Échéance"),
    "${board}/forecast?standard=${standard}&unit=&lang={language}",
)
_AGED = {
    f"{age} {stage}": Word(
        Text(
            f"{AGES[age].text.fr}, {STAGES[stage].text.fr}",
            f"{AGES[age].text.en}, {STAGES[stage].text.en}",
        ),
        STAGES[stage].color,
    )
    for age in AGES
    for stage in OPEN_STAGES
}
_SOME = Step(None, "green"), Step(1, "orange")
_PACE = Step(None, "green"), Step(1, "orange"), Step(1.2, "red")
"""From 1.2 on, for a while, the rule EcheanceLateBudgetPace tells."""

BOARD = Board(
    "standard",
    Text("Échéance — Un engagement", "Échéance — One standard"),
    Text(
        "Un engagement : son atteinte, ses retards permis et engagés, ses dossiers ouverts.",
        "One standard: its attainment, its late files allowed and committed, its open files.",
    ),
    [
        Panel(
            "lines",
            Text("Atteinte et cible", "Attainment and target"),
            Text(
                "Part dans le délai, des dossiers décidés (le chiffre publié) et des dossiers échus, à côté de la cible.",
                "Share on time, of the files decided (the published figure) and of the files due, beside the target.",
            ),
            "percentunit",
            [
                Query(
                    f'echeance:attainment:ratio{{{_PERIOD}, basis="decided"}}',
                    Text("Décidés", "Decided"),
                ),
                Query(f'echeance:attainment:ratio{{{_PERIOD}, basis="due"}}', Text("Échus", "Due")),
                Query(f"echeance:target:ratio{{{_CHOSEN}}}", Text("Cible", "Target")),
            ],
            bounds=(0, 1),
            links=(_CHANGES, _PICTURES),
        ),
        Panel(
            "bars",
            Text("Volume mesuré", "Volume measured"),
            Text(
                "Dossiers mesurés dans la période, sur chacune des deux bases : une part de peu de dossiers dit peu.",
                "Files measured in the period, on each basis: a share of few files says little.",
            ),
            "short",
            [
                Query(
                    f'echeance:measured_files{{{_PERIOD}, basis="decided"}}',
                    Text("Décidés", "Decided"),
                )
            ],
        ),
        Panel(
            "lines",
            Text("Retards restants de l’exercice", "Late files left this fiscal year"),
            Text(
                "Ce qui reste des retards permis d’ici la fin de l’exercice (au rythme des 90 derniers jours), à côté de la ligne idéale qui "
                "descend à zéro avec le temps. Sous la ligne : les retards vont trop vite.",
                "What is left of the late files allowed by the end of the fiscal year (at the pace of the last 90 days), beside the ideal line, "
                "which falls to zero with time. Below the line, late files come too fast.",
            ),
            "short",
            [
                Query(_LEFT, Text("Restants", "Left")),
                Query(_IDEAL, Text("Ligne idéale", "Ideal line")),
            ],
        ),
        Panel(
            "lines",
            Text("Retards permis et engagés", "Late files allowed and committed"),
            Text(
                "Dans la période choisie : retards permis pour les dossiers mesurés jusqu’ici, décidés en retard, et engagés (avec les "
                "dossiers ouverts déjà en retard).",
                "In the chosen period: late files allowed for the files measured so far, decided late, and committed (with open files "
                "already overdue).",
            ),
            "short",
            [
                Query(f"echeance:late_files:allowed{{{_PERIOD}}}", Text("Permis", "Allowed")),
                Query(f"echeance:late_files:used{{{_PERIOD}}}", Text("Décidés en retard", "Used")),
                Query(f"echeance:late_files:committed{{{_PERIOD}}}", Text("Engagés", "Committed")),
            ],
        ),
        Panel(
            "gauges",
            Text("Dossiers ouverts par jours restants", "Open files by remaining days"),
            Text(
                "Jours ouvrables, ou civils si le délai est en mois, qui restent aux dossiers ouverts ; ceux qui attendent le client n’ont pas d’échéance.",
                "Business days, or civil days for a limit in months, left to open files; those that wait for the client have no deadline.",
            ),
            "short",
            [
                Query(
                    f"sum by (remaining) (echeance:open_files_by_remaining{{{_CHOSEN}}})",
                    Text("{{remaining}}", "{{remaining}}"),
                )
            ],
            bounds=(0, None),
            words=REMAINING,
        ),
        Panel(
            "gauges",
            Text("Dossiers critiques par unité", "Pressing files by unit"),
            Text(
                "Par unité, les dossiers ouverts en retard ou qui ont au plus deux jours.",
                "By unit, the open files that are overdue or have two days at most.",
            ),
            "short",
            [Query(f"sort_desc({_PRESSING})", STANDARD_NAME)],
            scale=_SOME,
            bounds=(0, None),
            links=(_UNIT_FILES,),
        ),
        Panel(
            "bars",
            Text("Dossiers ouverts par unité", "Open files by unit"),
            Text(
                "Dossiers ouverts et mesurés de chaque unité, ceux qui attendent le client compris.",
                "Open measured files of each unit, those that wait for the client included.",
            ),
            "short",
            [
                Query(
                    named(f"sum by (unit) (echeance:open_files_by_unit{{{_CHOSEN}}})", "unit"),
                    STANDARD_NAME,
                )
            ],
            bounds=(0, None),
            links=(_UNIT_FILES,),
        ),
        Panel(
            "stat",
            Text("Âge du plus ancien", "Age of the oldest"),
            Text(
                "Temps civil depuis la réception du plus ancien dossier ouvert, en main ou en retard.",
                "Civil time since the oldest open file, in hand or overdue, was received.",
            ),
            "s",
            [
                Query(
                    f"time() - min(echeance_oldest_open_timestamp_seconds{{{_CHOSEN}}})",
                    Text("Âge", "Age"),
                )
            ],
            width=6,
        ),
        Panel(
            "stat",
            Text("Vitesse des retards", "Pace of late files"),
            Text(
                "À 1, les retards permis de l’exercice se consument aussi vite que le temps passe ; à 2, deux fois plus vite.",
                "At 1 the late files allowed this fiscal year are used as fast as time passes; at 2, twice as fast.",
            ),
            "short",
            [Query(f"echeance:late_budget:pace_ratio{{{_YEAR}}}", Text("Vitesse", "Pace"))],
            width=6,
            scale=_PACE,
        ),
        Panel(
            "lines",
            Text("Entrées et sorties", "In and out"),
            Text(
                "Cycles commencés (reçus ou rouverts) et terminés (décidés ou retirés) dans les 30 jours qui précèdent : ce qui entre de plus qu’il ne sort s’accumule.",
                "Cycles begun (received or reopened) and closed (decided or withdrawn) in the 30 days before: what comes in and does not go out piles up.",
            ),
            "short",
            [
                Query(
                    f'echeance:received_files{{{_CHOSEN}, period="rolling-30"}}',
                    Text("Entrées", "In"),
                ),
                Query(
                    f'echeance:closed_files{{{_CHOSEN}, period="rolling-30"}}',
                    Text("Sorties", "Out"),
                ),
            ],
        ),
        Panel(
            "lines",
            Text("Délais de la période choisie", "Delays in the chosen period"),
            Text(
                "En combien de temps la moitié, 80 % et 90 % des dossiers décidés dans la période choisie l’ont été, et leur moyenne, dans "
                "l’unité de la limite (jours, ou secondes), sans ce que les arrêts ont retiré.",
                "Within how long half, 80% and 90% of the files decided in the chosen period were, and their mean, in the unit of the limit "
                "(days, or seconds), without what stops removed.",
            ),
            "short",
            [
                Query(_NET_QUANTILES, Text("{{share}}", "{{share}}")),
                Query(_MEAN, Text("Moyenne", "Mean")),
            ],
            bounds=(0, None),
            words=_QUANTILES,
        ),
        Panel(
            "lines",
            Text("80 % en, net et brut, sur 30 jours", "80% within, net and gross, over 30 days"),
            Text(
                "Le délai que 80 % des dossiers décidés dans les 30 jours qui précèdent n’ont pas dépassé, avec et sans ce que les arrêts ont retiré : "
                "plus les deux s’écartent, plus l’atteinte repose sur les arrêts.",
                "The delay that 80% of the files decided in the 30 days before did not exceed, with and without what stops removed: the further "
                "apart, the more attainment rests on stops.",
            ),
            "short",
            [Query(_P80, Text("{{delay}}", "{{delay}}"))],
            bounds=(0, None),
            words=_DELAY_MEASURES,
        ),
        Panel(
            "lines",
            Text("Ce qui repose sur les arrêts", "What rests on stops"),
            Text(
                "Part des dossiers décidés dans le délai, part de ceux qui l’auraient été si rien n’avait arrêté leur délai, part de ceux qui ne le "
                "sont que par leurs arrêts, et part des dossiers mesurés qu’une demande a arrêtés.",
                "Share of the files decided on time, of those that would have been had nothing stopped their delay, of those that are by their stops "
                "alone, and of the files measured that a request stopped.",
            ),
            "percentunit",
            [
                Query(_DECIDED, Text("Atteinte", "Attainment")),
                Query(_WITHOUT_STOPS, Text("Sans les arrêts", "Without stops")),
                Query(
                    f"{_ON_TIME_BY_STOPS} / on (standard, period) ({_MEASURED} > 0)",
                    Text("À temps par les arrêts", "On time by stops"),
                ),
                Query(
                    f"{_STOPPED} / on (standard, period) ({_MEASURED} > 0)",
                    Text("Dossiers arrêtés", "Files stopped"),
                ),
            ],
            bounds=(0, 1),
            links=(_STOPS,),
        ),
        Panel(
            "gauges",
            Text("Arrêts à vérifier", "Stops to verify"),
            Text(
                "Dossiers que chaque règle désigne dans la période choisie : à vérifier, et rien de plus. La page dit à combien s’attendre.",
                "Files that each rule singles out in the chosen period: to verify, and no more than that. The page says how many to expect.",
            ),
            "short",
            [Query(_TO_VERIFY, Text("{{rule}}", "{{rule}}"))],
            bounds=(0, None),
            words=_RULES,
            links=(_STOPS,),
        ),
        Panel(
            "bars",
            Text("Âge de ce qui est en main", "Age of what is in hand"),
            Text(
                "Dossiers ouverts et mesurés qui n’attendent rien, par jours depuis la réception (ouvrables, ou civils si le délai est en mois) : "
                "une masse qui vieillit passe du vert au rouge.",
                "Open measured files that wait for nothing, by days since the reception (business days, or civil days for a limit in months): "
                "what grows old turns from green to red.",
            ),
            "short",
            [
                Query(
                    f"sum by (age) (echeance:open_files_by_age{{{_CHOSEN}}})",
                    Text("{{age}}", "{{age}}"),
                )
            ],
            bounds=(0, None),
            words=AGES,
            links=(_PICTURES,),
        ),
        Panel(
            "gauges",
            Text("Âge de ce qui est en main, par étape", "Age of what is in hand, by stage"),
            Text(
                "Les mêmes dossiers maintenant, par âge et par étape, du plus jeune au plus vieux : ce qui est vieux et dans les temps a attendu une réponse.",
                "The same files now, by age and stage, from young to old: what is old and on track has waited for an answer.",
            ),
            "short",
            [
                Query(
                    f'label_join(sum by (age, stage) (echeance:open_files_by_age{{{_CHOSEN}}}) > 0, "band", " ", "age", "stage")',
                    Text("{{band}}", "{{band}}"),
                )
            ],
            bounds=(0, None),
            words=_AGED,
            links=(_PICTURES,),
        ),
        Panel(
            "lines",
            Text(
                "Ce qu’il faut encore décider ce mois-ci", "What must still be decided this month"
            ),
            Text(
                "Dossiers ouverts échus d’ici la fin du mois, combien il faut en décider dans le délai pour atteindre la cible, combien peuvent encore être en "
                "retard (négatif : la cible demande d’autres dossiers), et ce que donne la cadence des 20 derniers jours ouvrables, 8 fois sur 10.",
                "Open files due by the end of the month, how many must be decided in time to reach the target, how many more may be late (negative: the "
                "target needs other files), and what the pace of the last 20 business days brings, 8 times in 10.",
            ),
            "short",
            [
                Query(
                    _REACH["open_files"], Text("Ouverts, échus ce mois-ci", "Open, due this month")
                ),
                Query(_REACH["needed_files"], Text("À décider dans le délai", "To decide in time")),
                Query(
                    _REACH["late_left_files"], Text("Retards encore permis", "Late still allowed")
                ),
                Query(_REACH_PACE, Text("{{bound}}", "{{bound}}")),
            ],
            words=_BOUNDS,
            links=(_FORECAST,),
        ),
        Panel(
            "stat",
            Text("Dernier départ", "Latest start"),
            Text(
                "Temps jusqu’au jour à la fin duquel le premier dossier doit être décidé, sur l’échéancier le plus tardif de ce mois ; négatif : c’est aujourd’hui. "
                "Sans valeur, où rien ne doit l’être.",
                "Time to the day by whose end the first file must be decided, on the latest schedule of this month; negative: it is today. Without a value "
                "where none must.",
            ),
            "s",
            [
                Query(
                    f"{_REACH['latest_start_timestamp_seconds']} - time() or on (standard) {_UNKNOWN}",
                    Text("D’ici là", "Until then"),
                )
            ],
            width=6,
            links=(_FORECAST,),
        ),
        Panel(
            "stat",
            Text("Chance d’atteindre la cible ce mois-ci", "Chance to reach the target this month"),
            Text(
                "En dixièmes, et seulement où la prévision, essayée sur le passé de l’engagement, fait mieux que des règles simples ; ailleurs sans valeur.",
                "In tenths, and only where the forecast, tried on the standard’s past, does better than simple rules; elsewhere without a value.",
            ),
            "percentunit",
            [
                Query(
                    f"{_OF_STANDARD % ('echeance_target_chance_ratio', _CHOSEN)} or on (standard) {_UNKNOWN}",
                    Text("Chance", "Chance"),
                )
            ],
            width=6,
            bounds=(0, 1),
            links=(_FORECAST,),
        ),
        Panel(
            "bars",
            Text("Dossiers par risque de retard", "Files by risk of being late"),
            Text(
                "Dossiers en main et dans le délai, par risque ; il n’est pas montré où, ces 60 derniers jours, il n’a pas fait mieux que la part habituelle de retards.",
                "Files in hand and in time, by risk; it is not shown where, over the last 60 days, it did no better than the usual share of late files.",
            ),
            "short",
            [
                Query(
                    f"sum by (risk) (max by (standard, risk) (echeance_open_files_by_risk{{{_CHOSEN}}})) "
                    f'or on () label_replace({_UNKNOWN}, "risk", "none", "", "")',
                    Text("{{risk}}", "{{risk}}"),
                )
            ],
            bounds=(0, None),
            words=_RISKS,
            links=(_FORECAST,),
        ),
        Panel(
            "gauges",
            Text("Ce que vaut la prévision", "What the forecast is worth"),
            Text(
                "Score de Brier de la prévision et des règles simples, sur les essais du passé : le plus petit est le meilleur. Elle n’est montrée que si elle fait mieux que toutes.",
                "Brier score of the forecast and of the simple rules, over the trials on the past: the smallest is the best. It is shown only if it does better than all.",
            ),
            "short",
            [
                Query(
                    f"max by (of) (echeance_forecast_brier_score{{{_CHOSEN}}}) "
                    f'or on () label_replace({_UNKNOWN}, "of", "none", "", "")',
                    Text("{{of}}", "{{of}}"),
                )
            ],
            bounds=(0, None),
            words=_SCORES,
            links=(_FORECAST,),
        ),
        Panel(
            "lines",
            Text("Ce qui attend", "What waits"),
            Text(
                "Dossiers qui attendent le client, ou quelqu’un d’autre ; parmi eux, ceux qui attendent plus longtemps que le rappel de "
                "l’engagement (aucun, s’il n’en a pas).",
                "Files that wait for the client, or for others; among them, those that wait for longer than the standard’s reminder "
                "(none, where it has none).",
            ),
            "short",
            [
                Query(_WAITING, Text("Le client", "The client")),
                Query(f"{_WAITING_OTHER} or 0 * {_WAITING}", Text("D’autres", "Others")),
                Query(
                    f"{_WAITING_LONG} or on (standard) 0 * {_WAITING}",
                    Text("Longtemps", "For long"),
                ),
            ],
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Avec et sans prolongations", "With and without extensions"),
            Text(
                "Part des dossiers décidés dans le délai, et part de ceux qui l’auraient été sans prolongation ; les deux sont égales où rien ne se prolonge.",
                "Share of the files decided on time, and of those that would have been without any extension; both are equal where nothing is extended.",
            ),
            "percentunit",
            [
                Query(_DECIDED, Text("Avec", "With")),
                Query(
                    f"{_UNEXTENDED} or on (standard, period, basis) {_DECIDED}",
                    Text("Sans", "Without"),
                ),
            ],
            bounds=(0, 1),
        ),
        Panel(
            "lines",
            Text("Atteinte de chaque cible", "Attainment of each target"),
            Text(
                "Part des dossiers décidés dans chacune des limites ; la première est celle de l’engagement, et la seule où il n’a qu’une cible.",
                "Share of the files decided within each limit; the first is the standard’s own, and the only one where it has one target.",
            ),
            "percentunit",
            [
                Query(
                    f'label_replace({_DECIDED}, "tier", "1", "", "") or {_TIERS}',
                    Text("Cible {{tier}}", "Target {{tier}}"),
                ),
                Query(
                    f'label_replace(echeance:target:ratio{{{_CHOSEN}}}, "tier", "1", "", "") or max by (standard, tier) (echeance_tier_target_ratio{{{_CHOSEN}}})',
                    Text("Promis, cible {{tier}}", "Promised, target {{tier}}"),
                ),
            ],
            bounds=(0, 1),
        ),
    ],
    [
        Choice("standard", Text("Engagement", "Standard"), named_by="echeance_standard_info"),
        Choice(
            "period",
            Text("Période", "Period"),
            listed={
                "fiscal-year": Text("Cet exercice", "This fiscal year"),
                "quarter": Text("Ce trimestre", "This quarter"),
                "month": Text("Ce mois-ci", "This month"),
                "rolling-30": Text("30 derniers jours", "Last 30 days"),
                "rolling-90": Text("90 derniers jours", "Last 90 days"),
            },
        ),
    ],
    page="/attainment?standard=${standard}",
)
