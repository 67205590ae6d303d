"""Addresses to ask for, with random parameters: of every page, route and spreadsheet of compliance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from urllib.parse import urlencode

from bench.attainment import BASES, PERIODS, TODAY, UNITS
from bench.board import ministry
from services.compliance.projection import STOP_RULES, WORKLIST_STAGES, worklist_order
from shared.domain import Catalogue, microseconds

_CALLS = "telephone"
"""A standard in minutes, which has no delays in days."""


def addresses(catalogue: Catalogue, files: int) -> Mapping[str, Callable[[], str]]:
    """URLs by the name of what answers, the next one at each call."""
    one = _Choices(random.Random(2021), catalogue, files)
    return {**_pages(one), **_spreadsheets(one), **_routes(one)}


def _pages(one: _Choices) -> Mapping[str, Callable[[], str]]:
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
        "attainment, as known on a day": lambda: f"/attainment?{one.figures()}&{one.known()}",
        "what changed, all standards": lambda: f"/changes?unit=&{one.period()}",
        "what changed, any standard": lambda: f"/changes?{one.figures()}",
        "pictures": lambda: f"/pictures?{one.place()}&{one.grouping()}",
        "variation": lambda: f"/variation?{one.figures()}",
        "forecast": lambda: f"/forecast?{one.place()}&{one.current()}",
        "forecast, all standards": lambda: f"/forecast?unit=&{one.current()}",
        "stops, all standards": lambda: f"/stops?unit=&{one.period()}",
        "stops, any standard": lambda: f"/stops?{one.figures()}",
        "files to verify": lambda: f"/stops/files?unit=&{one.rule()}&period=2025-2026",
        "files behind a figure": lambda: f"/attainment/files?unit=&{one.standard()}&{one.period()}",
        "files behind a figure, deep": lambda: f"/attainment/files?unit=&{one.behind()}",
        "files behind a figure, as known": lambda: (
            f"/attainment/files?{one.figures()}&{one.known()}"
        ),
        "corrections": lambda: f"/attainment/corrections?{one.figures()}",
        "alerts": lambda: "/alerts?unit=",
        "alerts, any filters": lambda: f"/alerts?{one.alerts()}",
        "annual report, staff": lambda: "/report?fiscal_year=2025-2026",
        "annual report, as known on a day": lambda: f"/report?fiscal_year=2025-2026&{one.known()}",
        "annual report, public": lambda: "/report?fiscal_year=2025-2026&audience=public",
        "annual report, each unit": lambda: "/report?fiscal_year=2025-2026&by=unit",
        "editions": lambda: "/editions",
        "preview": lambda: "/preview",
        "results, public": lambda: "/results",
        "file, from its snapshot": lambda: f"/files/{one.file()}",
        "calculator": lambda: f"/calculator?unit=&{one.request()}",
        "catalogue": lambda: "/catalogue",
        "calendar": lambda: f"/calendars/qc-legal?year={one.year()}",
    }


def _spreadsheets(one: _Choices) -> Mapping[str, Callable[[], str]]:
    """Lists of a unit and stage, or of a month: lists have as many lines as there are files."""
    return {
        "worklist.csv, a unit's critical": lambda: (
            f"/worklist.csv?{one.standard()}&unit={UNITS[-1]}&stage=critical&{one.plain_order()}"
        ),
        "attainment.csv": lambda: f"/attainment.csv?{one.figures()}",
        "attainment/delays.csv": lambda: f"/attainment/delays.csv?{one.delays()}",
        "attainment/files.csv, a unit's month": lambda: (
            f"/attainment/files.csv?{one.standard()}&unit={UNITS[-1]}&period=2025-10"
        ),
        "changes.csv, all standards": lambda: f"/changes.csv?unit=&{one.period()}",
        "stops.csv": lambda: f"/stops.csv?{one.figures()}",
        "stops/files.csv, a unit's": lambda: (
            f"/stops/files.csv?{one.rule()}&unit={UNITS[-1]}&period=2026-10"
        ),
        "variation.csv": lambda: f"/variation.csv?{one.figures()}&{one.sheet()}",
        "forecast.csv": lambda: f"/forecast.csv?{one.place()}&{one.current()}",
        "report.csv": lambda: "/report.csv?fiscal_year=2025-2026",
        "report.csv, each unit": lambda: "/report.csv?fiscal_year=2025-2026&by=unit",
    }


def _routes(one: _Choices) -> Mapping[str, Callable[[], str]]:
    return {
        "/v1/attainment": lambda: f"/v1/attainment?{one.period()}",
        "/v1/attainment, any": lambda: f"/v1/attainment?{one.api_figures()}",
        "/v1/attainment, as known": lambda: f"/v1/attainment?{one.api_figures()}&{one.known()}",
        "/v1/attainment/files": lambda: f"/v1/attainment/files?{one.api_figures()}",
        "/v1/attainment/files, as known": lambda: (
            f"/v1/attainment/files?{one.api_figures()}&{one.known()}"
        ),
        "/v1/corrections": lambda: f"/v1/corrections?{one.standard()}",
        "/v1/anomalies": lambda: "/v1/anomalies",
        "/v1/open": lambda: "/v1/open",
        "/v1/open, any": lambda: f"/v1/open?{one.api_place()}",
        "/v1/delays": lambda: f"/v1/delays?{one.period()}",
        "/v1/delays, any": lambda: f"/v1/delays?{one.api_figures()}",
        "/v1/delays, a standard's units": lambda: (
            f"/v1/delays?{one.standard()}&{one.period()}&by=unit"
        ),
        "/v1/changes": lambda: f"/v1/changes?{one.period()}",
        "/v1/changes, any": lambda: f"/v1/changes?{one.api_figures()}",
        "/v1/workload": lambda: f"/v1/workload?{one.api_place()}&{one.grouping()}",
        "/v1/reach": lambda: f"/v1/reach?{one.current()}",
        "/v1/reach, any": lambda: f"/v1/reach?{one.api_place()}&{one.current()}",
        "/v1/forecast": lambda: "/v1/forecast",
        "/v1/variation": lambda: f"/v1/variation?{one.api_figures()}",
        "/v1/age-order": lambda: f"/v1/age-order?{one.api_place()}",
        "/v1/stops": lambda: f"/v1/stops?{one.period()}",
        "/v1/stops, any": lambda: f"/v1/stops?{one.api_figures()}",
        "/v1/stops/files": lambda: f"/v1/stops/files?{one.rule()}&period=2025-2026",
        "/v1/report": lambda: "/v1/report?fiscal_year=2025-2026",
        "/v1/report, each unit": lambda: "/v1/report?fiscal_year=2025-2026&by=unit",
        "/v1/publication": lambda: "/v1/publication/2025-2026.zip",
        "/v1/editions": lambda: "/v1/editions",
        "/v1/editions, a document": lambda: "/v1/editions/1/publication.zip",
        "/v1/alerts": lambda: "/v1/alerts",
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
        """Parameters, each with one of its words; those that are empty are left out."""
        chosen = {name: self._chance.choice(some) for name, some in words.items()}
        return urlencode(chosen)

    def deep(self) -> str:
        """A random cursor in the months in which files breach."""
        breaches = microseconds(ministry.NOW) + self._chance.randrange(-30, 60) * 86_400_000_000
        return urlencode({"sort": "due", "after": f"0~{breaches}~{self.file()}"})

    def order(self) -> str:
        return self._any(sort=worklist_order.WORKLIST_ORDERS)

    def plain_order(self) -> str:
        """One that every standard has."""
        return self._any(sort=[one for one in worklist_order.WORKLIST_ORDERS if one != "effect"])

    def unit(self) -> str:
        """A unit, or all: named, since pages begin with the one that was asked for before."""
        return self._any(unit=("", *UNITS))

    def standard(self) -> str:
        return self._any(standard=self._standards)

    def period(self) -> str:
        return self._any(period=PERIODS, basis=BASES)

    def current(self) -> str:
        return self._any(period=("month", "quarter", "fiscal-year"))

    def grouping(self) -> str:
        return self._any(by=("month", "week"))

    def place(self) -> str:
        return f"{self._any(unit=('', '', *UNITS))}&{self.standard()}"

    def api_place(self) -> str:
        """A standard, and a unit of it half of the time: a route takes no empty one."""
        unit = f"&{self._any(unit=UNITS)}" if self._chance.random() < 1 / 2 else ""
        return f"{self.standard()}{unit}"

    def figures(self) -> str:
        return f"{self.place()}&{self.period()}"

    def api_figures(self) -> str:
        return f"{self.api_place()}&{self.period()}"

    def delays(self) -> str:
        standards = [one for one in self._standards if one != _CALLS]
        return f"{self._any(standard=standards, unit=('', *UNITS))}&{self.period()}"

    def known(self) -> str:
        """A day of the last year."""
        day = TODAY - timedelta(days=self._chance.randrange(1, 365))
        return urlencode({"known_at": day.isoformat()})

    def rule(self) -> str:
        return self._any(standard=self._standards, rule=STOP_RULES)

    def sheet(self) -> str:
        return self._any(part=("chart", "units", "order"))

    def file(self) -> str:
        return ministry.name_of(self._chance.randrange(self._files))

    def year(self) -> int:
        return self._chance.randrange(2015, 2041)

    def behind(self) -> str:
        """A page of files in the middle of last year."""
        day = date(TODAY.year - 1, 9, 1).toordinal() + self._chance.randrange(120)
        part = self._any(part=("numerator", "denominator", "late"))
        asked = urlencode({"period": "2025-2026", "after": f"{day}~{self.file()}~1"})
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
