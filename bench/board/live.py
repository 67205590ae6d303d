"""Cost of one change with many subscribers of one list: one query and one rendering for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

from bench.figures import Figure
from services.compliance.board import Board, Live, Translator, View
from services.compliance.board.pages.worklist import WORDS as WORKLIST
from services.compliance.board.pages.worklist import (
    WorklistListing,
    WorklistSelection,
    worklist_listing,
)
from shared.http import Principal

_READER = Principal("bench", frozenset({"read"}), frozenset(), None)
_WATCHERS = (1, 200)


async def live_figures(name: str, board: Board) -> Sequence[Figure]:
    """Processor time from a commit until every subscriber has it, for 1 and for 200."""
    return [await _push_cost(name, board, watchers) for watchers in _WATCHERS]


async def _push_cost(name: str, board: Board, watchers: int) -> Figure:
    live, translator = Live(board), _translator(board)
    numbers = iter(range(1_000_000))

    async def seen() -> WorklistListing:
        found = await worklist_listing(board, WorklistSelection("", "", ""), _READER)
        first = found.rows[0]._replace(file_id=f"changed-{next(numbers)}")
        return found._replace(rows=[first, *found.rows[1:]])

    streams = [
        live.follow(View("all", seen, translator, "worklist_rows.html")) for _ in range(watchers)
    ]
    await _next(streams)  # the comment
    await _next(streams)  # the list
    rendered, began = live.renderings, time.process_time()
    await _commit_position(board)
    await _next(streams)
    milliseconds = (time.process_time() - began) * 1e3
    renderings = live.renderings - rendered
    for stream in streams:
        await stream.aclose()
    note = f"{renderings} rendering"
    return Figure(f"{name}: a change told to {watchers}, processor", milliseconds, "ms", note=note)


async def _next(streams: Sequence[AsyncGenerator[str, None]]) -> None:
    await asyncio.gather(*(anext(stream) for stream in streams))


async def _commit_position(board: Board) -> None:
    """A commit that changes nothing but the position."""
    claim = await board.store.claim(0)
    await board.store.commit(claim, claim.next_offset + 1, [])


def _translator(board: Board) -> Translator:
    return Translator("fr", WORKLIST, board.catalogue.zone)
