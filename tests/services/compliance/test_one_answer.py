"""One answer: over random histories, every figure that two readings show is the same in both.

A reading is a form in which figures leave the system: the API, the report, the pages and the spreadsheets of the board,
the metrics, and the digest that is mailed. Each is read with the words that people see, not with the product's own names.
"""

from __future__ import annotations

import csv
import html
import io
import random
import re
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from services.compliance.attainment.metrics import BusinessMetrics
from services.compliance.notifications.digest.schedule import digests
from services.compliance.periods import PERIODS
from shared.domain.events import Event
from shared.metrics.registry import Metrics
from shared.text import formats
from tests.builders import (
    CATALOGUE,
    answered,
    decided,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.services.compliance.board.browsing import sheet, shown
from tests.services.scrape import scraped
from tests.services.world import Site, World, site, world

TODAY = date(2026, 11, 26)
NOW = f"{TODAY} 10:00"
UNITS = ("montreal", "laval", "estrie")
KINDS: Final[Sequence[tuple[str, Mapping[str, str], int]]] = (
    ("courriel", {}, 3),
    ("telephone", {}, 1),
    ("caq-etudes", {}, 35),
    ("peq", {}, 200),
    ("evaluation-comparative", {"evaluation": "initiale"}, 60),
    ("evaluation-comparative", {"evaluation": "reevaluation"}, 60),
)
"""Limits in business days, minutes and months, measured or followed; with about how many days a file takes."""
ASKED: Final = (*PERIODS, "2025-2026", "2026-Q3", "2026-11", "2026-10", "2026-03")
BASES: Final = {"decided": "", "due": "_due"}
SHARE: Final = ("attainment", "on_time", "measured")
RUNNING: Final = ("open", "waiting", "overdue")
"""Figures of the present, whatever the period."""
MOST_DIFFERENCE: Final = 1e-4
"""Of a ratio that is written as a percentage with two decimals; counts are whole."""


class Place(NamedTuple):
    """What a figure is of; a period by the name in which it was asked for."""

    name: str
    period: str
    standard: str | None
    unit: str | None


Reading = Iterator[tuple[Place, float | None]]
Answers = AsyncIterator[tuple[Place, float | None]]


def lives(chance: random.Random, files: int) -> Iterator[Event]:
    """Files of a year and a half: open, waiting, decided, withdrawn, open again, and decisions taken back."""
    for number in range(files):
        standard, attributes, pace = chance.choice(KINDS)
        name = f"F-{number}"
        end = timedelta(days=round(pace * chance.uniform(0, 2)))
        days = chance.choice((20, 200, 560))
        begin = TODAY - timedelta(days=chance.randrange(1, days))

        def moment(day: date, hour: int) -> str:
            return f"{day} {hour:02}:00"

        unit = chance.choice(UNITS)
        yield received(name, moment(begin, 9), standard=standard, unit=unit, attributes=attributes)
        if chance.random() < 0.25:
            yield requested(name, moment(begin, 11))
            if chance.random() < 0.6 and begin + end / 2 < TODAY:
                yield answered(name, moment(begin + end / 2, 12))
        if begin + end >= TODAY:
            continue
        match chance.randrange(10):
            case 0 | 1:
                pass
            case 2:
                yield withdrawn(name, moment(begin + end, 14))
            case 3:
                yield decided(name, moment(begin + end, 14), "refused")
                yield reopened(name, moment(begin + end, 16))
            case 4:
                yield decided(name, moment(begin + end, 14), "refused", named=f"{name}-decided")
                yield voided(name, moment(begin + end, 17), f"{name}-decided")
            case _:
                recorded = moment(min(TODAY - timedelta(days=1), begin + end * 2), 18)
                yield decided(name, moment(begin + end, 14), "accepted", recorded=recorded)


def enough(chance: random.Random) -> Iterator[Event]:
    """E-mails of a year that is over, enough to be published; some decisions are taken back, some recorded late."""
    for number in range(120):
        name, begin = f"Y-{number}", date(2025, 5, 1) + timedelta(days=chance.randrange(200))
        end = begin + timedelta(days=chance.choice((0, 0, 0, 12)))
        yield received(name, f"{begin} 09:00", standard="courriel", unit=chance.choice(UNITS))
        late = end + timedelta(days=chance.choice((0, 0, 300)))
        yield decided(name, f"{end} 14:00", "answered", named=f"{name}-d", recorded=f"{late} 15:00")
        if chance.random() < 0.05:
            yield voided(name, f"{late} 17:00", f"{name}-d")


def value(text: str) -> float | None:
    """A number as any of the readings writes it."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace("\u2212", "-").replace(",", ".")
    if plain in ("", "—", "riendemesuré", "rienencore"):
        return None
    return float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)


def duration(text: str) -> float | None:
    """Days, or seconds as people read them: ``1 min 30 s``."""
    parts = re.findall(r"(\d+)\u00a0(h|min|s)", text)
    if not parts:
        return value(text)
    return sum(int(amount) * {"h": 3_600, "min": 60, "s": 1}[unit] for amount, unit in parts)


def cells(row: str) -> list[str]:
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)
    return [html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in found]


def of_unit(name: str) -> str | None:
    """The unit that bears a name; None for all."""
    return next((unit for unit, one in CATALOGUE.units.items() if one.name.fr == name), None)


def of_standard(name: str) -> str | None:
    return next((one for one, known in CATALOGUE.standards.items() if known.name.fr == name), None)


def named(asked: str, row: Mapping[str, Any], suffix: str = "") -> Reading:
    """The figures of a row that programs read."""
    for name, figure in row.items():
        if name not in ("standard", "unit", "period", "formulas", "target"):
            when = "now" if name in RUNNING else asked
            number = value(figure) if isinstance(figure, str) else figure
            yield Place(name + suffix, when, row["standard"] or None, row["unit"] or None), number


def of_delays(asked: str, row: Mapping[str, Any]) -> Reading:
    for measure, name in product(("net", "gross"), ("mean", "median", "p80", "p90")):
        place = Place(f"delay_{name}_{measure}", asked, row["standard"], row["unit"])
        yield place, row[measure][name]


async def of_the_api(web: Site) -> Answers:
    for asked, (basis, suffix) in product(ASKED, BASES.items()):
        answer = await web.json("/v1/attainment", period=asked, basis=basis, by="unit")
        for row in answer["rows"]:
            for figure in named(asked, row, suffix):
                yield figure
    for asked in ASKED:
        for row in (await web.json("/v1/delays", period=asked, by="unit"))["rows"]:
            for figure in of_delays(asked, row):
                yield figure
    for row in (await web.json("/v1/open", by="unit"))["rows"]:
        for age, stages in row["ages"].items():
            for stage, files in stages.items():
                yield Place(f"age {age} {stage}", "now", row["standard"], row["unit"]), files
        whose = row["standard"], row["unit"]
        yield Place("open", "now", *whose), row["open"] + row["followed"]
        yield Place("waiting", "now", *whose), row["waiting"]
        for stage, files in row["stages"].items():
            yield Place(stage, "now", *whose), files


async def of_the_report(web: Site) -> Answers:
    for year in ("fiscal-year", "2025-2026"):
        query = {"fiscal_year": year, "by": "unit"}
        for row in (await web.json("/v1/report", **query))["rows"]:
            for figure in named(year, row):
                yield figure
        written = (await web.get("/v1/report", format="csv", **query)).text
        for line in csv.DictReader(io.StringIO(written)):
            for figure in named(year, line):
                yield figure
        written = (await web.get("/v1/report", format="markdown", **query)).text
        for figure in of_markdown(year, written):
            yield figure


MARKDOWN: Final = {
    "Atteinte (décidés)": ("attainment",),
    "Dans le délai / mesurés": ("on_time", "measured"),
    "Atteinte (échus)": ("attainment_due",),
    "Retards permis / engagés": ("late_allowed", "late_committed"),
    "Retards restants": ("late_left",),
    "Ouverts": ("open",),
    "En attente du client": ("waiting",),
    "Dépassés": ("overdue",),
}


def of_markdown(asked: str, text: str) -> Reading:
    lines = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]
    for line in lines[1:]:
        row = dict(zip(lines[0], line, strict=True))
        standard, _, unit = row["Engagement"].partition(" — ")
        for heading, names in MARKDOWN.items():
            for name, text in zip(names, row[heading].split(" / "), strict=True):
                when = "now" if name in RUNNING else asked
                yield Place(name, when, of_standard(standard), of_unit(unit)), value(text)


async def of_the_report_page(web: Site) -> Answers:
    for year in ("fiscal-year", "2025-2026"):
        asked = {"format": "html", "by": "unit", "fiscal_year": year}
        page = (await web.get("/v1/report", **asked)).text
        for section in page.split('<section class="commitment" id="')[1:]:
            standard = section.partition('"')[0]
            for row in re.findall(r"<tr.*?</tr>", section, re.S)[2:]:
                unit, *figures = cells(row)
                names = [f"{name}{suffix}" for suffix in BASES.values() for name in SHARE]
                for name, text in zip(names, figures, strict=True):
                    yield Place(name, year, standard, of_unit(unit)), value(text)
            names = ["late_allowed", "late_used", "late_committed", "late_left"]
            late = re.search(r"Retards permis\s*: (.*?)\.\s+Dossiers reçus\s*: (.*?)\.", section)
            assert late
            numbers = [
                re.sub(r"[^\d\s\u2212-]", "", one)
                for part in late.groups()
                for one in part.split(";")
            ]
            for name, text in zip((*names, "received", "withdrawn"), numbers, strict=True):
                yield Place(name, year, standard, None), value(text)


DELAYS: Final = {
    f"{heading} ({of})": f"delay_{name}_{measure}"
    for of, measure in (("net", "net"), ("brut", "gross"))
    for heading, name in (
        ("Délai médian", "median"),
        ("80\u00a0% en", "p80"),
        ("90\u00a0% en", "p90"),
    )
}
SPREADSHEET: Final = {
    **DELAYS,
    "Délai moyen (net)": "delay_mean_net",
    "Délai moyen (brut)": "delay_mean_gross",
    "Atteinte (décidés)": "attainment",
    "Atteinte (échus)": "attainment_due",
    "Mesurés (décidés)": "measured",
    "Dans le délai (décidés)": "on_time",
    "En retard (décidés)": "late",
    "Mesurés (échus)": "measured_due",
    "Dans le délai (échus)": "on_time_due",
    "En retard (échus)": "late_due",
    "Retards permis": "late_allowed",
    "Retards utilisés": "late_used",
    "Retards engagés": "late_committed",
    "Retards restants": "late_left",
    "Reçus": "received",
    "Retirés": "withdrawn",
    "Ouverts": "open",
    "En attente du client": "waiting",
    "Dépassés": "overdue",
}


def of_sheet(asked: str, lines: Sequence[Mapping[str, str]]) -> Reading:
    for line in lines:
        row = {
            SPREADSHEET[heading]: text for heading, text in line.items() if heading in SPREADSHEET
        }
        assert len(row) == len(SPREADSHEET)
        whose = {"standard": line["Engagement (code)"], "unit": line["Unité (code)"]}
        yield from named(asked, {**row, **whose})


async def of_the_spreadsheets(web: Site) -> Answers:
    for asked, standard in product(ASKED, ("", "courriel", "caq-etudes")):
        chosen = {"period": asked, "standard": standard}
        for figure in of_sheet(asked, sheet(await shown(web, "/attainment.csv", **chosen))):
            yield figure
        for row in (await shown(web, "/attainment.json", **chosen)).json()["rows"]:
            for figure in named(asked, row):
                yield figure
        for figure in of_markdown(asked, (await shown(web, "/attainment.md", **chosen)).text):
            yield figure
    for figure in of_sheet("fiscal-year", sheet(await shown(web, "/report.csv", by="unit"))):
        yield figure


PAGE: Final = {
    "Atteinte": "attainment",
    "Dans le délai": "on_time",
    "Mesurés": "measured",
    "En retard": "late",
    "Permis": "late_allowed",
    "Utilisés": "late_used",
    "Engagés": "late_committed",
    "Restants": "late_left",
}


def budget(panel: str) -> Iterator[tuple[str, float | None]]:
    for label, text in re.findall(r"<dt>([^<]*)</dt><dd[^>]*>([^<]*)</dd>", panel):
        if label in PAGE:
            yield PAGE[label], value(text)


async def of_the_pages(web: Site) -> Answers:
    for asked, (basis, suffix), standard in product(ASKED, BASES.items(), ("", "courriel", "peq")):
        chosen = {"period": asked, "basis": basis, "standard": standard}
        page = (await shown(web, "/attainment", **chosen, delays="unit")).text
        for name, number in budget(page):
            yield Place(name + suffix, asked, standard or None, None), number
        for row in re.findall(
            r'<tr><th scope="row"><a href="/attainment\?[^"]*">.*?</tr>', page, re.S
        ):
            whose, *figures = cells(row)
            month = re.search(r"period=(\d{4}-\d{2})&", row)
            if month and " / " in figures[1]:  # one of the twelve months
                texts = figures[0], *figures[1].split(" / ")
                for name, text in zip(SHARE, texts, strict=True):
                    yield Place(name + suffix, month[1], standard or None, None), value(text)
                continue
            place = (standard, of_unit(whose)) if standard else (of_standard(whose), None)
            for label, cell in re.findall(r'data-label="([^"]*)">(.*?)</td>', row, re.S):
                text = html.unescape(re.sub(r"<[^>]*>", "", cell))
                if label in DELAYS:
                    yield Place(DELAYS[label], asked, *place), duration(text)
                if label in PAGE:
                    yield Place(PAGE[label] + suffix, asked, *place), value(text)


_SHARE = re.compile(r"(.*%) (\S+) sur (\S+)")


async def of_the_home_page(web: Site) -> Answers:
    page = (await shown(web, "/")).text
    for card in page.split('<article class="card" id="')[1:]:
        standard = card.partition('"')[0]
        rows = re.findall(r"<tr><th.*?</tr>", card, re.S)[1:3]
        for asked, row in zip(("month", "fiscal-year"), rows, strict=True):
            for suffix, cell in zip(BASES.values(), cells(row)[1:], strict=True):
                share = _SHARE.fullmatch(cell.replace("\u00a0", ""))
                figures = share.groups() if share else ("—", "0", "0")
                for name, text in zip(SHARE, figures, strict=True):
                    yield Place(name + suffix, asked, standard, None), value(text)
        for name, number in budget(card):
            yield Place(name, "fiscal-year", standard, None), number
        for stage, files in re.findall(
            r"stage=(\w+)&amp;measured=yes.*?<strong>(.*?)</strong>", card, re.S
        ):
            yield Place(stage, "now", standard, None), value(files)


MONTHS: Final = {
    formats.month(date(2026, number, 1), "fr").split()[0]: number for number in range(1, 13)
}
LATE: Final = ("late", "measured", "attainment")
_LATE = re.compile(r"(\S+) en retard sur (\S+) (\S+)")


async def of_the_changes(web: Site) -> Answers:
    """The period asked for, and those beside it that are over."""
    for asked, (basis, suffix) in product(ASKED, BASES.items()):
        chosen = {"period": asked, "basis": basis}
        answer = await web.json("/v1/changes", by="unit", **chosen)
        whole = {"current": asked}
        if answer["elapsed"] is None and not asked.startswith("rolling"):
            whole |= {one: answer[one]["period"] for one in ("before", "year_ago") if answer[one]}
        for row, (side, period) in product(answer["rows"], whole.items()):
            for name in (*SHARE, "late"):
                place = Place(name + suffix, period, row["standard"], row["unit"])
                yield place, row[side][name]
        for line in sheet(await shown(web, "/changes.csv", **chosen)):
            of = line["Engagement (code)"], line["Unité (code)"] or None
            headings = ("En retard", "Mesurés", "Atteinte")
            for name, heading in zip(LATE, headings, strict=True):
                yield Place(name + suffix, asked, *of), value(line[f"{heading} (période)"])
        page = (await shown(web, "/changes", **chosen)).text
        rows = page[page.index('<table class="list folds dense compares">') :]
        for row in re.findall(r'<tr><th scope="row">.*?</tr>', rows, re.S):
            link, cell = re.search(r'href="(.*?)"', row), re.search(r"<td.*?</td>", row, re.S)
            assert link and cell
            asked_for = dict(re.findall(r"(\w+)=([\w-]+)", link[1]))
            texts = _LATE.fullmatch(" ".join(cells(cell[0])[0].replace("\u00a0", "").split()))
            figures = texts.groups() if texts else ("0", "0", "—")
            for name, text in zip(LATE, figures, strict=True):
                place = Place(name + suffix, asked, asked_for["standard"], asked_for.get("unit"))
                yield place, value(text)


def month_named(text: str) -> str | None:
    """Of the form 2026-11, from its name in French; None for what is none."""
    year, number = text.split()[-1], MONTHS.get(text.split()[0])
    return f"{year}-{number:02}" if number else None


STAGE_HEADINGS = {
    "on_track": "dans les temps",
    "at_risk": "à risque",
    "critical": "critique",
    "overdue": "dépassé",
}


async def of_the_pictures(web: Site) -> Answers:
    for standard in CATALOGUE.standards:
        for line in sheet(await shown(web, "/pictures.csv", standard=standard)):
            first, last = line["Âge, de"], line["Âge, à"]
            age = f"{first}-{last}" if last else f">{int(first) - 1}"
            for stage, heading in STAGE_HEADINGS.items():
                yield Place(f"age {age} {stage}", "now", standard, None), value(line[heading])
        page = (await shown(web, "/pictures", standard=standard)).text
        for row in re.findall(r'<tr><th scope="row">.*?</tr>', page, re.S):
            name, *texts = cells(row)
            month = month_named(name.replace(" (en cours)", ""))
            if month is None:
                continue
            if len(texts) == len(("late of measured", "attainment")):
                figures = dict(zip(LATE, (*texts[0].split(" sur "), texts[1]), strict=True))
            else:
                figures = {"received": texts[0], "withdrawn": texts[2]}
                if month == f"{TODAY:%Y-%m}":
                    open_now = await web.json("/v1/open", standard=standard)
                    [whole] = [one for one in open_now["rows"] if one["unit"] is None]
                    counts = [
                        whole[one] for one in ("open", "waiting", "waiting_other", "followed")
                    ]
                    assert value(texts[3]) == sum(counts)
            for figure, text in figures.items():
                yield Place(figure, month, standard, None), value(text)
        rows = {
            cells(row)[0]: cells(row)[1:]
            for row in re.findall(r"<tr><th scope=.*?</tr>", page, re.S)
        }
        if "Total" in rows:
            names = {"age >160": "161 jours et plus", "age 11-20": "11 à 20 jours", "": "Total"}
            for (age, row), stage in product(names.items(), STAGE_HEADINGS):
                text = rows[row][list(STAGE_HEADINGS).index(stage)]
                yield Place(f"{age} {stage}".strip(), "now", standard, None), value(text)


async def of_the_metrics(known: World) -> Answers:
    kept, parts = Metrics(known.now), known.embedded
    await BusinessMetrics(parts.compliance, parts.catalogue, kept, known.now).refresh()
    samples = scraped(kept)
    for standard, asked in product(CATALOGUE.standards, PERIODS):
        of = {"standard": standard, "period": asked}
        for basis, suffix in BASES.items():
            ratio = samples.of("echeance_attainment_ratio", basis=basis, **of)
            yield Place(f"attainment{suffix}", asked, standard, None), ratio
            for outcome in ("on_time", "late"):
                files = samples.of("echeance_measured_files", basis=basis, outcome=outcome, **of)
                yield Place(f"{outcome}{suffix}", asked, standard, None), files
        for measure, (name, quantile) in product(
            ("net", "gross"), (("median", "0.5"), ("p80", "0.8"), ("p90", "0.9"))
        ):
            delay = samples.of("echeance_delay_percentile", delay=measure, share=quantile, **of)
            yield Place(f"delay_{name}_{measure}", asked, standard, None), delay
        for name in ("allowed", "used", "committed"):
            files = samples.of(f"echeance_late_files_{name}", **of)
            yield Place(f"late_{name}", asked, standard, None), files
        files = samples.of("echeance_received_files", **of)
        yield Place("received", asked, standard, None), files
    for standard, stage in product(
        CATALOGUE.standards, ("on_track", "at_risk", "critical", "overdue", "waiting")
    ):
        files = samples.of("echeance_open_files", standard=standard, stage=stage)
        yield Place(stage, "now", standard, None), files
    for labels, files in samples.each("echeance_open_files_by_age").items():
        place = dict(labels)
        yield Place(f"age {place['age']} {place['stage']}", "now", place["standard"], None), files
    for labels, files in samples.each("echeance_open_files_by_unit").items():
        place = dict(labels)
        if place["remaining"] in ("overdue", "waiting"):
            yield Place(place["remaining"], "now", place["standard"], place["unit"]), files


AS_KNOWN: Final = {"known_at": "2026-10-28"}
ASKED_AS_KNOWN: Final = ("fiscal-year", "2025-2026")


def then(asked: str) -> str:
    """Where a figure as it was known on that day stands."""
    return f"{asked} as known"


async def of_the_api_as_known(web: Site) -> Answers:
    for asked in ASKED_AS_KNOWN:
        for basis, suffix in BASES.items():
            answer = await web.json(
                "/v1/attainment", period=asked, basis=basis, by="unit", **AS_KNOWN
            )
            for row in answer["rows"]:
                for name in (*SHARE, "late"):
                    yield Place(name + suffix, then(asked), row["standard"], row["unit"]), row[name]
        answer = await web.json("/v1/delays", period=asked, by="unit", **AS_KNOWN)
        for row in answer["rows"]:
            for figure in of_delays(then(asked), row):
                yield figure


async def of_the_rest_as_known(web: Site) -> Answers:
    """The report, the spreadsheets and the page of attainment."""
    for row in (await web.json("/v1/report", by="unit", **AS_KNOWN))["rows"]:
        for name, figure in row.items():
            if name in SPREADSHEET.values() and name not in RUNNING:
                yield Place(name, then("fiscal-year"), row["standard"], row["unit"]), figure
    for asked, standard in product(ASKED_AS_KNOWN, ("", "courriel")):
        chosen = {"period": asked, "standard": standard, **AS_KNOWN}
        for line in sheet(await shown(web, "/attainment.csv", **chosen)):
            whose = line["Engagement (code)"] or None, line["Unité (code)"] or None
            for heading, name in SPREADSHEET.items():
                if name not in RUNNING and (
                    name.startswith("delay") or name.split("_due")[0] in SHARE
                ):
                    yield Place(name, then(asked), *whose), value(line[heading])
        page = (await shown(web, "/attainment", **chosen, delays="unit")).text
        known = page.partition('id="known-delays')[2]
        for row in re.findall(r'<tr><th scope="row"><a href="/attainment.*?</tr>', known, re.S):
            name = cells(row)[0]
            place = (standard, of_unit(name)) if standard else (of_standard(name), None)
            for label, cell in re.findall(r'data-label="([^"]*)">(.*?)</td>', row, re.S):
                if label in DELAYS:
                    text = html.unescape(re.sub(r"<[^>]*>", "", cell))
                    yield Place(DELAYS[label], then(asked), *place), duration(text)


async def of_the_digest(known: World) -> Answers:
    for one in await digests(known.embedded.database, CATALOGUE, TODAY):
        for line in one.lines:
            yield Place("overdue", "now", line.standard, one.unit), line.overdue


async def of_the_publication(web: Site) -> Answers:
    """What is not withheld; of units together nobody else says anything."""
    packed = (await web.get("/v1/publication/2025-2026.zip")).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        table = archive.read("attainment.csv").decode()
        inventory = archive.read("service-inventory.csv").decode()
    for line in csv.DictReader(io.StringIO(table)):
        if "+" not in line["unit"]:
            told = {name: cell for name, cell in line.items() if cell != "x"}
            for suffix in BASES.values():
                if line[f"on_time{suffix}"] == "x":  # a whole percentage, at most
                    told.pop(f"attainment{suffix}", None)
            for figure in named("2025-2026", told):
                yield figure
    for line in csv.DictReader(io.StringIO(inventory)):
        standard = line["service_standard_id"]
        for name, column in (("on_time", "volume_meeting_target"), ("measured", "total_volume")):
            if line[column]:
                yield Place(name, "2025-2026", standard, None), int(line[column])


@pytest.mark.parametrize("seed", [1, 2, pytest.param(3, marks=pytest.mark.whole)])
async def test_every_figure_that_two_readings_show_is_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    everything = [*lives(chance, 250), *enough(chance)]
    events = sorted(everything, key=lambda event: event.recorded_at)
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*events)
        readings = {
            "api": of_the_api(web),
            "report": of_the_report(web),
            "report page": of_the_report_page(web),
            "spreadsheets": of_the_spreadsheets(web),
            "attainment page": of_the_pages(web),
            "home page": of_the_home_page(web),
            "changes": of_the_changes(web),
            "pictures": of_the_pictures(web),
            "metrics": of_the_metrics(known),
            "api as known": of_the_api_as_known(web),
            "all else as known": of_the_rest_as_known(web),
            "digest": of_the_digest(known),
            "publication": of_the_publication(web),
        }
        known_of: dict[Place, tuple[str, float | None]] = {}
        shared = dict.fromkeys(readings, 0)
        for reading, figures in readings.items():
            async for place, number in figures:
                first, other = known_of.setdefault(place, (reading, number))
                shared[reading] += first != reading and bool(number)
                assert same(number, other), f"{place}: {number} ({reading}), {other} ({first})"
    del shared["api"], shared["api as known"]
    assert all(shared.values()), shared
    names = {place.name for place, (_, number) in known_of.items() if number}
    assert names >= {*SPREADSHEET.values(), "at_risk", "critical", "on_track"}


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= MOST_DIFFERENCE
