"""What pages say is said in words and set as each language asks: no code of the catalogue or of the product, French typography."""

from __future__ import annotations

import ast
import html
import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from enum import Enum, EnumType
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest

import echeance
import services
import shared
from shared.domain.events import Event
from shared.text.texts import Language, Text
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
from tests.services.compliance.board.browsing import shown
from tests.services.compliance.board.test_choices import full
from tests.services.world import Site, World

_CODE: Final = re.compile("«\u00a0[a-z_]+: [^»]*»")
"""YAML that a message cites to be written so."""

_BAD_FRENCH: Final = {
    "an ordinary space before a sign": re.compile(r" [:;?!»]|[\d}] %"),
    "no space before a sign": re.compile(r"[^\W\d_][;?!](?=\s|$)|[^\W\d_]:\s"),
    "an ordinary space after «": re.compile(r"« "),
    "a straight apostrophe": re.compile(r"[^\W\d_]'[^\W\d_]"),
    "a hyphen for a minus": re.compile(r"(?<![\w-])-\d"),
    "another no-break space": re.compile("\u202f"),
}
_SNAKE: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_ALIKE: Final = {
    "telephone", "courriel", "accompagnement", "plainte", "peq", "prtq",
    "error", "evaluation", "regime", "inscription", "revision",
    "montreal", "quebec", "laval", "monteregie", "estrie", "outaouais",
}  # fmt: skip
"""Codes that a text may hold as words of its language or as names."""


def every_word() -> Iterator[Event]:
    """Files whose events, attributes, outcomes and reasons are all those of the catalogue; and every effect an event can have."""
    for number, outcome in enumerate(CATALOGUE.outcomes):
        name = f"W-{number}"
        yield received(name, "2026-09-01 10:00", standard=list(CATALOGUE.standards)[number])
        yield decided(name, "2026-09-10 10:00", outcome)
        yield reopened(name, "2026-09-11 10:00")
    for name, attributes in (
        ("W-initial", {"evaluation": "initiale"}),
        ("W-revision", {"evaluation": "revision"}),
    ):
        yield received(
            name, "2026-09-01 10:00", standard="evaluation-comparative", attributes=attributes
        )
    for regime in CATALOGUE.attributes["regime"]:
        for inscription in CATALOGUE.attributes["inscription"]:
            yield received(
                f"W-{regime}-{inscription}".replace("temps-", "").upper(),
                "2026-09-01 10:00",
                standard="francisation-temps-complet",
                attributes={"regime": regime, "inscription": inscription},
            )
    yield answered("W-effects", "2026-08-31 10:00", "R0")
    yield received("W-effects", "2026-09-01 10:00")
    yield received("W-effects", "2026-09-01 11:00")
    yield requested("W-effects", "2026-09-02 10:00", "R1")
    yield requested("W-effects", "2026-09-02 10:30", "R1", named="again")
    yield requested("W-effects", "2026-09-03 10:00", "R2")
    yield answered("W-effects", "2026-09-04 10:00", "R1")
    yield answered("W-effects", "2026-09-07 10:00", "R2")
    yield answered("W-effects", "2026-09-07 11:00", "R9")
    yield decided("W-effects", "2026-09-08 10:00", "refused", named="mistake")
    yield voided("W-effects", "2026-09-09 10:00", "mistake")
    yield voided("W-effects", "2026-09-09 11:00", "nothing")
    yield withdrawn("W-effects", "2026-09-10 10:00")
    yield withdrawn("W-effects", "2026-09-11 10:00")
    yield reopened("W-effects", "2026-09-14 10:00")


