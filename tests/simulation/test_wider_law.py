"""Clock and compliance under a catalogue that uses the whole law: however they got there, a file is what its whole history makes it,
and tallies, lists and alerts are those of all files counted by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from sqlalchemy import select

from services.clock.evaluator import Evaluator
from services.clock.histories import of_events
from services.clock.tables import clock_files, clock_generations
from shared.database.migrations import migrate
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event, Extended, Reached, Transferred, decode_event
from shared.domain.records import ClockSnapshot, decode_snapshot
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from shared.log.sqlite import log_records
from tests.simulation import moments, wider, wider_books
from tests.simulation.crashes import CrashError, Fate
from tests.simulation.publishers import Publishers
from tests.simulation.scratch import FIRST_COVERED_YEAR
from tests.simulation.system import Folded, System, beside, started
from tests.unit.domain.oracle_calendar import MONTREAL

NEVER = datetime(1, 1, 1, tzinfo=UTC)
SEEDS = [*range(1, 3), *(pytest.param(seed, marks=pytest.mark.whole) for seed in range(3, 9))]
FILES = 150
DAYS = 300


class WiderYear:
    """Most of a year of clock and compliance, which die and begin again, and whose catalogue changes on the way."""

    def __init__(self, seed: int, data: Path) -> None:
        self._random, self._looks = Random(seed), Random(seed + 4)
        self._data = data
        begins = date(self._random.randint(2015, 2034), self._random.randint(1, 12), 1)
        self._now = datetime.combine(begins, time(7), MONTREAL).astimezone(UTC)
        self._ends = self._now + timedelta(days=DAYS)
        self._changes_at = self._now + timedelta(days=self._random.randint(100, 200))
        posts = wider.WiderWorld(Random(seed + 1), self._now, DAYS - 40).posts(FILES)
        self._publishers = Publishers(Random(seed + 3), posts)
        self._partitions = self._random.choice([1, 2])
        self._fate = Fate(Random(seed + 2))
        self._catalogue = wider.first()
        self._folded = Folded()
        self._system: System | None = None
        self.seen: Counter[str] = Counter()

    async def live(self) -> None:
        await migrate((await self._start()).base)
        while self._now < self._ends:
            self._now = moments.following(self._random, self._now, self._publishers.soonest())
            await self._tick()
            if self._looks.random() < 0.02:
                await self._compare()
            if self._catalogue is wider.first() and self._now >= self._changes_at:
                await self._compare()
                self._catalogue = wider.second()
                await self._crash()
                await self._compare()
        await self._compare()
        system = await self._settled()
        before = await system.embedded.compliance.digest()
        await system.embedded.reset_computed()
        self._folded.versions.clear()
        await self._crash()
        await self._compare()
        assert await (await self._settled()).embedded.compliance.digest() == before
        await self._crash()

    async def _tick(self) -> None:
        if not self._fate.drawn and self._random.random() < 0.4:
            self._fate.draw()
        elif self._fate.drawn and self._random.random() < 0.2:
            self._fate.spare()
        try:
            system = self._system or await self._start()
            await self._publishers.deliver(system, self._now)
            if self._random.random() < 0.9:
                await system.clock.turn(self._now)
            if self._random.random() < 0.8:
                await system.compliance.turn(self._now)
            if self._random.random() < 0.05:
                self._system = beside(system, self._catalogue)
        except CrashError:
            self.seen["crashes"] += 1
            await self._crash()

    async def _start(self) -> System:
        self._system = await started(
            self._data,
            self._catalogue,
            self._fate,
            self._folded,
            partitions=self._partitions,
            batch_records=self._random.choice([5, 40, 4_000]),
        )
        return self._system

    async def _crash(self) -> None:
        if self._system is not None:
            await self._system.base.close()
        self._system = None

    async def _settled(self) -> System:
        """The system with nothing left to do."""
        self._fate.spare()
        system = self._system or await self._start()
        await system.settle(self._now)
        return system

    async def _compare(self) -> None:
        """Every row, and the newest snapshot of every file, against the law on the events of the log."""
        system = await self._settled()
        async with system.base.reading() as connection:
            rows = {row.file_id: row for row in await connection.execute(select(clock_files))}
            found = await connection.execute(select(clock_generations))
            generations = {row.partition: row.generation for row in found}
            of_topic = select(log_records.c.value).order_by(log_records.c.offset)
            told = await connection.execute(of_topic.where(log_records.c.topic == FILE_EVENTS))
            files = _files([row[0] for row in told], self._catalogue)
            said = await connection.execute(of_topic.where(log_records.c.topic == FILE_CLOCKS))
            newest = _newest([row[0] for row in said])
        assert rows.keys() == files.keys()
        evaluator, known = Evaluator(self._catalogue), {}
        for file_id, events in files.items():
            row = rows[file_id]
            fresh = evaluator.evaluate(
                file_id,
                of_events(events),
                partition=row.partition,
                generation=generations[row.partition],
                position=row.position,
                now=self._now,
            )
            assert tuple(row) == fresh.columns(), f"the row of {file_id} at {self._now}"
            known[file_id] = now_known = decode_snapshot(fresh.snapshot)
            if file_id in newest:  # what is folded is forgotten
                assert _state(newest[file_id]) == _state(now_known), f"{file_id} at {self._now}"
            self._note(now_known)
        await wider_books.compare(system.base, known)

    def _note(self, snapshot: ClockSnapshot) -> None:
        """What of the law there was to be seen."""
        self.seen["transfers"] += len(snapshot.transfers)
        for cycle in snapshot.cycles:
            self.seen["extensions"] += len(cycle.extensions)
            self.seen["counted anew"] += cycle.counted_from is not None
            self.seen["waits for others"] += cycle.waits_for is not None
            self.seen["long waits"] += cycle.stage == "waiting_long"
            self.seen["tiers"] += bool(cycle.tiers)
            self.seen["second clocks"] += cycle.standard == "complaint-answer"
        self.seen.update(anomaly.reason for anomaly in snapshot.anomalies)


def _files(values: list[bytes], catalogue: Catalogue) -> dict[str, list[Event]]:
    """The events of each file: the first of each name, of those that can be counted."""
    files: dict[str, dict[tuple[str, str], Event]] = defaultdict(dict)
    for value in values:
        try:
            event = decode_event(value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if event.time.year >= FIRST_COVERED_YEAR and "no-such-standard" not in value.decode():
            files[event.file_id].setdefault((event.source, event.id), event)
    return {file_id: list(events.values()) for file_id, events in files.items()}


def _newest(values: list[bytes]) -> dict[str, ClockSnapshot]:
    newest: dict[str, ClockSnapshot] = {}
    for value in values:
        try:
            snapshot = decode_snapshot(value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        seen = newest.get(snapshot.file_id)
        if seen is None or snapshot.version > seen.version:
            newest[snapshot.file_id] = snapshot
    return newest


def _state(snapshot: ClockSnapshot) -> ClockSnapshot:
    """A snapshot without its version and cause."""
    return msgspec.structs.replace(
        snapshot, generation=0, position=0, crossed_at=NEVER, changed_by=None
    )


@pytest.mark.parametrize("seed", SEEDS)
async def test_clock_and_compliance_are_what_the_whole_history_makes_them(
    seed: int, data: Path
) -> None:
    year = WiderYear(seed, data)
    await year.live()
    print(seed, year.seen)
    for law in (
        "crashes",
        "transfers",
        "extensions",
        "counted anew",
        "tiers",
        "second clocks",
        "already_reached",
        "extended_when_late",
    ):
        assert year.seen[law], (law, year.seen)


def test_the_lives_have_every_new_event() -> None:
    posts = wider.WiderWorld(Random(1), datetime(2026, 1, 5, 12, tzinfo=UTC), 100).posts(60)
    for event_type in (Extended, Reached, Transferred):
        name = str(event_type.__struct_config__.tag).encode()
        assert any(name in post.raw for post in posts), name
