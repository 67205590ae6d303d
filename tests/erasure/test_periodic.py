"""The running system cleans itself: when it empties the log, when it writes the file anew, and after a failure."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from echeance.erasure import cleaning
from echeance.erasure.cleaning import PeriodicCleaner, clean_periodically
from echeance.system.embedded import DATABASE
from shared.erasure.store import ErasureStore
from shared.metrics import series
from tests.builders import decided, received
from tests.erasure.forgotten import files_naming, forgotten
from tests.services.world import World, world
from tests.waiting import until

NOW = "2026-06-01 12:00"
FILES = ["Gone-1", "Gone-2"]
HOUR = 3_600.0


class Turns:
    """A cleaner, its time in seconds since :data:`NOW`, and what stands where."""

    def __init__(self, known: World) -> None:
        self._known = known
        self._database = known.embedded.database
        self._path = known.settings.data / DATABASE
        self._cleaner = PeriodicCleaner(self._database, self._path, known.embedded.metrics)

    async def at(self, seconds: float) -> None:
        await self._cleaner.turn(self._known.now() + timedelta(seconds=seconds), seconds)

    async def in_log(self) -> set[str]:
        """Files that records of the log name."""
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute("SELECT CAST(key AS TEXT) FROM log_records").fetchall()
        return {row[0] for row in rows}.intersection(FILES)

    def in_bytes(self) -> bool:
        return bool(files_naming(self._known.settings.data, FILES))

    async def stages(self) -> list[str]:
        return sorted(stage for stage, _ in await ErasureStore(self._database).unfinished())

    def gauge(self) -> tuple[float, float]:
        """Erasures that are pending, and since when the oldest is."""
        metrics = self._known.embedded.metrics
        values = [
            metrics.registry.get_sample_value(one.name)
            for one in (series.ERASURES_PENDING, series.ERASURE_OLDEST)
        ]
        return values[0] or 0.0, values[1] or 0.0


async def ended(known: World, files: Collection[str] = FILES) -> None:
    await known.live(*(received(one, "2026-05-04 09:00") for one in files))
    await known.live(*(decided(one, "2026-05-05 09:00") for one in files))


async def test_the_log_is_emptied_at_once_and_the_file_written_anew_each_hour(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, NOW) as known:
        turns = Turns(known)
        await ended(known)
        await turns.at(0)
        assert turns.gauge() == (0.0, 0.0)
        await known.live(forgotten("Gone-1", NOW))
        await turns.at(10)  # the audit record of the request may not be written yet
        assert await turns.in_log() == {"Gone-1", "Gone-2"}
        assert turns.gauge() == (1.0, known.now().timestamp())
        await turns.at(11)
        assert await turns.in_log() == {"Gone-2"}
        assert files_naming(tmp_path, ["Gone-1"]) == {}
        assert turns.gauge() == (0.0, 0.0)

        await known.live(forgotten("Gone-2", NOW))
        await turns.at(11 + HOUR - 1)
        assert await turns.in_log() == set()
        assert turns.in_bytes()  # in free pages
        assert (await turns.stages(), turns.gauge()[0]) == (["unlinked"], 1.0)
        await turns.at(11 + HOUR)
        assert not turns.in_bytes()
        assert (await turns.stages(), turns.gauge()[0]) == ([], 0.0)


async def test_what_is_repeated_goes_with_the_file_alone(tmp_path: Path) -> None:
    async with world(tmp_path, NOW) as known:
        turns = Turns(known)
        await ended(known)
        await known.live(forgotten("Gone-1", NOW))
        await turns.at(20)
        assert await turns.in_log() == {"Gone-2"}
        for seconds in (30, 600, HOUR - 1):
            await known.live(received("Gone-1", "2026-05-04 09:00"))
            await turns.at(seconds)
            assert await turns.in_log() == {"Gone-1", "Gone-2"}, seconds
            assert await turns.stages() == ["measured"]
        await turns.at(20 + HOUR)
        assert await turns.in_log() == {"Gone-2"}
        assert files_naming(tmp_path, ["Gone-1"]) == {}
        assert await turns.stages() == []


async def test_a_failure_is_told_and_tried_again_after_ten_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cleaning, "_BUSY_SECONDS", 0.1)
    async with world(tmp_path, NOW) as known:
        turns = Turns(known)
        await ended(known)
        await known.live(forgotten("Gone-1", NOW))
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM clock_files").fetchone()
            await turns.at(20)
            assert "not erased yet: a reader kept the write-ahead log" in caplog.text
            assert await turns.in_log() == {"Gone-2"}
            assert (turns.in_bytes(), await turns.stages()) == (True, ["unlinked"])
            assert turns.gauge() == (1.0, known.now().timestamp())
        # The reader is gone. Until the next attempt new requests leave the log all the same.
        await known.live(forgotten("Gone-2", NOW))
        await turns.at(20 + 599)
        assert await turns.in_log() == set()
        assert (turns.in_bytes(), await turns.stages()) == (True, ["unlinked"] * 2)
        await turns.at(20 + 600)
        assert (turns.in_bytes(), await turns.stages()) == (False, [])


async def test_turns_follow_each_other_until_the_system_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "CLEAN_SECONDS", 0.01)
    async with world(tmp_path, NOW) as known:
        turns, stop = Turns(known), asyncio.Event()
        await ended(known)
        path = tmp_path / DATABASE
        metrics, database = known.embedded.metrics, known.embedded.database
        minute = timedelta(minutes=1)
        cleans = clean_periodically(database, path, lambda: known.now() + minute, metrics, stop)
        task = asyncio.create_task(cleans)

        async def is_clean() -> bool:
            return await turns.in_log() == {"Gone-2"} and await turns.stages() == []

        await known.live(forgotten("Gone-1", NOW))
        await until(is_clean, "a turn that cleans")
        assert not task.done()
        stop.set()
        await task
        assert files_naming(tmp_path, ["Gone-1"]) == {}
