"""The home page: every commitment beside its target, worst first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from services.compliance.attainment import Measure, measures, stages_now
from services.compliance.board import charts
from services.compliance.board.addresses import Chosen, query_string
from services.compliance.board.charts import BarPart, ChartLine
from services.compliance.board.live import Live, View
from services.compliance.board.shell import Board, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.trend import TrendMonth, trend, trend_months
from services.compliance.forecast import Staircase, read_reach, to_decide
from services.compliance.periods import Period
from services.compliance.projection import OTHER, Basis, TallyScope, worklist
from services.compliance.projection.worklist import WorklistFilter
from shared.http import Principal, Reader, events
from shared.text import Text

_BASES: Sequence[Basis] = ("decided", "due")
_MOST_COUNTED = 200
"""Up to how many files to decide today are counted."""
_SECONDS = 5.0
"""How often the figures are read at most; they cost more than a page of a list."""


class Reach(NamedTuple):
    """Files to decide on time to reach a target: without those overdue, and with them."""

    period: Period
    measure: Measure
    alone: int | None
    with_overdue: int | None


class Card(NamedTuple):
    """One commitment as the page shows it."""

    standard: str
    name: Text
    target: Fraction
    month: Measure
    year: Measure
    stages: Mapping[str, int]
    followed: int
    reach: Sequence[Reach]
    stairs: Staircase
    months: Sequence[TrendMonth]
    line: ChartLine
    bar: Sequence[BarPart]

    @property
    def change(self) -> Fraction | None:
        """Of the running month's attainment from that of the month before; None without either."""
        before = self.months[-2].decided.ratio if len(self.months) > 1 else None
        now = self.month.decided.ratio
        return None if before is None or now is None else now - before

    @property
    def open_on_time(self) -> int:
        """Open, measured and not late: what there is to decide."""
        return sum(files for stage, files in self.stages.items() if stage != "overdue")

    @property
    def verdict(self) -> str:
        """How the fiscal year stands by what is decided and what is already late."""
        if self.year.decided.ratio is None:
            return "nothing"
        if self.year.margin() < 0:
            return "below"
        return "threatened" if self.year.late.left < 0 else "reached"


class Standards(NamedTuple):
    """All commitments that the reader may see figures of, worst first, in two periods.

    ``before`` is the first day of the month before; ``today`` how many measured files are to be decided today, one more than are counted for any
    number above; ``unit`` the unit chosen, empty for all that the reader sees. ``empty`` where the system knows no file at all, whoever reads.
    """

    month: Period
    year: Period
    cards: Sequence[Card]
    before: date
    today: int = 0
    unit: str = ""
    empty: bool = False

    def query(self, **chosen: str) -> str:
        """The query of a list, of the same unit."""
        return query_string(**chosen, unit=self.unit)

    def verdicts(self, verdict: str) -> int:
        return sum(card.verdict == verdict for card in self.cards)

    def first_event(self, unit: str, at: datetime) -> str:
        """A command that publishes a reception, of which the catalogue has every word."""
        data = {"standard": self.cards[0].standard, "unit": unit}
        return _POST % (json.dumps(at.isoformat(timespec="seconds")), json.dumps(data))

    def files(self, stage: str) -> int:
        return sum(card.stages[stage] for card in self.cards)


async def standards(board: Board, reader: Principal, unit: str = "") -> Standards:
    """The figures of the page, of a unit or of all that the reader sees, as of now."""
    parameters, today, catalogue = board.parameters, board.today(), board.catalogue
    chosen = parameters.units(reader, None, unit or None)
    units = None if chosen is None else sorted(chosen)
    scope, database = TallyScope(sorted(catalogue.standards), units), board.store.database
    month, year = parameters.period("month"), parameters.period("fiscal-year")
    of_month = await measures(database, catalogue, month, today, scope, bases=_BASES)
    of_year = await measures(database, catalogue, year, today, scope, bases=_BASES)
    present = await stages_now(database, scope)
    months = await trend(database, trend_months(today), scope)
    reaching = await read_reach(database, catalogue, month, today, scope)
    until = board.next_business_day()
    due_today = WorklistFilter(None, units, None, measured=True, until=until)
    due_count = await worklist.count_until(database, due_today, _MOST_COUNTED)
    cards = []
    for name, in_month, in_year, one in zip(
        scope.standards, of_month, of_year, reaching, strict=False
    ):
        assert in_month.target is not None
        counts, in_months = present.get((name, None), {}), months.get(name, [])
        stages = {stage: counts.get(stage, 0) + counts.get(stage + OTHER, 0) for stage in _ORDER}
        card = Card(
            name,
            catalogue.standards[name].name.text(),
            in_month.target,
            in_month,
            in_year,
            stages,
            counts.get("followed", 0),
            [_reach(month, in_month), _reach(year, in_year)],
            one.stairs,
            in_months,
            charts.line([one.decided.ratio for one in in_months], in_month.target),
            charts.bar(stages),
        )
        cards.append(card)
    worst_first = sorted(cards, key=lambda card: (card.year.margin(), card.standard))
    before = trend_months(today)[-2]
    empty = await board.store.is_empty()
    return Standards(month, year, worst_first, before, due_count, unit, empty)


