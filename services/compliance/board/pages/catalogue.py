"""The catalogue and its calendars, with the law of each day off; public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board import months as month_grid
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import DAYS
from shared.domain import Catalogue, Terms
from shared.domain.calendars import WEEKDAYS
from shared.http import ProblemError
from shared.text import Text, formats

OfYear = Annotated[int | None, Query(alias="year")]


class ParticularDay(NamedTuple):
    """A day that is neither off nor like the others of its weekday, with the hours that close early or open as well."""

    day: date
    kind: Literal["closes", "works", "opens"]
    name: Text
    law: Text | None = None
    hours: Sequence[str] = ()


def router(board: Board) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/catalogue")
    async def catalogue(request: Request) -> Response:
        standards, today = board.catalogue.standards, board.today()
        terms = {name: _newest_first(standard.terms) for name, standard in standards.items()}
        return board.page(
            request, "catalogue.html", WORDS, catalogue=board.catalogue, terms=terms, today=today
        )

    @routes.get("/calendars/{identifier}")
    async def calendar(request: Request, identifier: str, year: OfYear = None) -> Response:
        data = board.catalogue.calendars.get(identifier)
        if data is None:
            raise ProblemError(404, "unknown_calendar", UNKNOWN_CALENDAR)
        if year is None:
            year = board.today().year
        if not data.coverage.first_year <= year <= data.coverage.last_year:
            years = {"first": data.coverage.first_year, "last": data.coverage.last_year}
            raise ProblemError(404, "no_such_year", NO_SUCH_YEAR, values=years)
        translator = board.translator(request, CALENDAR)
        built = board.catalogue.calendar(identifier)
        first_weekday = formats.week(translator.spoken)[0].number
        months = month_grid.of_year(built, year, board.today(), first_weekday)
        return board.page(
            request,
            "holidays.html",
            CALENDAR,
            identifier=identifier,
            data=data,
            year=year,
            months=months,
            days_off=[off for month in months for off in month.days_off],
            particular_days=_particular_days(board.catalogue, identifier, year),
            weekdays=WEEKDAYS,
        )

    return routes


def _particular_days(catalogue: Catalogue, identifier: str, year: int) -> Sequence[ParticularDay]:
    """Those of a year, in order."""
    calendar = catalogue.calendar(identifier)
    found = [
        *(
            ParticularDay(day, "closes", half.name, half.law, [f"{half.closes:%H:%M}"])
            for day, half in calendar.half_days.items()
        ),
        *(
            ParticularDay(day, "works", *working)
            for day, working in calendar.extra_working_days.items()
        ),
        *(
            ParticularDay(day, "opens", catalogue.word(one.opening_hours), hours=one.hours)
            for one in catalogue.calendars[identifier].extra_opening
            for day in one.days
        ),
    ]
    return sorted((one for one in found if one.day.year == year), key=lambda one: one.day)


def _newest_first(terms: Sequence[Terms]) -> Sequence[Terms]:
    return sorted(terms, key=lambda one: one.effective_from or date.min, reverse=True)


UNKNOWN_CALENDAR: Final = Text(
    "Le catalogue n’a pas ce calendrier.", "The catalogue has no such calendar."
)
NO_SUCH_YEAR: Final = Text(
    "Ce calendrier couvre les années {first} à {last}.",
    "This calendar covers the years {first} to {last}.",
)

WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Catalogue", "Catalogue"),
    "version": Text("révision {revision}", "revision {revision}"),
    "preview": Text("Ce qu’une révision changerait", "What a revision would change"),
    "standards_title": Text("Les engagements", "The commitments"),
    "limit": Text("Délai", "Limit"),
    "when": Text("Dossiers", "Files"),
    "tier": Text("{target} des cas en {limit}", "{target} of cases within {limit}"),
    "of_cases": Text("{target} des cas", "{target} of cases"),
    "effective": Text("Demandes reçues", "Requests received"),
    "effective_always": Text("sans date de début ni de fin", "without a first or last date"),
    "effective_from": Text("à compter du {first}", "from {first}"),
    "effective_to": Text("jusqu’au {last}", "until {last}"),
    "effective_between": Text("du {first} au {last}", "from {first} to {last}"),
    "in_effect_now": Text("en vigueur", "in effect"),
    "not_in_effect": Text("pas en vigueur aujourd’hui", "not in effect today"),
    "thresholds": Text("Avertissements", "Warnings"),
    "no_thresholds": Text("aucun par dossier", "none for single files"),
    "threshold": Text("{stage} à {days} de l’échéance", "{stage} {days} before the due date"),
    "threshold_last": Text("{stage} le dernier jour", "{stage} on the last day"),
    "measures": Text("Mesure", "Measures"),
    "measures_all": Text("toutes les demandes", "every request"),
    "withdrawals": Text(
        "les abandons après le délai comptent en retard",
        "those given up after the limit count as late",
    ),
    "day_off": Text("Reçu un jour chômé", "Received on a day off"),
    "day_off_next": Text(
        "le jour 0 est le jour ouvrable suivant", "day 0 is the next business day"
    ),
    "roll_forward": Text(
        "une échéance un jour chômé passe au jour ouvrable suivant",
        "a deadline on a day off moves to the next business day",
    ),
    "roll_forward_by": Text(
        "une échéance un jour chômé passe au jour ouvrable suivant, selon : {calendar}",
        "a deadline on a day off moves to the next business day, by: {calendar}",
    ),
    "outside": Text("Reçu hors des heures", "Received outside hours"),
    "outside_next": Text("reçu le jour d’ouverture suivant", "received on the next day that opens"),
    "extensions": Text("Prolongations", "Extensions"),
    "extended_by": Text("{length} de plus", "{length} more"),
    "extended_until": Text("jusqu’à la date convenue", "until the date agreed on"),
    "at_most": Text("au plus {n} fois", "at most {n} times"),
    "at_most_one": Text("au plus {n} fois", "at most {n} time"),
    "long_wait": Text("Attente longue", "Long wait"),
    "reminded_after": Text("signalée après {length}", "pointed out after {length}"),
    "begins_with": Text("Commence par", "Begins with"),
    "ends_with": Text("Prend fin par", "Ends with"),
    "requests": Text("Ce que font les demandes", "What requests do"),
    "clock_stops": Text("arrête le délai", "stops the delay"),
    "clock_restarts": Text(
        "arrête le délai, qui recommence à la réponse",
        "stops the delay, which begins again at the answer",
    ),
    "clock_runs": Text("laisse courir le délai", "lets the delay run"),
    "party_client": Text("le client répond", "the client answers"),
    "party_other": Text("un tiers répond", "a third party answers"),
    "in_hand_at_end": Text(
        "compte le jour que le dossier finit en main",
        "a day counts that ends with the file in hand",
    ),
    "in_hand_all_day": Text(
        "ni le jour de la demande ni celui de la réponse ne comptent",
        "neither the day of the request nor that of the answer counts",
    ),
    "in_hand_at_any_time": Text(
        "le jour de la demande et celui de la réponse comptent",
        "the day of the request and that of the answer count",
    ),
    "lapses_after": Text(
        "sans réponse, l’attente prend fin après {length}",
        "without an answer, the wait ends after {length}",
    ),
    "services": Text("Les services", "The services"),
    "services_lead": Text(
        "Une demande d’un service se mesure par chacun de ces engagements.",
        "A request for a service is measured by each of these commitments.",
    ),
    "milestones": Text("Jalons", "Milestones"),
    "withdrawal_reasons": Text("Motifs de retrait", "Reasons for withdrawal"),
    "closes_with": Text("Se ferme par", "Closes with"),
    "calendar": Text("Calendrier", "Calendar"),
    "calendars": Text("Les calendriers", "The calendars"),
    "by_default": Text("par défaut", "by default"),
    "calendar_version": Text("version {version}", "version {version}"),
    "rest": Text("Les mots du catalogue", "The words of the catalogue"),
    "units": Text("Unités", "Units"),
    "outcomes": Text("Résultats", "Outcomes"),
    "reasons": Text("Motifs de réouverture", "Reasons for reopening"),
    "attribute": Text("Attribut", "Attribute"),
    "review": Text(
        "Révision possible pendant {days} après une décision : {outcomes}.",
        "A review can be asked for within {days} after a decision: {outcomes}.",
    ),
}

CALENDAR: Final[Mapping[str, Text]] = {
    **DAYS,
    "back": Text("Catalogue", "Catalogue"),
    "calendar_of": Text(
        "version {version} · années {first} à {last} · heure de {city}",
        "version {version} · years {first} to {last} · {city} time",
    ),
    "years": Text("Années", "Years"),
    "year": Text("Année {year}", "Year {year}"),
    "year_before": Text("Année précédente", "Year before"),
    "year_after": Text("Année suivante", "Year after"),
    "holidays": Text("Jours fériés de {year}", "Public holidays of {year}"),
    "holidays_caption": Text(
        "{n} jours, et la loi qui en fait des jours chômés",
        "{n} days, and the law that makes them days off",
    ),
    "holidays_caption_one": Text(
        "{n} jour, et la loi qui en fait un jour chômé",
        "{n} day, and the law that makes it a day off",
    ),
    "no_holidays": Text("Aucun jour férié cette année-là.", "No public holiday that year."),
    "holiday": Text("Fête", "Holiday"),
    "law": Text("Fondement", "Legal basis"),
    "on_weekend": Text("une fin de semaine", "on a weekend"),
    "months_title": Text("L’année, mois par mois", "The year, month by month"),
    "hours": Text("Heures d’ouverture", "Opening hours"),
    "closed": Text("fermé", "closed"),
    "particular": Text("Jours particuliers de {year}", "Particular days of {year}"),
    "particular_name": Text("Nom", "Name"),
    "particular_what": Text("Ce qui change", "What differs"),
    "closes": Text("fermeture à {hour}", "closes at {hour}"),
    "works": Text("jour ouvrable", "business day"),
    "opens": Text("ouvert en plus de {opens} à {closes}", "open as well from {opens} to {closes}"),
    "until_hour": Text("{opens} à {closes}", "{opens} to {closes}"),
}
