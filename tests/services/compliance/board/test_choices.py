"""Whatever is chosen, the worklist says the same in every form, each file once; and every number with a link counts what it opens.

The files are of standards that measure only some of them, so that followed files stand beside measured ones in every stage.
"""

from __future__ import annotations

import asyncio
import csv
import html
import io
import random
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from itertools import count, product, repeat
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.compliance.alerts.law import STAGES
from services.compliance.board.live import Live
from services.compliance.board.pages.worklist import WORDS as WORKLIST
from services.compliance.board.pages.worklist import WorklistSelection, view, worklist_listing
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.projection import worklist
from services.compliance.projection.listing_key import WORKLIST_STAGES
from services.compliance.projection.worklist import BEGINNING, OrderCursor, WorklistFilter
from services.compliance.projection.worklist_order import WORKLIST_ORDERS, RankedPart, order_parts
from shared.domain import ClockSnapshot
from shared.domain.events import Event
from shared.http import read_cursor, write_cursor
from tests.builders import CATALOGUE, answered, decided, received, reopened, requested, withdrawn
from tests.services.compliance.board.browsing import reader, shown
from tests.services.world import Site, World, site, world

NOW = "2026-11-28 10:00"
"""A Saturday."""
UNITS = ("montreal", "laval", "estrie")
KINDS: Final[Sequence[tuple[str, Mapping[str, str]]]] = (
    ("evaluation-comparative", {"evaluation": "initiale"}),
    ("evaluation-comparative", {"evaluation": "reevaluation"}),
    ("francisation-temps-complet", {"regime": "temps-complet", "inscription": "premiere"}),
    ("francisation-temps-complet", {"regime": "temps-partiel", "inscription": "premiere"}),
    ("courriel", {}),
    ("peq", {}),
    ("telephone", {}),
)
DUE_SOON: Final = {
    "evaluation-comparative": (9, 16),
    "francisation-temps-complet": (9, 16),
    "courriel": (11, 19),
    "peq": (5, 24),
    "telephone": (11, 20),
}
"""The month and the first day of receptions that are due about now."""


def lives() -> Iterator[Event]:
    """A hundred and forty files: open in every stage, waiting, overdue and waiting, decided, withdrawn, open again."""
    chance = random.Random(53)
    for number in range(140):
        standard, attributes = KINDS[number % len(KINDS)]
        name, unit = f"F-{chance.randrange(10**6):06}-{number}", UNITS[number // 7 % 3]
        month, day = chance.choice((4, 8, 9, 10, 11)), chance.randrange(1, 27)
        if number % 11 > 7:  # due these days
            month, day = DUE_SOON[standard][0], DUE_SOON[standard][1] + number % 8
        yield received(
            name,
            f"2026-{month:02}-{day:02} 10:00",
            standard=standard,
            unit=unit,
            attributes=attributes,
        )
        match number % 11:
            case 0 | 1:
                yield requested(name, f"2026-11-{27 - number % 3} 11:00")
            case 2:
                yield requested(name, f"2026-{month:02}-{day:02} 12:00")
            case 3:
                yield requested(name, f"2026-{month:02}-{day:02} 12:00")
                yield answered(name, f"2026-11-{20 + number % 5} 12:00")
            case 4 | 5:
                yield decided(name, f"2026-11-27 {number % 9 + 9:02}:00", "refused")
            case 6:
                yield decided(name, f"2026-11-26 {number % 9 + 9:02}:00", "refused")
                yield reopened(name, "2026-11-27 09:00")
            case 7:
                yield withdrawn(name, "2026-11-26 09:00")
            case _:
                pass


@asynccontextmanager
async def full(folder: Path) -> AsyncIterator[tuple[World, Site]]:
    async with world(folder, "2026-11-01 08:00") as known, site(known) as web:
        events = sorted(lives(), key=lambda event: event.recorded_at)
        await known.live(*events)
        for stop in ("2026-11-15 08:00", "2026-11-27 23:00", NOW):
            await known.live(until=stop)
        yield known, web


def choices(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *values))


