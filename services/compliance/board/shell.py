"""How a page is put together: its language, its frame, its errors, which are pages too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from services.compliance.api import RequestParameters
from services.compliance.board.environment import TEMPLATES
from services.compliance.board.translator import Translator
from services.compliance.clock_client import HistorySource
from services.compliance.forecast import NO_EFFECTS, DecisionEffects, Forecaster
from services.compliance.projection import ComplianceStore
from services.compliance.variation import AgeOrderKeeper
from shared.audit import AuditStore
from shared.domain import Catalogue, LimitUnit, microseconds
from shared.domain.calendars import CoverageError
from shared.errors import UnavailableError
from shared.http import (
    AUDIT_PAGE_PATH,
    DETAILS,
    LANGUAGE_COOKIE,
    TITLES,
    UNIT_COOKIE,
    UNKNOWN_TITLE,
    Principal,
    ProblemError,
    body_of,
    front_door,
    language_preferred,
)
from shared.process import Now
from shared.text import Language, MomentError, Text

RESULTS_PATH: Final = "/results"
"""Public where the body wants it, and nowhere else."""
_RESULTS: Final = (Text("Résultats", "Results"), RESULTS_PATH)
_AUDIT: Final = (Text("Journal des accès", "Access log"), AUDIT_PAGE_PATH)
"""For those who may audit, and nobody else."""
NAVIGATION: Final = (
    (Text("Engagements", "Standards"), "/"),
    (Text("Dossiers à traiter", "Worklist"), "/worklist"),
    (Text("Atteinte", "Attainment"), "/attainment"),
    (Text("Ce qui a changé", "What changed"), "/changes"),
    (Text("Prévision", "Forecast"), "/forecast"),
    (Text("Arrêts", "Stops"), "/stops"),
    (Text("Variation", "Variation"), "/variation"),
    (Text("Alertes", "Alerts"), "/alerts"),
    (Text("Rapport annuel", "Annual report"), "/report"),
    (Text("Calculateur", "Calculator"), "/calculator"),
    (Text("Catalogue", "Catalogue"), "/catalogue"),
)
"""The entries of the menu, in the order of their group."""
_GROUPS: Final[Sequence[tuple[Text, Sequence[str]]]] = (
    (Text("Aujourd’hui", "Today"), ("/", "/worklist", "/alerts")),
    (Text("Mesures", "Measures"), ()),
    (
        Text("Publication et référence", "Publication and reference"),
        ("/report", "/results", "/calculator", "/catalogue", AUDIT_PAGE_PATH),
    ),
)
"""The headings of the menu, and what is under each; the second has all that no other names."""
PUBLIC_PATHS: Final = ("/calculator", "/catalogue", "/calendars")
"""Pages that need no token: what was published, and nothing about a file."""
_YEAR_SECONDS: Final = 31_536_000
_LEFT_OUT: Final = frozenset({"unit", "after", "lang", "token"})
"""Parameters of an address that the choice of another unit does not keep."""
_STATUS_AND_DETAIL: Final[Mapping[type[Exception], tuple[int, Text]]] = {
    MomentError: (
        422,
        Text(
            "Cette date ne peut pas être lue : écrire 2026-11-23.",
            "This date cannot be read: write 2026-11-23.",
        ),
    ),
    CoverageError: (
        422,
        Text(
            "Cette date, ou ce qui en découle, est hors des années que couvre le calendrier.",
            "This date, or what follows from it, is outside the years the calendar covers.",
        ),
    ),
    UnavailableError: (
        503,
        Text(
            "La base de données ne répond pas pour le moment ; rien n’est perdu. Réessayez dans un instant.",
            "The database does not answer for the moment; nothing is lost. Try again shortly.",
        ),
    ),
    RequestValidationError: (422, DETAILS["invalid_parameters"]),
}
_ON_PAGES: Final[Mapping[str, Text]] = {
    "unknown_standard": Text(
        "Le catalogue n’a pas cet engagement.", "The catalogue has no such standard."
    ),
    "bad_cursor": Text(
        "Cette adresse de page n’est pas valide.", "This page address is not valid."
    ),
}
"""What a page says of a problem that the API tells programs in their own terms, by its code."""
_KNOWN: Final = (ProblemError, MomentError, CoverageError, UnavailableError, RequestValidationError)


@dataclass(frozen=True)
class Board:
    """What every page is made from; ``notice`` is shown on each.

    ``alertmanager`` is whether one is configured. Without ``histories`` the page of a file shows
    the snapshot of compliance. ``grafana_url`` is where the dashboards are. Without ``forecaster`` no
    page says how likely anything is; without ``age_order`` none says whether the oldest come first.
    ``public_results`` is whether the current year is shown to the public. ``trail`` is who read what.
    """

    store: ComplianceStore
    catalogue: Catalogue
    now: Now
    notice: Text | None = None
    alertmanager: bool = False
    histories: HistorySource | None = None
    grafana_url: str = ""
    default_language: Language = "fr"
    forecaster: Forecaster | None = None
    age_order: AgeOrderKeeper | None = None
    public_results: bool = False
    trail: AuditStore | None = None

    @property
    def public_paths(self) -> Sequence[str]:
        """Pages that need no token."""
        return (*PUBLIC_PATHS, RESULTS_PATH) if self.public_results else PUBLIC_PATHS

    @property
    def parameters(self) -> RequestParameters:
        return RequestParameters(self.catalogue, self.now)

    @property
    def effects(self) -> DecisionEffects:
        """What decisions change; of no standard without a forecaster."""
        return self.forecaster.effects if self.forecaster else NO_EFFECTS

    def today(self) -> date:
        return self.parameters.today()

    def next_business_day(self) -> int:
        """When the next business day begins on the catalogue's calendar, in microseconds: what
        breaches up to then is to be decided today, on a Friday before the weekend.
        """
        calendar = self.catalogue.calendar()
        return microseconds(calendar.midnight(calendar.advance(self.today(), 1)))

    def translator(self, request: Request, words: Mapping[str, Text]) -> Translator:
        return Translator(self.language(request), words, self.catalogue.zone)

    def language(self, request: Request) -> Language:
        """The language of the address, the cookie, ``Accept-Language``, or the default.

        A catalogue without French texts has English pages, where nobody asks otherwise.
        """
        chosen = front_door.cookie_of(request, LANGUAGE_COOKIE)
        for language in (request.query_params.get("lang"), chosen):
            if language in ("fr", "en"):
                return "en" if language == "en" else "fr"
        default = self.default_language if "fr" in self.catalogue.languages else "en"
        return language_preferred(request.headers.get("accept-language")) or default

    def page(
        self,
        request: Request,
        template: str,
        words: Mapping[str, Text],
        *,
        status: int = 200,
        **values: object,
    ) -> Response:
        """A page of a template, in the language asked for."""
        translator = self.translator(request, words)
        html = TEMPLATES.get_template(template).render(
            t=translator, board=self, frame=self._frame(request, translator), **values
        )
        headers = {"content-language": translator.spoken, "vary": "cookie, accept-language"}
        return HTMLResponse(html, status_code=status, headers=headers)

    def fragment(self, translator: Translator, template: str, **values: object) -> str:
        """A part of a page, for what is sent after it."""
        return TEMPLATES.get_template(template).render(t=translator, board=self, **values)

    def unit(self, request: Request) -> str:
        """The unit that is looked at: the address's, or else the cookie's; empty for all.

        Never one that the reader may not see.
        """
        known = self.units_of(_reader(request))
        asked = request.query_params.get("unit") or ""
        if "unit" not in request.query_params:
            asked = front_door.cookie_of(request, UNIT_COOKIE) or ""
        return asked if asked in known else ""

    def units_of(self, reader: Principal | None) -> Sequence[str]:
        """The units of the catalogue that a reader may see, in its order."""
        if reader is None:
            return ()
        return [unit for unit in self.catalogue.units if reader.may_see(unit)]

    def _frame(self, request: Request, translator: Translator) -> Mapping[str, object]:
        reader = _reader(request)
        other: Language = "en" if translator.spoken == "fr" else "fr"
        reads = reader is not None and "read" in reader.scopes
        units = self.units_of(reader) if reads else ()
        session = front_door.session_of(request)
        return {
            "path": request.scope["path"],
            "navigation": _menu(
                [
                    *(one for one in NAVIGATION if reads or one[1] in PUBLIC_PATHS),
                    *([_RESULTS] if self.public_results else []),
                    *([_AUDIT] if reader and "audit" in reader.scopes else []),
                ]
            ),
            "switch": _address(request, lang=other),
            "other": other,
            "signed_in": reader is not None,
            "in_session": session is not None,
            "of_session": urlencode({front_door.STREAM_SESSION: session.key} if session else {}),
            "reader": reader.name if reader is not None else "",
            "units": [
                self.unit_name(unit, translator)
                for unit in sorted(reader.units or () if reader else ())
            ],
            "unit": self.unit(request),
            "of_unit": "unit" in request.query_params,
            "choices": [(one, self.unit_name(one, translator)) for one in units if len(units) > 1],
            "kept": [
                pair for pair in request.query_params.multi_items() if pair[0] not in _LEFT_OUT
            ],
            "dashboard": self._dashboard(request, reader, translator),
        }

    def _dashboard(
        self, request: Request, reader: Principal | None, translator: Translator
    ) -> str | None:
        """The dashboard of the page, for readers of every unit: dashboards show no others."""
        if not self.grafana_url or reader is None or reader.units is not None:
            return None
        base = f"{self.grafana_url.rstrip('/')}/d/echeance"
        standard = request.query_params.get("standard", "")
        if standard in self.catalogue.standards:
            return f"{base}-standard-{translator.spoken}?{urlencode({'var-standard': standard})}"
        return f"{base}-standards-{translator.spoken}"

    def standard_name(self, standard: str, translator: Translator) -> str:
        """The name of a standard; its code where the catalogue no longer has it."""
        known = self.catalogue.standards.get(standard)
        return translator.of(known.name) if known else standard

    def counts_time(self, standard: str) -> bool:
        """Whether the limit of a standard is in opening time."""
        known = self.catalogue.standards.get(standard)
        return known is not None and not known.current.limit.counts_days

    def limit_unit(self, standard: str) -> LimitUnit:
        """In what the limit of a standard of the catalogue is counted."""
        return self.catalogue.standards[standard].current.limit.unit

    def unit_name(self, unit: str | None, translator: Translator) -> str:
        """The name of a unit; its code where the catalogue no longer has it."""
        known = self.catalogue.units.get(unit or "")
        return translator.of(known.name) if known else unit or "—"


def filter_options(board: Board, reader: Principal) -> Mapping[str, object]:
    """The options of filters: every standard, and the units that the reader may see."""
    units = board.catalogue.units if reader.units is None else sorted(reader.units)
    return {"standards": board.catalogue.standards, "units": list(units)}


def _reader(request: Request) -> Principal | None:
    """Who reads, if it is known: public pages are for anybody."""
    reader = request.scope.get("state", {}).get("principal")
    assert reader is None or isinstance(reader, Principal)
    return reader


def _menu(entries: Sequence[tuple[Text, str]]) -> Sequence[tuple[Text, Sequence[tuple[Text, str]]]]:
    """The entries under their headings, those without any left out."""
    elsewhere = {path for _, paths in _GROUPS for path in paths}
    groups = [
        (heading, [one for one in entries if one[1] in paths or not (paths or one[1] in elsewhere)])
        for heading, paths in _GROUPS
    ]
    return [group for group in groups if group[1]]


def _address(request: Request, **changed: str) -> str:
    """This page's address with some of its parameters changed."""
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] not in changed]
    path = "/" + quote(request.scope["path"].lstrip("/"))  # `//` would begin another site's address
    return f"{path}?{urlencode([*pairs, *changed.items()])}"


