"""What small numbers can and cannot say of a commitment, its units around the target, and who is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.board import attainment_figures, variation_charts
from services.compliance.board.addresses import AttainmentSelection, Chosen
from services.compliance.board.csv import spreadsheet, variation
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import PERIOD_CHOICE
from services.compliance.periods import Period
from services.compliance.projection import MeasuredBasis
from services.compliance.variation import AgeOrderReading, read_chart, read_funnel
from services.compliance.variation.attainment_chart import AttainmentChart
from services.compliance.variation.control_chart import FEWEST_POINTS, Assurance, Usual
from services.compliance.variation.funnel import Funnel, FunnelUnit
from shared.domain import Terms
from shared.http import Principal, Reader
from shared.text import Text

SheetPart = Annotated[Literal["chart", "units", "order", "passed"], Query()]


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[str, Query(max_length=40)] = "fiscal-year",
    basis: Annotated[MeasuredBasis, Query()] = "decided",
) -> AttainmentSelection:
    return AttainmentSelection(standard, unit, period, basis)


VariationQuery = Annotated[AttainmentSelection, Depends(_selection)]


class VariationContent(NamedTuple):
    """What the page shows; ``units`` in the order of their names, ``reading`` None until files were read."""

    selection: AttainmentSelection
    period: Period
    terms: Terms
    chart: AttainmentChart
    funnel: Funnel
    funnel_terms: Terms
    units: list[FunnelUnit]
    reading: AgeOrderReading | None

    @property
    def usual(self) -> Usual | None:
        return self.chart.last.usual() if self.chart.last else None

    @property
    def assurance(self) -> Assurance | None:
        return self.chart.last.assurance(float(self.terms.target)) if self.chart.last else None


def router(board: Board) -> APIRouter:
    """The page and its spreadsheets."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/variation")
    async def page(request: Request, reader: Reader, selection: VariationQuery) -> Response:
        """Of the first standard of the catalogue, where none is chosen."""
        translator = board.translator(request, WORDS)
        content = await _content(board, selection, reader, translator)
        return board.page(
            request,
            "variation.html",
            WORDS,
            selection=content.selection,
            content=content,
            fewest=FEWEST_POINTS,
            control=variation_charts.control(content.chart, content.terms.target),
            around=variation_charts.around(content.units, content.funnel),
            options=filter_options(board, reader),
            periods=attainment_figures.period_options(
                board.today(), board.catalogue.fiscal_year_start
            ),
        )

    @routes.get("/variation.csv")
    async def for_spreadsheets(
        request: Request, reader: Reader, selection: VariationQuery, part: SheetPart = "chart"
    ) -> Response:
        translator = board.translator(request, WORDS)
        content = await _content(board, selection, reader, translator)
        chosen = content.selection
        name = [
            translator(f"{part}_name").lower(),
            chosen.standard,
            chosen.unit,
            content.period.name if part == "units" else "",
            board.today().isoformat(),
        ]
        return PlainTextResponse(
            _sheet(part, content, board, translator),
            headers=spreadsheet.download_headers(name, "csv", translator.spoken),
            media_type=spreadsheet.MEDIA_TYPE,
        )

    return routes


def _sheet(part: SheetPart, content: VariationContent, board: Board, translator: Translator) -> str:
    match part:
        case "chart":
            return variation.chart_sheet(content.chart, board, translator)
        case "units":
            return variation.unit_sheet(content.units, board, translator)
        case "order":
            return variation.order_sheet(content.reading, board, translator)
        case "passed":
            return variation.passed_sheet(content.reading, board, translator)


async def _content(
    board: Board, selection: AttainmentSelection, reader: Principal, translator: Translator
) -> VariationContent:
    parameters, today, database = board.parameters, board.today(), board.store.database
    chosen = selection._replace(standard=selection.standard or min(board.catalogue.standards))
    unit = chosen.unit or None
    scope = parameters.scope(reader, chosen.standard, unit, None)
    every = parameters.scope(reader, chosen.standard, None, None)
    standard = board.catalogue.standards[chosen.standard]
    period = parameters.period(chosen.period)
    around = await read_funnel(database, standard, every, period, today, chosen.basis)
    units = parameters.units(reader, chosen.standard, unit)
    return VariationContent(
        chosen,
        period,
        standard.nearest_terms(today),
        await read_chart(database, standard, scope, today, chosen.basis),
        around,
        standard.nearest_terms(period.last),
        sorted(around.units, key=lambda one: board.unit_name(one.unit, translator)),
        await board.age_order.order(chosen.standard, units) if board.age_order else None,
    )