CHOICES = st.builds(
    WorklistSelection,
    standard=choices(*{standard: None for standard, _ in KINDS}),
    unit=choices(*UNITS),
    stage=choices("today", *WORKLIST_STAGES),
    waiting=choices("yes", "no"),
    measured=choices("yes", "no"),
    after=st.just(""),
    sort=choices(*(one for one in WORKLIST_ORDERS if one != "effect")),
)
OWN_UNITS = st.none() | st.sets(st.sampled_from(UNITS), min_size=1).map(frozenset)


class Forms:
    """One choice in every form in which the worklist is read, by one reader."""

    def __init__(self, known: World, web: Site) -> None:
        self.board = Board(known.embedded.compliance, CATALOGUE, known.now)
        self.web = web
        self._tokens: dict[frozenset[str], str] = {}

    def token(self, units: frozenset[str] | None) -> str:
        if units is None:
            return self.web.token
        if units not in self._tokens:
            self._tokens[units] = self.web.units_token(*sorted(units))
        return self._tokens[units]

    async def pages(
        self, choice: WorklistSelection, units: frozenset[str] | None, files: int
    ) -> list[str]:
        """By the cursor, so many files a page."""
        read: list[str] = []
        while True:
            found = await worklist_listing(self.board, choice, reader(units), files)
            assert len(found.rows) <= files
            read += [row.file_id for row in found.rows]
            if not found.following:
                return read
            choice = choice._replace(after=found.following)

    async def stream(self, choice: WorklistSelection, units: frozenset[str] | None) -> list[str]:
        """What who follows the first page is sent."""
        live = Live(self.board)
        translator = Translator("fr", WORKLIST, self.board.catalogue.zone)
        following = live.follow(view(self.board, choice, reader(units), translator))
        assert await anext(following) == ": watching\n\n"
        message = await anext(following)
        await following.aclose()
        live.close_streams()
        return re.findall(r'<tr id="row-([^"]+)"', message)

    async def sheet(self, choice: WorklistSelection, units: frozenset[str] | None) -> list[str]:
        query = dict(pair for pair in choice._asdict().items() if pair[1])
        answer = await shown(self.web, "/worklist.csv", token=self.token(units), **query)
        assert answer.status_code == 200
        text = answer.content.decode("utf-8-sig")
        return [row[0] for row in csv.reader(io.StringIO(text), delimiter=";")][1:]

    async def page(self, choice: WorklistSelection, units: frozenset[str] | None) -> list[str]:
        """The whole of the list as the links of its pages go through it."""
        rows = await opened(self.web, f"/worklist?{choice.query()}", self.token(units))
        return [_CELL.sub("", row.partition("</th>")[0]) for row in rows]

    async def api(
        self, choice: WorklistSelection, units: frozenset[str] | None, files: int
    ) -> list[dict[str, Any]]:
        """What the clock lists, which has tables of its own; it is not asked whether files wait or are measured."""
        asked: dict[str, Any] = {
            name: value
            for name in ("standard", "unit", "stage")
            if (value := getattr(choice, name)) not in ("", "today")
        }
        asked["limit"] = files
        return await self.listed("/v1/files", "files", self.token(units), asked)

    async def listed(
        self, path: str, name: str, token: str, asked: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The whole of a list of the API, page after page."""
        read: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = await self.web.json(path, token=token, **asked, **after)
            read += page[name]
            if page["next"] is None:
                return read
            after = {"after": page["next"]}


@contextmanager
def forms_of(folder: Path) -> Iterator[tuple[asyncio.Runner, Forms]]:
    """The forms of one world, for the examples of a property."""
    with asyncio.Runner() as runner:
        entered = full(folder)
        known, web = runner.run(entered.__aenter__())
        try:
            yield runner, Forms(known, web)
        finally:
            runner.run(entered.__aexit__(None, None, None))


IN_ONE_WORLD = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _wanted(choice: WorklistSelection, item: dict[str, Any]) -> bool:
    cycle = item["cycle"]
    if choice.stage == "today" and not _is_due_today(item):
        return False
    waits = choice.waiting in ("", "yes" if cycle["status"] == "waiting" else "no")
    return waits and choice.measured in ("", "yes" if cycle["measured"] else "no")


NEXT_DAY = datetime.fromisoformat("2026-11-30T00:00-05:00")
"""On a Saturday, what is to be done before Monday is to be done today."""


def _is_due_today(item: dict[str, Any]) -> bool:
    """Whether somebody here can still decide it on time, and has to before the next business day."""
    cycle = item["cycle"]
    in_hand = cycle["status"] == "open" and cycle["stage"] != "overdue"
    return in_hand and _breach(item) <= NEXT_DAY.timestamp()


def _breach(item: dict[str, Any]) -> float:
    return datetime.fromisoformat(item["cycle"]["breaches_at"]).timestamp()


def _urgency(item: dict[str, Any]) -> int:
    cycle = item["cycle"]
    if _is_due_today(item):
        return 0
    if cycle["stage"] == "overdue":
        return 3 if cycle["status"] == "waiting" else 2
    return {"critical": 1, "at_risk": 4, "on_track": 5, "waiting_long": 6, None: 7}[cycle["stage"]]


def _waits(item: dict[str, Any]) -> bool:
    return item["cycle"]["stage"] in (None, "waiting_long")


def in_order(items: Sequence[dict[str, Any]], order: str) -> Sequence[dict[str, Any]]:
    """Files that the API lists, soonest breach first and then those that wait, in another order."""
    if order == "latest":
        latest_first = items[::-1]  # files that are equal are turned round too
        return sorted(latest_first, key=_waits)
    return sorted(items, key=ORDERS[order or "urgency"])


def _name_of(known: Mapping[str, Any]) -> Callable[[str], str]:
    return lambda identifier: str(known[identifier].name.fr)


ORDERS: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "urgency": _urgency,
    "due": lambda item: 0,
    "stage": lambda item: [
        "overdue",
        "critical",
        "at_risk",
        "on_track",
        "waiting_long",
        None,
    ].index(item["cycle"]["stage"]),
    "standard": lambda item: _name_of(CATALOGUE.standards)(item["standard"]),
    "unit": lambda item: _name_of(CATALOGUE.units)(item["unit"]),
}
"""What each order sorts by; files that are equal stay soonest breach first, as the API has them."""


def test_a_choice_is_the_same_files_once_in_every_form(tmp_path: Path) -> None:
    with forms_of(tmp_path) as (runner, forms):

        @IN_ONE_WORLD
        @given(CHOICES, OWN_UNITS, st.integers(1, 60))
        def same(choice: WorklistSelection, units: frozenset[str] | None, files: int) -> None:
            async def read() -> None:
                pages = await forms.pages(choice, units, files)
                assert len(pages) == len(set(pages)), "a file twice"
                every = await forms.api(choice, units, files)
                items = in_order([one for one in every if _wanted(choice, one)], choice.sort)
                assert pages == [one["file_id"] for one in items]
                assert pages == await forms.sheet(choice, units)
                assert pages == await forms.page(choice, units)
                assert pages[:50] == await forms.stream(choice, units)

            runner.run(read())

        same()


def ranks(seed: int) -> Callable[[str, int], float]:
    """A rank of each standard, which falls from one breach to the next."""
    chance = random.Random(seed)
    weights = {standard: chance.choice((1.0, 1.0, 2.0, 5.0)) for standard in CATALOGUE.standards}
    steps = {standard: chance.choice((1, 86_400_000_000)) for standard in CATALOGUE.standards}
    first = int(NEXT_DAY.timestamp() * 1_000_000)
    return lambda standard, at: (
        weights[standard] / (2 + max(0, at - first) // steps[standard] / 1e9)
    )


def test_what_is_ranked_comes_once_and_first_however_ranks_change_meanwhile(tmp_path: Path) -> None:
    with forms_of(tmp_path) as (runner, forms):
        database, every = forms.board.store.database, sorted(CATALOGUE.standards)
        in_hand = WorklistFilter(None, None, None, waiting=False, measured=True)

        async def listed(
            standards: Sequence[str], units: frozenset[str] | None, files: int, seeds: Iterator[int]
        ) -> list[ClockSnapshot]:
            selection, after = WorklistFilter(None, units, None), None
            found: list[ClockSnapshot] = []
            while True:
                ranked = RankedPart(
                    list(after.ranked_until) if after else standards, ranks(next(seeds))
                )
                order = order_parts("effect", forms.board.next_business_day(), every, UNITS, ranked)
                page = await worklist.page_in_order(database, selection, order, after, files)
                found += [snapshot for _, snapshot in page]
                if len(page) < files:
                    return found
                after = read_cursor(OrderCursor, write_cursor(page[-1][0]))

        @settings(IN_ONE_WORLD, max_examples=20)
        @given(
            st.lists(st.sampled_from(every), unique=True),
            OWN_UNITS,
            st.integers(9, 60),
            st.integers(0, 99),
        )
        def same(standards: list[str], units: frozenset[str] | None, files: int, seed: int) -> None:
            whole = WorklistFilter(None, units, None)
            usual = runner.run(worklist.page(database, whole, BEGINNING, 999))
            steady = runner.run(listed(standards, units, files, repeat(seed)))
            changing = runner.run(listed(standards, units, files, count(seed)))
            names = sorted(snapshot.file_id for _, snapshot in usual)
            assert sorted(one.file_id for one in changing) == names
            assert sorted(one.file_id for one in steady) == names
            hand = runner.run(
                worklist.page(database, in_hand._replace(units=units), BEGINNING, 999)
            )
            rank = ranks(seed)
            first = sorted(
                (
                    -rank(one.standard or "", key.breaches_at),
                    one.standard or "",
                    key.breaches_at,
                    one.file_id,
                )
                for key, one in hand
                if one.standard in standards and one.cycles[-1].stage != "overdue"
            )
            assert [one.file_id for one in steady[: len(first)]] == [one[-1] for one in first]

        same()


_CELL = re.compile(r"<[^>]*>")


def test_alerts_are_listed_once_and_as_the_api_lists_them(tmp_path: Path) -> None:
    with forms_of(tmp_path) as (runner, forms):

        @IN_ONE_WORLD
        @given(
            st.sampled_from(("active", "resolved", "all")),
            st.fixed_dictionaries(
                {
                    "standard": choices(*dict(KINDS)),
                    "unit": choices(*UNITS),
                    "stage": choices(*STAGES),
                }
            ),
            OWN_UNITS,
            st.integers(1, 60),
        )
        def same(
            state: str, chosen: dict[str, str], units: frozenset[str] | None, length: int
        ) -> None:
            asked: dict[str, Any] = {name: value for name, value in chosen.items() if value}
            token = forms.token(units)

            async def read() -> None:
                query = urlencode({"state": state, **asked})
                rows = await opened(forms.web, f"/alerts?{query}", token)
                shown_files = [_CELL.sub("", row.partition("</th>")[0]) for row in rows]
                of_state = {} if state == "all" else {"active": state == "active"}
                asked_of_api = {"limit": length, **asked, **of_state}
                alerts = await forms.listed("/v1/alerts", "alerts", token, asked_of_api)
                names = [(one["file_id"], one["cycle"], one["stage_since"]) for one in alerts]
                assert len(names) == len(set(names))
                assert shown_files == [one["file_id"] for one in alerts]

            runner.run(read())

        same()


_LINK = re.compile(r'<a href="(/(?:worklist|alerts|attainment/files)\?[^"]*)"[^>]*>(.*?)</a>', re.S)
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_ROW = re.compile(r'<tr[^>]*>(<th scope="row"><a href="/files/.*?)</tr>', re.S)


async def opened(web: Site, address: str, token: str) -> list[str]:
    """The rows that a list has, of a file, an alert or a cycle each, page after page, as its links lead."""
    read: list[str] = []
    while address:
        text = (await shown(web, address, token=token)).text
        rows = _ROW.findall(text)
        read += rows
        following = _NEXT.search(text)
        address = html.unescape(following[1]) if following else ""
    return read


def numbers(page: str) -> list[tuple[str, int]]:
    """Every number of a page that is, or stands in, a link to a list; with where it leads."""
    found = []
    for address, inner in _LINK.findall(page):
        told = re.sub(r"<svg.*?</svg>|<[^>]*>", "", inner, flags=re.S)
        digits = re.sub(r"[\s\u00a0]", "", html.unescape(told))
        if number := re.search(r"\d+", digits):
            found.append((html.unescape(address), int(number[0])))
    return found


@pytest.mark.parametrize("units", [None, ("laval",), ("estrie", "montreal")])
async def test_every_number_with_a_link_counts_what_it_opens(
    tmp_path: Path, units: tuple[str, ...] | None
) -> None:
    standards = [f"/attainment?standard={name}" for name in dict(KINDS)]
    standards += [f"/attainment?standard={name}&basis=due" for name in ("courriel", "telephone")]
    standards += [f"/forecast?standard={name}" for name in ("courriel", "telephone")]
    pages = ("/", "/worklist", "/alerts", "/attainment", *standards)
    async with full(tmp_path) as (_, web):
        token = web.units_token(*units) if units else web.token
        walked: dict[str, int] = {}
        for page in pages:
            text = (await shown(web, page, token=token)).text
            for address, number in numbers(text):
                walked[page] = walked.get(page, 0) + 1
                files = await opened(web, address, token)
                assert number == len(files) == len(set(files)), (page, address)
    assert walked.keys() >= {"/", "/alerts", "/attainment?standard=telephone"}
    assert walked["/"] > 15


async def test_the_list_says_how_many_files_it_has(tmp_path: Path) -> None:
    async with full(tmp_path) as (known, web):
        forms = Forms(known, web)
        for stage, measured in product(("", *WORKLIST_STAGES), ("", "yes", "no")):
            choice = WorklistSelection("", "", stage, measured=measured)
            text = (await shown(web, f"/worklist?{choice.query()}")).text
            files = [one for one in await forms.api(choice, None, 100) if _wanted(choice, one)]
            short = await worklist_listing(forms.board, choice, reader(), 1)
            followed = sum(not one["cycle"]["measured"] for one in files)
            if not files:
                assert "Aucun dossier ouvert ne répond à ce choix." in text
                continue
            caption = html.unescape(text[text.index("<caption>") : text.index("</caption>")])
            assert re.search(rf" · {len(files)} dossiers?(?:[ .]|$)", caption)
            assert "s’il y en a" not in caption
            if followed and followed < len(files):
                assert f"dont {followed} suivi" in caption
            assert short.size.followed == (None if stage and followed > 1 else followed)


async def test_the_files_stand_in_every_stage_measured_and_followed(tmp_path: Path) -> None:
    async with full(tmp_path) as (_, web):
        files = (await web.json("/v1/files", limit=500))["files"]
    found = {
        (one["stage"] or "waiting", one["measured"], one["status"] == "waiting")
        for one in (file["cycle"] for file in files)
    }
    for stage in ("on_track", "at_risk", "critical", "overdue"):
        assert {(stage, True, False), (stage, False, False)} <= found
    assert {("waiting", True, True), ("waiting", False, True), ("overdue", True, True)} <= found