def route_class(board: Board) -> type[APIRoute]:
    """Routes of pages: errors are pages, and the language and unit of an address are remembered.

    A page that selects by unit, opened without one, redirects to the unit remembered, so that an
    address always says what it shows. Downloads and streams are exactly what their address says.
    """

    class PageRoute(APIRoute):
        @override
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()
            selects = _is_page(self.path_format) and "unit" in _query_names(self.dependant)

            async def handle_as_page(request: Request) -> Response:
                if selects and "unit" not in request.query_params and (unit := board.unit(request)):
                    return RedirectResponse(_address(request, unit=unit), status_code=303)
                try:
                    response = await handle(request)
                except _KNOWN as error:
                    response = error_page(board, request, error)
                _remember(board, request, response)
                return response

            return handle_as_page

    return PageRoute


def _is_page(path: str) -> bool:
    last = path.rsplit("/", 1)[-1]
    return "." not in last and last != "stream"


def _query_names(dependant: Dependant) -> set[str]:
    """The query parameters of a route, those of its dependencies too."""
    names = {one.alias for one in dependant.query_params}
    return names.union(*(_query_names(one) for one in dependant.dependencies))


def _remember(board: Board, request: Request, response: Response) -> None:
    """Set the cookies of the language and the unit that the address names."""
    asked = request.query_params
    if asked.get("lang") in ("fr", "en"):
        spoken = board.language(request)
        front_door.set_cookie(request, response, LANGUAGE_COOKIE, spoken, seconds=_YEAR_SECONDS)
    if "unit" in asked and board.unit(request) == asked["unit"]:
        unit = asked["unit"]
        front_door.set_cookie(request, response, UNIT_COOKIE, unit, seconds=_YEAR_SECONDS)


async def form_fields(request: Request, *, most_bytes: int, seconds: float) -> Mapping[str, str]:
    """The fields of a form, each once; none of more than ten.

    Raises :class:`ProblemError` where it is too long or slow.
    """
    body = await body_of(request, most_bytes=most_bytes, seconds=seconds)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def error_page(board: Board, request: Request, error: Exception) -> Response:
    """What went wrong, in the reader's language."""
    spoken = board.language(request)
    if isinstance(error, ProblemError):
        text, values = _ON_PAGES.get(error.code, error.detail), error.values
        status, detail = error.status, text.within(spoken).format_map(values)
    else:
        known = next(one for kind, one in _STATUS_AND_DETAIL.items() if isinstance(error, kind))
        status, detail = known[0], known[1].within(spoken)
    title = TITLES.get(status, UNKNOWN_TITLE).within(spoken)
    page = board.page(request, "error.html", {}, status=status, title=title, detail=detail)
    if status == 503:
        page.headers["retry-after"] = "5"
    return page
