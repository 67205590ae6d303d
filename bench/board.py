"""The board's pages, and its live worklist: a million open files, two years of tallies, on SQLite
and PostgreSQL.

Measured is the whole response in process (authentication, queries, figures, page), without the
network: every page with random parameters, the worklist with every combination of its filters and
from deep cursors. Then the cost of one change with 200 subscribers of the same list.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from bench import board_files
from bench.attainment import (
    BASES,
    PERIODS,
    TODAY,
    UNITS,
    answer_milliseconds,
    client_of,
    forty_units,
    json_routes,
    on_each_database,
    seed,
)
from bench.board_live import live_figures
from bench.figures import Figure, p50_and_p99, percentile
from services.compliance.board import Board, board_pages
from services.compliance.projection import WORKLIST_STAGES, ComplianceStore, worklist_order
from shared.database import Database
from shared.database.migrations import migrate
from shared.domain import Catalogue, microseconds

_TARGET_MS = 50.0
_WARMING = 20


def figures(files: int, asked: int, days: int) -> Iterator[Figure]:
    """Every page, on each available database."""
    return on_each_database(partial(_measure, files, asked, days))


async def _measure(
    files: int, asked: int, days: int, name: str, url: str, folder: Path
) -> list[Figure]:
    catalogue, database = forty_units(), Database(url)
    store = ComplianceStore(database)
    await migrate(database)
    await seed(url, catalogue, days)
    await board_files.fold(store, catalogue, files)
    await board_files.insert_history(url, catalogue)
    gc.collect()
    gc.freeze()  # a server does not have the bench's own objects
    results: list[Figure] = []
    board = Board(store, catalogue, lambda: board_files.NOW, alertmanager=True)
    routes = (board_pages(board).routes, json_routes(store, catalogue, board.now))
    async with client_of(routes, folder, board_files.NOW, "text/html") as client:
        for page, address in pages(catalogue, files).items():
            questions = (address() for _ in range(_WARMING + asked))
            wall, processor = await answer_milliseconds(client, questions)
            results += p50_and_p99(f"{name}: {page}", wall[_WARMING:], _TARGET_MS)
            if database.on_sqlite:  # otherwise the server's share is unknown
                p99 = percentile(processor[_WARMING:], 99)
                results.append(Figure("  processor, p99", p99, "ms"))
    results += await live_figures(name, board)
    await database.close()
    return results


def pages(catalogue: Catalogue, files: int) -> Mapping[str, Callable[[], str]]:
    """URLs of each page, the next one at each call."""
    chance = random.Random(2021)
    one = _Choices(chance, catalogue, files)
    combined = one.combined()
    return {
        "standards": lambda: f"/?{one.unit()}",
        "worklist, no filter, each order": lambda: f"/worklist?unit=&{one.order()}",
        "worklist, any filters": lambda: f"/worklist?{next(combined)}",
        "worklist, no filter, deep": lambda: f"/worklist?unit=&{one.deep()}",
        "worklist, any filters, deep": lambda: f"/worklist?{next(combined)}&{one.deep()}",
        "worklist, any filters, any order": lambda: f"/worklist?{next(combined)}&{one.order()}",
        "attainment, all standards": lambda: f"/attainment?unit=&{one.period()}",
        "attainment, any standard": lambda: f"/attainment?{one.figures()}",
        "what changed, all standards": lambda: f"/changes?{one.period()}",
        "what changed, any standard": lambda: f"/changes?{one.figures()}",
        "pictures": lambda: f"/pictures?{one.standard()}&by={chance.choice(('month', 'week'))}",
        "variation": lambda: f"/variation?{one.figures()}",
        "files behind a figure": lambda: f"/attainment/files?unit=&{one.standard()}&{one.period()}",
        "files behind a figure, deep": lambda: f"/attainment/files?unit=&{one.behind()}",
        "corrections": lambda: f"/attainment/corrections?{one.figures()}",
        "alerts": lambda: "/alerts?unit=",
        "alerts, any filters": lambda: f"/alerts?{one.alerts()}",
        "annual report, staff": lambda: "/report?fiscal_year=2025-2026",
        "annual report, public": lambda: "/report?fiscal_year=2025-2026&audience=public",
        "annual report, each unit": lambda: "/report?fiscal_year=2025-2026&by=unit",
        "calculator": lambda: f"/calculator?unit=&{one.request()}",
        "catalogue": lambda: "/catalogue",
        "calendar": lambda: f"/calendars/qc-legal?year={chance.randrange(2015, 2041)}",
    }


class _Choices:
    """Random parameters of a URL."""

    def __init__(self, chance: random.Random, catalogue: Catalogue, files: int) -> None:
        self._chance = chance
        self._standards = list(catalogue.standards)
        self._files = files

    def combined(self) -> Iterator[str]:
        """Every combination of the worklist's filters, in random order, repeatedly."""
        filters = {
            "standard": self._standards,
            "unit": UNITS,
            "stage": ("today", *WORKLIST_STAGES),
            "waiting": ("yes", "no"),
        }
        every = list(product(*(("", *words) for words in filters.values())))
        while True:
            self._chance.shuffle(every)
            for words in every:
                yield urlencode(dict(zip(filters, words, strict=True)))

    def _any(self, **words: Sequence[str]) -> str:
        """Parameters, each with one of its words."""
        return urlencode({name: self._chance.choice(some) for name, some in words.items()})

    def deep(self) -> str:
        """A random cursor in the months in which files breach."""
        breaches = microseconds(board_files.NOW) + self._chance.randrange(-30, 60) * 86_400_000_000
        name = board_files.name_of(self._chance.randrange(self._files))
        return urlencode({"sort": "due", "after": f"0~{breaches}~{name}"})

    def order(self) -> str:
        return self._any(sort=worklist_order.WORKLIST_ORDERS)

    def unit(self) -> str:
        """A unit, or all: named, since pages begin with the one that was asked for before."""
        return self._any(unit=("", *UNITS))

    def standard(self) -> str:
        return self._any(standard=self._standards)

    def period(self) -> str:
        return self._any(period=PERIODS, basis=BASES)

    def figures(self) -> str:
        return f"{self._any(unit=('', '', *UNITS))}&{self.standard()}&{self.period()}"

    def behind(self) -> str:
        """A page of files in the middle of last year."""
        day = datetime(TODAY.year - 1, 9, 1).toordinal() + self._chance.randrange(120)  # noqa: DTZ001 — a day
        part = self._any(part=("numerator", "denominator", "late"))
        after = f"{day}~{board_files.name_of(self._chance.randrange(self._files))}~1"
        asked = urlencode({"period": "2025-2026", "after": after})
        return f"{self.standard()}&{part}&{asked}"

    def request(self) -> str:
        """A request of the last two years, answered a month after documents were asked for."""
        received = TODAY - timedelta(days=self._chance.randrange(700))
        days = {"received": 0, "requested": 3, "answered": 33}
        asked = {name: received + timedelta(days=after) for name, after in days.items()}
        return urlencode({"standard": "caq-etudes", **asked})

    def alerts(self) -> str:
        return self._any(
            state=("active", "resolved", "all"),
            standard=("", *self._standards),
            unit=("", *UNITS),
            stage=("", "at_risk", "critical", "overdue"),
        )