def _reach(period: Period, measure: Measure) -> Reach:
    target = measure.target or Fraction(1)
    alone = to_decide(measure.decided, target)
    return Reach(period, measure, alone, to_decide(measure.decided, target, late=measure.overdue))


_ORDER = ("overdue", "critical", "at_risk", "on_track", "waiting_long", "waiting")


def router(board: Board, live: Live) -> APIRouter:
    """The page at ``/``, and its stream."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/")
    async def home(request: Request, reader: Reader, unit: Chosen = "") -> Response:
        at, content = board.now(), await standards(board, reader, unit)
        return board.page(request, "standards.html", WORDS, content=content, at=at)

    @routes.get("/stream")
    async def stream(request: Request, reader: Reader, unit: Chosen = "") -> Response:
        followed = view(board, reader, board.translator(request, WORDS), unit)
        return events(request, live.follow(followed))

    return routes


def view(board: Board, reader: Principal, translator: Translator, unit: str = "") -> View:
    """The figures to be followed; raises :class:`ProblemError` for a unit that is unknown."""
    board.parameters.units(reader, None, unit or None)
    key = "standards", translator.spoken, reader.units, unit
    read = partial(standards, board, reader, unit)
    return View(key, read, translator, "standards_cards.html", seconds=_SECONDS)


_IMPORT = """echeance import --suggest {file} > {mapping}
echeance import {file} --mapping {mapping} --data DIR --dry-run
echeance import {file} --mapping {mapping} --data DIR"""
_POST = """curl http://127.0.0.1:8080/v1/events -H "Authorization: Bearer $(cat FILE.token)" \\
  -H 'Content-Type: application/cloudevents+json' -d '{
    "specversion": "1.0", "type": "org.echeance.file.received.v1",
    "source": "urn:example:cases", "id": "1", "subject": "A-1",
    "time": %s,
    "data": %s}'"""