def _paths() -> list[str]:
    files = [f"W-{number}" for number in range(len(CATALOGUE.outcomes))]
    files += ["W-effects", "W-initial", "W-revision", "W-COMPLET-PREMIERE", "W-PARTIEL-SUIVANTE"]
    period = "period=fiscal-year"
    return [
        "/",
        "/worklist",
        "/worklist?stage=overdue&measured=yes",
        "/worklist?stage=critical",
        "/worklist?standard=telephone&stage=waiting",
        "/worklist?stage=nothing",
        "/worklist?standard=nothing",
        "/worklist?after=nothing",
        "/alerts",
        "/alerts?state=all",
        "/alerts?after=nothing",
        "/attainment",
        *(f"/attainment?standard={name}&{period}&basis=due" for name in CATALOGUE.standards),
        f"/attainment/files?standard=caq-etudes&{period}",
        f"/attainment/files?standard=caq-etudes&{period}&basis=due&part=late",
        f"/attainment/corrections?{period}",
        "/attainment?period=nothing",
        "/report?by=unit",
        "/report?audience=public&by=unit&fiscal_year=2025-2026",
        "/report?audience=public&fiscal_year=2026-2027",
        *(f"/files/{name}" for name in files),
        "/files/NOTHING",
        "/calculator",
        *(f"/calculator?standard={name}" for name in CATALOGUE.standards),
        "/calculator?standard=nothing&received=nothing&requested=nothing",
        "/catalogue",
        *(f"/calendars/{name}?year=2026" for name in CATALOGUE.calendars),
        "/calendars/nothing",
        "/sign-in",
    ]


def said(page: str) -> list[str]:
    """The texts of a page, and of what is read aloud; without identifiers of files, events and systems."""
    body = page[page.index("<title>") :]
    body = re.sub(r'<(span|td)[^>]*class="[^"]*\b(id|source)\b[^"]*"[^>]*>.*?</\1>', "", body)
    body = re.sub(r"\b[FW]-[\w:-]+", "", body)
    aloud = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', body)
    inline = re.sub(r"</?(?:span|strong|b|a|code|small|em)\b[^>]*>", "", body)
    return [html.unescape(one) for one in (*re.split(r"<[^>]*>", inline), *aloud) if one.strip()]


@asynccontextmanager
async def worded(folder: Path) -> AsyncIterator[tuple[World, Site]]:
    async with full(folder) as (known, web):
        await known.live(*every_word())
        fixed = "W-0"
        await known.live(voided(fixed, "2026-11-27 10:00", f"{fixed}-decided-2026-09-10T10:00"))
        yield known, web


async def _texts(folder: Path, spoken: Language) -> dict[str, list[str]]:
    found = {}
    async with worded(folder) as (_, web):
        for path in _paths():
            answer = await shown(web, f"{path}{'&' if '?' in path else '?'}lang={spoken}")
            assert answer.status_code in (200, 404, 422), path
            assert answer.headers["content-type"].startswith("text/html"), path
            found[path] = said(answer.text)
    return found


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_no_page_shows_a_code(tmp_path: Path, spoken: Language) -> None:
    codes = {
        CATALOGUE.catalogue,
        *CATALOGUE.calendars,
        *CATALOGUE.standards,
        *CATALOGUE.reasons,
        *CATALOGUE.attributes,
        *(value for values in CATALOGUE.attributes.values() for value in values),
        *(name for one in CATALOGUE.calendars.values() for name in one.opening_hours),
        *(one.zone for one in CATALOGUE.calendars.values()),
    }
    if spoken == "fr":
        codes |= {*CATALOGUE.outcomes, "complaints", "overdue", "on track", "breach-alerts"}
    else:
        codes -= {"complaints"}
    codes -= _ALIKE | ({"initiale", "premiere", "suivante"} if spoken == "fr" else set())
    raw = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(codes)))})(?![\w-])")
    technical = re.compile(r"/v1/|ECHEANCE_|\bnull\b|\bNone\b(?!\.)|\bTrue\b|`")
    found = await _texts(tmp_path, spoken)
    wrong = {
        (path, text)
        for path, texts in found.items()
        for text in texts
        if raw.search(text) or _SNAKE.search(text) or technical.search(text)
    }
    assert wrong == set()


async def test_french_pages_are_set_as_french_is(tmp_path: Path) -> None:
    found = await _texts(tmp_path, "fr")
    wrong = {
        (path, name, text)
        for path, texts in found.items()
        for text in texts
        for name, bad in _BAD_FRENCH.items()
        if bad.search(text)
    }
    assert wrong == set()