WORDS: Final[Mapping[str, Text]] = {
    **PERIOD_CHOICE,
    "title": Text("Variation", "Variation"),
    "lead": Text(
        "Ce que de petits nombres permettent de dire, et ce qui n’est que le hasard.",
        "What small numbers can say, and what is only chance.",
    ),
    "filters": Text("Choisir l’engagement", "Choose the standard"),
    "funnel_period": Text("Période (unités)", "Period (units)"),
    "late_of": Text("{late} en retard sur {measured}", "{late} late of {measured}"),
    "last_point": Text(
        "{name}\u00a0: {late} en retard sur {measured}.", "{name}: {late} late of {measured}."
    ),
    "running_point": Text(
        "{name}, en cours\u00a0: {late} en retard sur {measured}.",
        "{name}, not over yet: {late} late of {measured}.",
    ),
    "said": Text("{usual}\u00a0; {level}.", "{usual}; {level}."),
    "usual_usual": Text("Rien d’inhabituel", "Nothing unusual"),
    "usual_better": Text("Mieux que d’habitude", "Better than usual"),
    "usual_worse": Text("Moins bien que d’habitude", "Worse than usual"),
    "level_reaches_month": Text(
        "à ce niveau, la cible sera atteinte tous les mois",
        "at this level the target will be met every month",
    ),
    "level_some_month": Text(
        "à ce niveau, la cible sera atteinte certains mois et manquée d’autres",
        "at this level the target will be met some months and missed others",
    ),
    "level_misses_month": Text(
        "à ce niveau, la cible sera manquée tous les mois, si rien ne change",
        "at this level the target will be missed every month, unless something changes",
    ),
    "level_reaches_quarter": Text(
        "à ce niveau, la cible sera atteinte tous les trimestres",
        "at this level the target will be met every quarter",
    ),
    "level_some_quarter": Text(
        "à ce niveau, la cible sera atteinte certains trimestres et manquée d’autres",
        "at this level the target will be met some quarters and missed others",
    ),
    "level_misses_quarter": Text(
        "à ce niveau, la cible sera manquée tous les trimestres, si rien ne change",
        "at this level the target will be missed every quarter, unless something changes",
    ),
    "too_few_month": Text(
        "Trop peu de mois pour dire ce qui est habituel\u00a0: {n} aux mêmes conditions, il en faut {fewest}.",
        "Too few months to say what is usual: {n} under the same terms, {fewest} are needed.",
    ),
    "too_few_quarter": Text(
        "Trop peu de trimestres pour dire ce qui est habituel\u00a0: {n} aux mêmes conditions, il en faut {fewest}.",
        "Too few quarters to say what is usual: {n} under the same terms, {fewest} are needed.",
    ),
    "no_points": Text(
        "Rien n’a encore été mesuré sur une période terminée.",
        "Nothing was measured yet in a period that is over.",
    ),
    "because": Text("Signal\u00a0: {signals}.", "Signal: {signals}."),
    "beyond_better": Text("au-dessus des limites", "above the limits"),
    "beyond_worse": Text("sous les limites", "below the limits"),
    "shift_better": Text(
        "sept de suite ou plus au-dessus de la moyenne", "seven or more in a row above the mean"
    ),
    "shift_worse": Text(
        "sept de suite ou plus sous la moyenne", "seven or more in a row below the mean"
    ),
    "trend_better": Text("six de suite ou plus qui montent", "six or more in a row that rise"),
    "trend_worse": Text("six de suite ou plus qui baissent", "six or more in a row that fall"),
    "near_better": Text(
        "deux sur trois près de la limite haute", "two of three near the upper limit"
    ),
    "near_worse": Text(
        "deux sur trois près de la limite basse", "two of three near the lower limit"
    ),
    "short_beyond_better": Text("au-dessus", "above"),
    "short_beyond_worse": Text("en dessous", "below"),
    "short_shift_better": Text("7 en haut", "7 above"),
    "short_shift_worse": Text("7 en bas", "7 below"),
    "short_trend_better": Text("6 qui montent", "6 rising"),
    "short_trend_worse": Text("6 qui baissent", "6 falling"),
    "short_near_better": Text("2 sur 3 en haut", "2 of 3 high"),
    "short_near_worse": Text("2 sur 3 en bas", "2 of 3 low"),
    "rules": Text(
        "Signaux\u00a0: un point hors des limites\u00a0; sept de suite d’un côté de la moyenne\u00a0; six de suite qui montent ou qui baissent\u00a0; deux sur trois dans le tiers extérieur, près d’une même limite.",
        "Signals: a point beyond the limits; seven in a row on one side of the mean; six in a row that rise or fall; two of three in the outer third, near the same limit.",
    ),
    "chart_title": Text("Ce qui est habituel", "What is usual"),
    "chart_hint_month": Text(
        "Par mois, de 0 à 100\u00a0%. Entre les limites, un mois diffère d’un autre sans que rien n’ait changé.",
        "By month, from 0 to 100%. Between the limits one month differs from another though nothing has changed.",
    ),
    "chart_hint_quarter": Text(
        "Par trimestre, de 0 à 100\u00a0%, parce qu’il y en a moins de vingt par mois. Entre les limites, un trimestre diffère d’un autre sans que rien n’ait changé.",
        "By quarter, from 0 to 100%, since there are fewer than twenty a month. Between the limits one quarter differs from another though nothing has changed.",
    ),
    "rebased": Text(
        "À chaque changement de conditions, la moyenne et les limites recommencent.",
        "The mean and the limits begin again at each change of terms.",
    ),
    "chart_drawn": Text(
        "Points de l’atteinte, leur moyenne et leurs limites\u00a0; le tableau voisin dit la même chose.",
        "Points of the attainment, their mean and their limits; the table beside it says the same.",
    ),
    "key_usual": Text("habituel", "usual"),
    "key_better": Text("signal, mieux", "signal, better"),
    "key_worse": Text("signal, moins bien", "signal, worse"),
    "key_mean": Text("moyenne", "mean"),
    "key_limits": Text("entre les limites", "between the limits"),
    "quarter_heading": Text("Trimestre", "Quarter"),
    "late": Text("En retard", "Late"),
    "usual_range": Text("Habituel", "Usual"),
    "range": Text("{lower} à {upper}", "{lower} to {upper}"),
    "signal": Text("Signal", "Signal"),
    "funnel_title": Text("Les unités autour de la cible", "The units around the target"),
    "funnel_hint": Text(
        "Les unités se comparent à la cible, compte tenu de leurs nombres\u00a0; elles ne se classent pas. Moins il y en a, plus le hasard écarte.",
        "Units are compared with the target, given their numbers; they are not ranked. The fewer there are, the further chance takes them.",
    ),
    "widened": Text(
        "Les unités varient plus que le hasard seul\u00a0: les limites sont {times} fois plus larges.",
        "The units vary more than by chance alone: the limits are {times} times as wide.",
    ),
    "funnel_drawn": Text(
        "Un point par unité, selon son nombre et son atteinte, entre les limites de 95\u00a0% et de 99,8\u00a0% autour de la cible.",
        "A point for each unit, by its number and its attainment, between the limits of 95% and 99.8% around the target.",
    ),
    "funnel_axis": Text(
        "De gauche à droite\u00a0: combien ont été mesurés.",
        "From left to right: how many were measured.",
    ),
    "place": Text("Autour de la cible", "Around the target"),
    "place_within": Text("ce que le hasard donne", "what chance gives"),
    "place_above": Text("au-dessus", "above"),
    "place_far_above": Text("bien au-dessus", "far above"),
    "place_below": Text("en dessous", "below"),
    "place_far_below": Text("bien en dessous", "far below"),
    "place_hint": Text(
        "En dessous ou au-dessus\u00a0: au-delà de 95\u00a0%\u00a0; bien\u00a0: au-delà de 99,8\u00a0%. Sur quarante unités à la cible, moins de deux en moyenne sont au-delà de la première limite par hasard.",
        "Below or above: beyond 95%; far: beyond 99.8%. Of forty units at the target, fewer than two on average are beyond the first limit by chance.",
    ),
    "no_units": Text(
        "Rien n’a été mesuré dans cette période.", "Nothing was measured in this period."
    ),
    "order_title": Text("L’ordre d’âge", "Age order"),
    "order_hint": Text(
        "À chaque décision, la part de ce qui est en main et n’est pas plus ancien\u00a0: 1 si le premier arrivé est décidé d’abord, 0,5 si c’est au hasard. Chaque unité est une file à part\u00a0; ce qui attend une réponse n’est pas en main.",
        "At each decision, the share of what is in hand that is not older: 1 where the first to come is decided first, 0.5 where it is a lottery. Each unit is a queue of its own; what waits for an answer is not in hand.",
    ),
    "order_read": Text("Lu le {moment}.", "Read on {moment}."),
    "order_estimated": Text(
        "Compté sur un dossier sur {n}, qui vaut pour autant\u00a0: ils sont très nombreux.",
        "Counted on one file in {n}, which stands for as many: there are very many.",
    ),
    "not_read": Text(
        "L’ordre d’âge n’a pas encore été lu\u00a0: il l’est en arrière-plan, une fois par jour et après des changements.",
        "The age order was not read yet: it is in the background, once a day and after changes.",
    ),
    "no_order": Text(
        "Aucune décision n’en avait d’autres à côté d’elle depuis un an.",
        "No decision had others beside it in a year.",
    ),
    "decisions": Text("Décisions", "Decisions"),
    "order": Text("Ordre d’âge", "Age order"),
    "passed_title": Text("Les plus dépassés", "Most passed over"),
    "passed_hint": Text(
        "En main maintenant\u00a0; reçus avant d’autres qui ont été décidés depuis, dans les 90 derniers jours.",
        "In hand now; received before others that were decided meanwhile, in the last 90 days.",
    ),
    "passed": Text("Décidés avant", "Decided before it"),
    "none_passed": Text("Aucun n’a été dépassé.", "None was passed over."),
    "chart_name": Text("Variation", "Variation"),
    "units_name": Text("Unités", "Units"),
    "order_name": Text("Ordre", "Order"),
    "csv_chart": Text("Périodes en CSV", "Periods as CSV"),
    "csv_units": Text("Unités en CSV", "Units as CSV"),
    "passed_name": Text("Dépassés par d’autres", "Passed over"),
    "csv_passed": Text("Les plus dépassés en CSV", "Most passed over as CSV"),
    "csv_order": Text("Ordre d’âge en CSV", "Age order as CSV"),
}
