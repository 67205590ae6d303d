"""Every page of the board, one entry a page: all tests of this folder go over all of them.

To add a page, add its entry. ``path`` may use the names of :mod:`tests.board.ministry`, which says what there is to be seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from typing_extensions import override

from shared.http.problem_texts import TITLES
from shared.text.texts import Language, Text
from tests.board import ministry

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")


class Page(NamedTuple):
    """A page, or a state of one: how it is reached, and what its ``h1`` says in each language.

    ``reading`` pages say everything without JavaScript. ``name`` is that of its tests and of its screenshots.
    """

    name: str
    path: str
    title: Text
    reading: bool = True
    signed_in: bool = True
    status: int = 200

    @override
    def __str__(self) -> str:
        return self.name


def _same(name: str) -> Text:
    return Text(name, name)


_WORKLIST = Text("Dossiers à traiter", "Worklist")
_ATTAINMENT = Text("Atteinte", "Attainment")
_CHANGES = Text("Ce qui a changé", "What changed")
_PICTURES = Text("En images", "In pictures")
_VARIATION = Text("Variation", "Variation")
_FORECAST = Text("Prévision", "Forecast")
_ALERTS = Text("Alertes", "Alerts")
_STOPS = Text("Arrêts du délai", "Stopped clocks")
_SIGN_IN = Text("Connexion", "Sign in")
_REPORT = Text(
    "Rapport annuel des engagements, exercice 2025-2026",
    "Annual report on commitments, fiscal year 2025-2026",
)
_RESULTS = Text("Résultats de l’exercice en cours", "Results of the current fiscal year")
_AUDIT = Text("Journal des accès", "Access log")
_CALCULATOR = Text("Calculateur d’échéance", "Deadline calculator")
_LEGAL = Text("Jours fériés du Québec", "Québec public holidays")
_SERVICE = Text("Jours chômés de la fonction publique du Québec", "Québec public service holidays")

PAGES: Final = (
    Page("sign-in", "/sign-in", _SIGN_IN, signed_in=False),
    Page("sign-in-link-old", "/sign-in?token=ech_revoked", _SIGN_IN, signed_in=False, status=401),
    Page("sessions", "/sessions", Text("Mes sessions", "My sessions")),
    Page("standards", "/", Text("Engagements", "Standards")),
    Page("standards-unit", "/?unit=laval", Text("Engagements", "Standards")),
    Page("worklist", "/worklist", _WORKLIST),
    Page("worklist-sorted", "/worklist?sort=unit&unit=montreal&stage=on_track", _WORKLIST),
    Page("worklist-overdue", "/worklist?stage=overdue&unit=montreal", _WORKLIST),
    Page("worklist-empty", "/worklist?standard=telephone&stage=waiting", _WORKLIST),
    Page("audit", "/audit", _AUDIT),
    Page("audit-file", "/audit?file=CAQ-1&kind=access&since=2026-01-01", _AUDIT),
    Page("audit-empty", "/audit?who=nobody", _AUDIT),
    Page("attainment", "/attainment", _ATTAINMENT),
    Page(
        "attainment-calls", "/attainment?standard=telephone&period=2026-10&basis=due", _ATTAINMENT
    ),
    Page(
        "attainment-known",
        "/attainment?standard=caq-etudes&period=2025-2026&known_at=2026-06-01",
        _ATTAINMENT,
    ),
    Page("attainment-empty", "/attainment?standard=peq&unit=estrie&period=2012-Q1", _ATTAINMENT),
    Page(
        "attainment-files",
        "/attainment/files?standard=telephone&part=late&period=2026-2027",
        Text("Dossiers en retard", "Late files"),
    ),
    Page(
        "attainment-no-files",
        "/attainment/files?standard=peq&period=2012-05",
        Text("Dossiers mesurés", "Files measured"),
    ),
    Page(
        "corrections",
        "/attainment/corrections?period=2026-2027",
        Text("Corrections depuis la publication", "Corrections since publication"),
    ),
    Page("changes", "/changes", _CHANGES),
    Page("changes-standard", "/changes?standard=caq-etudes&period=2026-Q3&basis=due", _CHANGES),
    Page("changes-year", "/changes?period=fiscal-year&unit=montreal", _CHANGES),
    Page("changes-empty", "/changes?standard=peq&unit=estrie&period=2012-Q1", _CHANGES),
    Page("pictures", "/pictures?standard=caq-etudes", _PICTURES),
    Page("pictures-weeks", "/pictures?standard=telephone&by=week", _PICTURES),
    Page("pictures-empty", "/pictures?standard=prtq&unit=estrie", _PICTURES),
    Page("mistaken-period", "/attainment?period=yesterday", TITLES[422], status=422),
    Page("stops", "/stops", _STOPS),
    Page("stops-standard", "/stops?standard=caq-etudes&period=2026-2027", _STOPS),
    Page("stops-unit", "/stops?standard=caq-etudes&unit=laval&period=2025-2026", _STOPS),
    Page("stops-calls", "/stops?standard=telephone", _STOPS),
    Page("stops-empty", "/stops?standard=peq&unit=estrie&period=2012-Q1", _STOPS),
    Page(
        "stops-files",
        "/stops/files?standard=caq-etudes&rule=near_limit&period=2025-2026",
        Text("Arrêt commencé près de la limite", "Stop begun near the limit"),
    ),
    Page(
        "stops-no-files",
        "/stops/files?standard=peq&rule=serial&period=2012-05",
        Text("Demandes en série", "Serial requests"),
    ),
    Page("variation", "/variation?standard=caq-etudes", _VARIATION),
    Page("variation-unit", "/variation?standard=peq&unit=estrie&basis=due", _VARIATION),
    Page("variation-calls", "/variation?standard=telephone&period=quarter", _VARIATION),
    Page("variation-empty", "/variation?standard=prtq&unit=estrie&period=2012-Q1", _VARIATION),
    Page("forecast", "/forecast", _FORECAST),
    Page("forecast-standard", "/forecast?standard=caq-etudes", _FORECAST),
    Page("forecast-likely", "/forecast?standard=regroupement-familial", _FORECAST),
    Page("forecast-unit", "/forecast?standard=peq&unit=estrie&period=fiscal-year", _FORECAST),
    Page("forecast-calls", "/forecast?standard=telephone&period=quarter", _FORECAST),
    Page("alerts", "/alerts", _ALERTS),
    Page("alerts-resolved", "/alerts?state=resolved&unit=montreal", _ALERTS),
    Page("alerts-empty", "/alerts?standard=telephone", _ALERTS),
    Page("report", "/report?fiscal_year=2025-2026&by=unit", _REPORT),
    Page("report-known", "/report?fiscal_year=2025-2026&known_at=2026-06-01", _REPORT),
    Page("report-public", "/report?fiscal_year=2025-2026&audience=public&by=unit", _REPORT),
    Page("results", "/results", _RESULTS, signed_in=False),
    Page(
        "report-too-early", "/report?fiscal_year=2026-2027&audience=public", TITLES[422], status=422
    ),
    Page("file", f"/files/{ministry.STORIED}", _same(ministry.STORIED)),
    Page("file-overdue", f"/files/{ministry.MONTHS}", _same(ministry.MONTHS)),
    Page("file-call", f"/files/{ministry.CALL}", _same(ministry.CALL)),
    Page("file-unknown", "/files/NOTHING", TITLES[404], status=404),
    Page("worklist-followed", "/worklist?standard=evaluation-comparative&measured=no", _WORKLIST),
    Page("calculator", "/calculator", _CALCULATOR),
    Page("calculator-today", "/calculator?standard=peq", _CALCULATOR, signed_in=False),
    Page(
        "calculator-result",
        "/calculator?standard=caq-etudes&received=2026-12-14&requested=2026-12-21&answered=2027-01-06",
        _CALCULATOR,
        signed_in=False,
    ),
    Page(
        "calculator-minutes",
        "/calculator?standard=telephone&received=2026-11-20T16%3A29&requested=&answered=",
        _CALCULATOR,
    ),
    Page(
        "calculator-mistakes",
        "/calculator?standard=none&received=2026-02-30&requested=2026-03-01&answered=",
        _CALCULATOR,
        status=422,
    ),
    Page("catalogue", "/catalogue", Text("Catalogue", "Catalogue")),
    Page("editions", "/editions", Text("Éditions publiées", "Published editions")),
    Page("preview", "/preview", Text("Aperçu d’une révision", "Preview of a revision")),
    Page("calendar", "/calendars/qc-legal", _LEGAL),
    Page(
        "calendar-public-service",
        "/calendars/qc-public-service?year=2050",
        _SERVICE,
        signed_in=False,
    ),
    Page("calendar-year-unknown", "/calendars/qc-legal?year=1066", TITLES[404], status=404),
    Page("unknown-standard", "/worklist?standard=none", TITLES[404], status=404),
    Page("mistaken-stage", "/worklist?stage=none", TITLES[422], status=422),
)