async def test_an_event_says_what_it_did(tmp_path: Path) -> None:
    async with worded(tmp_path) as (_, web):
        page = (await shown(web, "/files/W-effects", lang="fr")).text
        english = (await shown(web, "/files/W-effects", lang="en")).text
    effects = [
        html.unescape(re.sub(r"<[^>]*>", "", cell))
        for cell in re.findall(r'<td data-label="Effet">(.*?)</td>', page)
    ]
    assert effects[::-1] == [
        "sans effet\u00a0: daté d’avant la réception de la demande",
        "ouvre le dossier\u00a0: le délai commence",
        "sans effet\u00a0: la demande était déjà reçue",
        "arrête le délai",
        "sans effet\u00a0: ces documents étaient déjà demandés",
        "le délai reste arrêté\u00a0: d’autres réponses sont attendues",
        "le délai reste arrêté\u00a0: d’autres réponses sont attendues",
        "le délai reprend",
        "sans effet\u00a0: aucun document n’était attendu, ou pas ceux-là",
        "annulé le 9 septembre 2026, 10\u00a0h\u00a000 par W-effects-voided-2026-09-09T10:00",
        "annule un événement",
        "sans effet\u00a0: annule un événement que cette source n’a pas envoyé pour ce dossier",
        "termine le cycle\u00a0: le délai prend fin",
        "sans effet\u00a0: daté d’après la fin du cycle",
        "ouvre un nouveau cycle\u00a0: le délai recommence",
    ]
    assert "stops the delay" in english and "the delay resumes" in english


def _all_texts() -> Iterator[tuple[str, Text]]:
    """Every text that a module of the product holds, however deep."""
    for package in (shared, services, echeance):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if (
                found.name.endswith("__main__")
                or ".versions." in found.name
                or ".env" in found.name
            ):
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                for text in _texts_in(value, 4):
                    yield f"{found.name}.{name}", text


def _texts_in(value: Any, depth: int) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, EnumType):
        members: Iterable[Enum] = value
        yield from _texts_in([vars(member) for member in members], depth)
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from _texts_in(one, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts_in(one, depth - 1)


def test_every_text_of_the_product_is_there_in_both_languages_and_says_the_same_values() -> None:
    texts = list(_all_texts())
    assert len(texts) > 500
    assert [where for where, text in texts if not (text.fr and text.en)] == []
    assert [where for where, text in texts if _fields(text.fr) != _fields(text.en)] == []


def _fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text)} - {None}


def test_every_french_text_of_the_product_is_set_as_french_is() -> None:
    wrong = {
        (where, name, text.fr)
        for where, text in _all_texts()
        for name, bad in _BAD_FRENCH.items()
        if name != "a hyphen for a minus"
        and bad.search(_CODE.sub("", text.fr.replace("Authorization: Bearer", "")))
    }
    assert wrong == set()


def _is_call(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names


def test_no_text_for_people_is_written_past_the_typography() -> None:
    """A French literal with a sign that takes a space stands in a ``Text``, a ``say`` or a ``tell``; nowhere else."""
    loose = []
    for file in sorted(
        [path for top in ("services", "shared", "echeance") for path in Path(top).rglob("*.py")]
    ):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        within: set[int] = set()
        for node in ast.walk(tree):
            if _is_call(node, "Text", "say", "tell", "fail") or (
                isinstance(node, ast.ClassDef)
                and "Enum" in [getattr(base, "id", "") for base in node.bases]
                and any(_is_call(one, "Text") for one in ast.walk(node))
            ):  # the values of an enumeration are texts by its constructor
                within |= {id(one) for one in ast.walk(node)}
            if isinstance(node, ast.ClassDef) and "Text(fr, en)" in ast.unparse(node):
                within |= {id(one) for one in ast.walk(node)}  # an enum of texts
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        loose += [
            (str(file), node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in within | documented
            and re.search(r"[éèàêçô]\w* [:;?!»]|« ", node.value)
        ]
    assert loose == []