WORDS: Final[Mapping[str, Text]] = {
    "begin": Text("Aucun dossier n’est connu. Pour commencer", "No file is known yet. To begin"),
    "begin_lead": Text(
        "Les chiffres paraissent ici dès le premier événement.",
        "Figures appear here from the first event on.",
    ),
    "begin_import": Text("Avec un export que l’on a", "With an export at hand"),
    "begin_import_how": Text(
        "La première commande regarde l’export et écrit ce que ses colonnes veulent dire\u00a0: le relire. La deuxième dit ce que donnerait "
        "l’import, la troisième importe. Le système d’un seul processus est arrêté pendant l’import\u00a0; le système réparti n’a pas de --data.",
        "The first command looks at the export and writes what its columns mean: read it over. The second says what would come of the "
        "import, the third imports. A system of one process is stopped during the import; a distributed one has no --data.",
    ),
    "begin_import_code": Text(
        _IMPORT.format(file="dossiers.csv", mapping="colonnes.yaml"),
        _IMPORT.format(file="files.csv", mapping="mapping.yaml"),
    ),
    "begin_post": Text("Avec un premier événement", "With a first event"),
    "begin_post_how": Text(
        "Un jeton de publication (echeance token new), puis un événement\u00a0; ici, une demande reçue.",
        "A token that may publish (echeance token new), then an event; here, a request received.",
    ),
    "begin_hooks": Text(
        "Avec les webhooks d’un système de dossiers", "With the webhooks of a case system"
    ),
    "begin_hooks_how": Text(
        "Un système qui envoie des webhooks à sa manière les envoie à {route}\u00a0; une correspondance dit ce qu’ils veulent dire.",
        "A system that sends webhooks in a form of its own sends them to {route}; a mapping says what they mean.",
    ),
    "begin_demo": Text("Avec des dossiers inventés", "With made-up files"),
    "begin_demo_how": Text(
        "Deux ans d’un ministère inventé, à part de ces données, pour voir chaque page.",
        "Two years of a made-up ministry, apart from these data, to see every page.",
    ),
    "begin_more": Text("Pas à pas\u00a0: {page}", "Step by step: {page}"),
    "title": Text("Engagements", "Standards"),
    "lead": Text(
        "Du plus en retard au mieux tenu, selon l’exercice {year}. Chaque ligne s’ouvre.",
        "Worst first, by the fiscal year {year}. Each row opens.",
    ),
    "of_unit": Text("{unit} seulement.", "{unit} only."),
    "every_unit_link": Text("Voir toutes les unités", "See all units"),
    "today": Text("à décider aujourd’hui", "to decide today"),
    "change_since": Text("Depuis {month}", "Since {month}"),
    "points": Text("{points} pt", "{points} pt"),
    "late_left": Text("Retards restants", "Late left"),
    "late_of_allowed": Text("de {allowed}", "of {allowed}"),
    "open_now": Text("Ouverts", "Open"),
    "open_forecast": Text("Prévision du mois", "Forecast of the month"),
    "open_attainment": Text("Atteinte en détail", "Attainment in detail"),
    "below_target": Text("engagements sous la cible", "standards below target"),
    "below_target_one": Text("engagement sous la cible", "standard below target"),
    "overdue_files": Text("dossiers dépassés", "overdue files"),
    "overdue_files_one": Text("dossier dépassé", "overdue file"),
    "critical_files": Text("dossiers critiques", "critical files"),
    "critical_files_one": Text("dossier critique", "critical file"),
    "long_waits": Text("attentes longues", "long waits"),
    "long_waits_one": Text("attente longue", "long wait"),
    "risk_files": Text("dossiers à risque", "files at risk"),
    "risk_files_one": Text("dossier à risque", "file at risk"),
    "threatened": Text("cible menacée", "target threatened"),
    "attainment_of": Text("Atteinte de : {name}", "Attainment of: {name}"),
    "by_due": Text("Dossiers échus", "Files due"),
    "this_month": Text("Ce mois-ci", "This month"),
    "nothing_yet": Text("rien encore", "nothing yet"),
    "late_budget": Text("Retards de l’exercice", "Late files this fiscal year"),
    "committed_hint": Text(
        "Engagés : les décidés en retard, et les ouverts déjà dépassés.",
        "Committed: decided late, and open but already overdue.",
    ),
    "open_files": Text("Dossiers ouverts", "Open files"),
    "no_open": Text("Aucun dossier ouvert.", "No open file."),
    "trend_of": Text(
        "Atteinte par mois, dossiers décidés : {name}", "Attainment by month, files decided: {name}"
    ),
    "trend_drawn": Text(
        "Courbe de l’atteinte sur douze mois ; le tableau qui suit dit la même chose.",
        "Line of the attainment over twelve months; the table that follows says the same.",
    ),
    "as_table": Text("En tableau", "As a table"),
    "reach_title": Text("Pour atteindre la cible", "To reach the target"),
    "reach_done": Text("Atteinte sur ce qui est décidé.", "Reached on what has been decided."),
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
    "stairs_need": Text(
        "Des {open} ouverts à échéance ce mois-ci, {n} à décider dans le délai",
        "Of {open} open and due this month, {n} to decide in time",
    ),
    "stairs_impossible": Text(
        "Ce mois-ci, selon les échéances\u00a0: cible hors d’atteinte",
        "This month, by due date: target out of reach",
    ),
    "reach_open": Text(
        "{n} dossiers ouverts sont encore dans le délai.", "{n} open files are still on time."
    ),
    "reach_open_one": Text(
        "{n} dossier ouvert est encore dans le délai.", "{n} open file is still on time."
    ),
}
