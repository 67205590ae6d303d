"""How a page is put together: its language, its frame, its errors.

The language is French unless the address or the cookie of an earlier choice says English; it is never guessed. A page that cannot be
shown says so as a page: whoever reads it is no program.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from services.compliance.asking import Asking
from services.compliance.board.speech import Speech
from services.compliance.board.templates_of import TEMPLATES
from services.compliance.histories import Histories
from services.compliance.store import ComplianceStore
from shared.calendar import CoverageError
from shared.catalogue import Catalogue
from shared.credentials import Principal
from shared.http import is_public
from shared.log import UnavailableError
from shared.moments import MomentError
from shared.problem_texts import DETAILS, TITLES
from shared.problems import ProblemError
from shared.service import Now
from shared.texts import Language, Text

LANGUAGE_COOKIE: Final = "echeance_lang"
NAVIGATION: Final = (
    ("standards", "/"),
    ("worklist", "/worklist"),
    ("attainment", "/attainment"),
    ("alerts", "/alerts"),
    ("calculator", "/calculator"),
    ("catalogue", "/catalogue"),
)
_YEAR_SECONDS: Final = 31_536_000
_TOLD: Final[Mapping[type[Exception], tuple[int, Text]]] = {
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
_KNOWN: Final = (
    ProblemError,
    MomentError,
    CoverageError,
    UnavailableError,
    RequestValidationError,
)


@dataclass(frozen=True)
class Board:
    """What every page is made from; ``notice`` stands at the head of each, ``alertmanager`` says whether one is told the alerts.

    Without ``histories`` a file's page says what compliance knows. ``grafana_url`` is where the dashboards are.
    """

    store: ComplianceStore
    catalogue: Catalogue
    now: Now
    notice: Text | None = None
    alertmanager: bool = False
    histories: Histories | None = None
    grafana_url: str = ""

    @property
    def asking(self) -> Asking:
        return Asking(self.catalogue, self.now)

    def today(self) -> date:
        return self.asking.today()

    def speech(self, request: Request, words: Mapping[str, Text]) -> Speech:
        zone = self.catalogue.calendar(self.catalogue.default_calendar).zone
        return Speech(language_of(request), words, zone)

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
        speech = self.speech(request, words)
        html = TEMPLATES.get_template(template).render(
            t=speech, frame=self._frame(request, speech), **values
        )
        headers = {"content-language": speech.spoken, "vary": "cookie"}
        return HTMLResponse(html, status_code=status, headers=headers)

    def fragment(self, speech: Speech, template: str, **values: object) -> str:
        """A part of a page, for what is sent after it."""
        return TEMPLATES.get_template(template).render(t=speech, **values)

    def _frame(self, request: Request, speech: Speech) -> Mapping[str, object]:
        reader = request.scope.get("state", {}).get("principal")
        other: Language = "en" if speech.spoken == "fr" else "fr"
        return {
            "path": request.url.path,
            "navigation": [one for one in NAVIGATION if reader or is_public(one[1])],
            "switch": _address(request, lang=other),
            "other": other,
            "moment": speech.moment(self.now()),
            "notice": speech.of(self.notice) if self.notice else None,
            "organization": speech.of(self.catalogue.organization),
            "signed_in": reader is not None,
            "units": self.own_units(reader, speech),
            "dashboard": self._dashboard(request, reader, speech),
        }

    def _dashboard(self, request: Request, reader: Principal | None, speech: Speech) -> str | None:
        """The dashboard of what the page is about, for who may see the figures of every unit: dashboards show no others."""
        if not self.grafana_url or reader is None or reader.units is not None:
            return None
        base = f"{self.grafana_url.rstrip('/')}/d/echeance"
        standard = request.query_params.get("standard", "")
        if standard in self.catalogue.standards:
            return f"{base}-standard-{speech.spoken}?{urlencode({'var-standard': standard})}"
        return f"{base}-standards-{speech.spoken}"

    def own_units(self, reader: Principal | None, speech: Speech) -> list[str]:
        """The units a reader is limited to, by name; none where there is no limit."""
        if reader is None or reader.units is None:
            return []
        return [self.unit_name(unit, speech) for unit in sorted(reader.units)]

    def standard_name(self, standard: str, speech: Speech) -> str:
        """A standard in words, likewise."""
        known = self.catalogue.standards.get(standard)
        return speech.of(known.name) if known else standard

    def unit_name(self, unit: str | None, speech: Speech) -> str:
        """A unit in words; one that the catalogue no longer has is told as it was written."""
        known = self.catalogue.units.get(unit or "")
        return speech.of(known.name) if known else unit or "—"


def offered(board: Board, reader: Principal) -> Mapping[str, object]:
    """What filters offer: a reader of some units is offered these."""
    units = board.catalogue.units if reader.units is None else sorted(reader.units)
    return {"standards": board.catalogue.standards, "units": list(units)}


def language_of(request: Request) -> Language:
    """The language of the address, or of the cookie, or French."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return "en" if asked == "en" else "fr"


def _address(request: Request, **changed: str) -> str:
    """This page's address with some of its parameters changed."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in changed]
    return f"{request.url.path}?{urlencode([*kept, *changed.items()])}"


def route_class(board: Board) -> type[APIRoute]:
    """Routes that are pages: the language chosen in an address is remembered, and what goes wrong is told as a page."""

    class PageRoute(APIRoute):
        @override
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_as_page(request: Request) -> Response:
                try:
                    response = await handle(request)
                except _KNOWN as error:
                    response = _told(board, request, error)
                if request.query_params.get("lang") in ("fr", "en"):
                    response.set_cookie(
                        LANGUAGE_COOKIE,
                        language_of(request),
                        max_age=_YEAR_SECONDS,
                        httponly=True,
                        samesite="lax",
                    )
                return response

            return handle_as_page

    return PageRoute


def _told(board: Board, request: Request, error: Exception) -> Response:
    spoken = language_of(request)
    if isinstance(error, ProblemError):
        status = error.status
        detail = error.detail.within(spoken).format_map(error.values)
    else:
        status, text = next(told for kind, told in _TOLD.items() if isinstance(error, kind))
        detail = text.within(spoken)
    title = TITLES[status].within(spoken)
    page = board.page(request, "error.html", {}, status=status, title=title, detail=detail)
    if status == 503:
        page.headers["retry-after"] = "5"
    return page
