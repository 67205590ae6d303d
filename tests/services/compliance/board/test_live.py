"""Many who watch the same list cost one look at the database, one reading and one rendering; and all are let go when the process stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from services.compliance.board import worklist_rows
from services.compliance.board.live import Live, View
from services.compliance.board.pages import alerts, standards
from services.compliance.board.pages.alerts import WORDS as ALERTS
from services.compliance.board.pages.standards import WORDS as STANDARDS
from services.compliance.board.pages.worklist import WORDS as WORKLIST
from services.compliance.board.pages.worklist import (
    WorklistListing,
    WorklistSelection,
    worklist_listing,
)
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.projection.store import ComplianceStore
from shared.database.engine import Database
from shared.metrics.registry import Metrics
from shared.text.texts import Language
from tests.builders import CATALOGUE, ZONE, decided, received
from tests.services.compliance.board.browsing import reader
from tests.services.scrape import scraped
from tests.services.world import World, world


class Counted(Database):
    """A database that counts how often it is read."""

    reads = 0

    @override
    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self.reads += 1
        async with super().reading() as connection:
            yield connection


class Watched:
    """Lists that are followed, and what following them costs: readings of a list, and reads of the database in these."""

    def __init__(self, known: World, *, age_seconds: float = 60.0) -> None:
        self.database = Counted(f"sqlite+aiosqlite:///{known.settings.data}/echeance.sqlite")
        self.board = Board(ComplianceStore(self.database), CATALOGUE, known.now)
        self.live = Live(self.board, age_seconds=age_seconds)
        self.readings = self.reads = 0
        self._streams: list[AsyncGenerator[str, None]] = []

    def view(self, language: Language = "fr", unit: str = "") -> View:
        async def seen() -> Any:
            before = self.database.reads
            found = await worklist_listing(self.board, WorklistSelection("", unit, ""), reader())
            self.readings += 1
            self.reads += self.database.reads - before
            return found

        def changes(before: WorklistListing, after: WorklistListing) -> int:
            return worklist_rows.changed_rows(before.rows, after.rows)

        translator = Translator(language, WORKLIST, ZONE)
        return View((language, unit), seen, translator, "worklist_rows.html", changes=changes)

    async def begin(self, *views: View) -> Sequence[AsyncGenerator[str, None]]:
        """Streams past the first comment and the list as it stands."""
        streams = [self.live.follow(view) for view in views]
        self._streams += streams
        for _ in range(2):
            await asyncio.gather(*(anext(one) for one in streams))
        return streams

    async def close(self) -> None:
        for stream in self._streams:
            await stream.aclose()
        await self.database.close()

    async def change(
        self, known: World, streams: Sequence[AsyncGenerator[str, None]]
    ) -> tuple[int, ...]:
        """Readings, reads and renderings of one change that all of these are told."""
        before = self.readings, self.reads, self.live.renderings
        await known.live(decided("A", "2025-04-19 09:00"))
        told = await asyncio.gather(*(anext(one) for one in streams))
        assert all("row-A" not in one and "row-B" in one for one in told)
        assert any("1 dossier a changé" in one for one in told)
        after = self.readings, self.reads, self.live.renderings
        return tuple(now - then for now, then in zip(after, before, strict=True))


@asynccontextmanager
async def watched(
    folder: Path, *, age_seconds: float = 60.0
) -> AsyncIterator[tuple[World, Watched]]:
    async with world(folder, "2025-04-20") as known:
        await known.live(received("A", "2025-04-15 09:00"), received("B", "2025-04-15 10:00"))
        following = Watched(known, age_seconds=age_seconds)
        yield known, following
        await following.close()


async def test_two_hundred_who_watch_one_list_cost_what_one_does(tmp_path: Path) -> None:
    costs = []
    for watchers in (1, 200):
        async with watched(tmp_path / str(watchers)) as (known, following):
            streams = await following.begin(*[following.view()] * watchers)
            costs.append(await following.change(known, streams))
    assert costs[0] == costs[1]
    readings, reads, renderings = costs[1]
    assert (readings, renderings) == (1, 1) and reads > 0


async def test_prometheus_is_told_how_many_pages_are_open(tmp_path: Path) -> None:
    async with watched(tmp_path) as (known, following):
        kept = Metrics(known.now)
        following.live.count(kept)

        def open_now() -> float | None:
            return scraped(kept).of("echeance_board_connections")

        assert open_now() == 0
        languages: Sequence[Language] = ("fr", "fr", "en")
        streams = await following.begin(*map(following.view, languages))
        standing_by = following.live.stand_by()
        await anext(standing_by)
        assert open_now() == 4
        await standing_by.aclose()
        for left, stream in zip((2, 1, 0), streams, strict=True):
            await stream.aclose()
            assert open_now() == left


async def test_the_database_is_looked_at_as_often_for_two_hundred_as_for_one(
    tmp_path: Path,
) -> None:
    """A look is at the position; how often is a matter of time, and not of who watches."""
    async with watched(tmp_path) as (known, following):
        streams = await following.begin(*[following.view()] * 200)
        looked = following.database.reads - following.reads
        began = asyncio.get_running_loop().time()
        await following.change(known, streams)
        seconds = asyncio.get_running_loop().time() - began
        looks = following.database.reads - following.reads - looked
    assert looks <= seconds / 0.25 + 2


async def test_each_language_and_choice_is_read_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as (known, following):
        views = [following.view("fr"), following.view("en"), following.view("fr", "montreal")]
        streams = await following.begin(*views * 10)
        readings, _, renderings = await following.change(known, streams)
    assert (readings, renderings) == (3, 3)


async def test_who_comes_later_is_told_what_happened_since_the_page(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, following):
        await following.begin(following.view("fr"))
        async with asyncio.timeout(10):
            await following.begin(following.view("en"))


async def test_all_are_let_go_when_the_process_stops(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, following):
        streams = [*await following.begin(*[following.view()] * 5), following.live.stand_by()]
        await anext(streams[-1])
        waiting = [asyncio.ensure_future(anext(one, "ended")) for one in streams]
        await asyncio.wait(waiting, timeout=0)
        following.live.close_streams()
        async with asyncio.timeout(5):
            assert await asyncio.gather(*waiting) == ["ended"] * 6
            late = following.live.follow(following.view())
            assert await anext(late, "ended") == "ended"


async def test_what_nobody_thought_of_ends_the_streams_so_that_browsers_come_back(
    tmp_path: Path,
) -> None:
    async def broken() -> Any:
        raise ArithmeticError

    async with watched(tmp_path) as (_, lists):
        stream = lists.live.follow(
            View("broken", broken, lists.view().translator, "worklist_rows.html")
        )
        assert [message async for message in stream] == [": watching\n\n"]


async def test_the_standards_and_the_alerts_are_followed_too(tmp_path: Path) -> None:
    """A file that is decided leaves the tiles and the alerts of whoever watches."""
    async with world(tmp_path, "2025-05-20") as known:
        await known.live(received("A", "2025-04-15 09:00"), received("B", "2025-05-19 10:00"))
        board = Board(known.embedded.compliance, CATALOGUE, known.now)
        live = Live(board)
        views = {
            "<strong>1</strong> dossier dépassé": standards.view(
                board, reader(), Translator("fr", STANDARDS, ZONE)
            ),
            'href="/files/A"': alerts.view(
                board,
                alerts.AlertSelection("active", "", "", ""),
                "",
                reader(),
                Translator("fr", ALERTS, ZONE),
            ),
        }
        streams = [live.follow(view._replace(seconds=0.0)) for view in views.values()]
        assert {await anext(one) for one in streams} == {": watching\n\n"}
        async with asyncio.timeout(10):
            before = [await anext(one) for one in streams]
            await known.live(decided("A", "2025-05-20 00:00"))
            after = [await anext(one) for one in streams]
        for word, old, new in zip(views, before, after, strict=True):
            assert word in old and "En date du 20 mai 2025" in old
            assert word not in new
        for stream in streams:
            await stream.aclose()


async def test_who_sees_some_units_only_follows_these(tmp_path: Path) -> None:
    own = reader(frozenset({"laval"}))
    async with world(tmp_path, "2025-05-20") as known:
        await known.live(
            received("A", "2025-04-15 09:00"), received("B", "2025-04-15 09:00", unit="laval")
        )
        board = Board(known.embedded.compliance, CATALOGUE, known.now)
        live = Live(board)
        choice = alerts.AlertSelection("", "", "", "")
        translator = Translator("fr", ALERTS, ZONE)
        everything = live.follow(alerts.view(board, choice, "", reader(), translator))
        mine = live.follow(alerts.view(board, choice, "", own, translator))
        assert await anext(everything) == await anext(mine) == ": watching\n\n"
        async with asyncio.timeout(10):
            assert "/files/A" in await anext(everything)
            told = await anext(mine)
        assert "/files/B" in told and "/files/A" not in told
        await everything.aclose()
        await mine.aclose()


async def test_the_age_is_told_again_though_nothing_changed(tmp_path: Path) -> None:
    async with watched(tmp_path, age_seconds=0.0) as (known, following):
        [stream] = await following.begin(following.view())
        readings = following.readings
        await known.live(until="2025-04-20 00:07")
        async with asyncio.timeout(10):
            while "00\u00a0h\u00a007" not in await anext(stream):
                pass
        assert following.readings == readings, "nothing is read for it"


async def test_what_moves_no_position_is_read_again_after_a_while(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, following):
        view, thrice = following.view(), asyncio.Event()

        async def read() -> Any:
            found = await view.read()
            if following.readings > 2:
                thrice.set()
            return found

        await following.begin(view._replace(read=read, at_least=0.0))
        async with asyncio.timeout(10):
            await thrice.wait()
