"""The deterministic simulation: a year and a bit of the embedded system on a virtual clock, from a seed.

Time advances in irregular steps, at times while the process is down. What arrives is shuffled, late, early, doubled,
contradicted and taken back; the process dies at every step of the loop and begins again from its database; another overtakes
it and it goes on as a zombie; in the middle the catalogue changes. The system may be behind at any moment; once it has settled,
it must say what is computed from scratch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select

from echeance.erasure.cleaning import unlink_all
from services.clock.store import CatalogueRefusedError
from services.clock.tables import clock_files
from shared.database.migrations import migrate
from shared.domain.events import encode, is_pseudonym
from shared.erasure.store import ErasureStore
from shared.errors import UnavailableError
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.erasure.forgotten import forgotten
from tests.simulation import catalogues, judge, moments
from tests.simulation.crashes import CrashError, Fate
from tests.simulation.judge import Verdict
from tests.simulation.lives import World
from tests.simulation.publishers import Publishers
from tests.simulation.system import Folded, System, Zombie, beside, started
from tests.unit.domain.oracle_calendar import MONTREAL

DAYS = 400
_BETWEEN_PUBLISH_AND_COMMIT = (
    f"{FILE_CLOCKS} append halfway",
    f"{FILE_CLOCKS} append after",
    "clock commit before",
    "clock commit within",
)


@dataclass(frozen=True)
class Summary:
    """What a simulated year was like."""

    verdicts: list[Verdict]
    crashes: Counter[str]
    zombies_fenced: int
    ticks: int


class Simulation:
    """One seed's year."""

    def __init__(
        self,
        seed: int,
        files: int,
        data: Path,
        *,
        partitions: int | None = None,
        received_within_days: int = DAYS - 20,
        looks: Sequence[float] = (0.3, 0.75),
        forgets: bool = False,
    ) -> None:
        """``looks`` are the parts of the year after which the system is compared, besides its end.

        ``forgets`` has files forgotten now and then, ended or not.
        """
        self._random = Random(seed)
        self._data = data
        begins = date(self._random.randint(2015, 2034), self._random.randint(1, 12), 1)
        self._now = datetime.combine(begins, time(7), MONTREAL).astimezone(UTC)
        self._ends = self._now + timedelta(days=DAYS)
        self._changes_at = self._now + timedelta(days=self._random.randint(150, 250))
        self._revision = catalogues.first()
        posts = World(Random(seed + 1), self._now, received_within_days).posts(files)
        self._publishers = Publishers(Random(seed + 3), posts)
        self._looks = [self._now + timedelta(days=DAYS * part) for part in looks]
        self._partitions = partitions or self._random.choice([1, 2, 4])
        self._fate = Fate(Random(seed + 2))
        self._folded = Folded()
        self._system: System | None = None
        self._zombies: list[Zombie] = []
        self._fenced = 0
        self._verdicts: list[Verdict] = []
        self._forgets = forgets
        self.requests = 0

    async def live(self) -> Summary:
        """The whole year, then the comparison, a rebuild, and the comparison again."""
        ticks = 0
        system = await self._start()
        await migrate(system.base)
        while self._now < self._ends:
            ticks += 1
            self._now = moments.following(self._random, self._now, self._publishers.soonest())
            await self._tick()
            if self._revision is catalogues.first() and self._now >= self._changes_at:
                await self._change_the_catalogue()
            if self._looks and self._now >= self._looks[0]:
                self._looks.pop(0)
                await self._judge()
        await self._judge()
        await self._rebuild()
        await self._crash()
        return Summary(self._verdicts, self._fate.crashes, self._fenced, ticks)

    async def _tick(self) -> None:
        """What happens between two moments: requests, turns of the loops, and at times the end of the process."""
        if self._system is None and self._random.random() < 0.3:
            return  # still down
        if not self._fate.drawn and self._random.random() < 0.5:
            self._fate.draw()
        elif self._fate.drawn and self._random.random() < 0.05:
            self._fate.spare()
        chance = self._random.random()
        try:
            system = self._system or await self._start()
            await self._publishers.deliver(system, self._now)
            if self._forgets and self._random.random() < 0.2:
                await self._forget(system)
            if chance < 0.9:
                await system.clock.turn(self._now)
            if chance > 0.2:
                await system.compliance.turn(self._now)
            if self._random.random() < 0.1:
                await self._overtake(system)
            if self._zombies and self._random.random() < 0.35:
                await self._wake_a_zombie(system)
        except CrashError:
            await self._crash()

    async def _forget(self, system: System) -> None:
        """Ask to forget any file that is known."""
        async with system.base.reading() as connection:
            known = (await connection.execute(select(clock_files.c.file_id))).scalars().all()
        files = sorted(one for one in known if not is_pseudonym(one))
        if files:
            self.requests += 1
            file_id = self._random.choice(files)
            now = self._now.isoformat()
            request = forgotten(file_id, now, named=f"forget-{self.requests}")
            await system.log.append(FILE_EVENTS, [system.record(file_id, encode(request))])

    async def _start(self) -> System:
        batch_records = self._random.choice([5, 40, 4_000])
        self._system = await started(
            self._data,
            self._revision.catalogue,
            self._fate,
            self._folded,
            partitions=self._partitions,
            batch_records=batch_records,
        )
        return self._system

    async def _crash(self) -> None:
        """The process's memory is gone; the file stays. Its zombies are gone with the connections they shared."""
        if self._system is not None:
            await self._system.base.close()
        self._system = None
        self._zombies = []

    async def _overtake(self, system: System) -> None:
        """Another process takes the partitions; this one does not know, and may have decided a step already."""
        for reader in (system.clock, system.compliance):
            zombie = Zombie(reader)
            batches = await reader.subscription.fetch(0)
            batch = self._random.choice(batches)
            if batch.records and self._random.random() < 0.5:
                with suppress(UnavailableError):
                    zombie = Zombie(reader, await reader.worker.handle(batch, self._now))
            self._zombies.append(zombie)
        self._system = beside(system, self._revision.catalogue)
        for reader in (self._system.clock, self._system.compliance):
            await reader.turn(self._now)

    async def _wake_a_zombie(self, system: System) -> None:
        zombie = self._zombies.pop(self._random.randrange(len(self._zombies)))
        self._fenced += await zombie.wake(system.log, self._now)

    async def _change_the_catalogue(self) -> None:
        """A new revision, by a restart or by a process that overtakes; it dies in its first step, and may be taken back."""
        old = self._revision
        self._revision = catalogues.second(
            self._now.date() + timedelta(days=self._random.choice([-60, 0, 30]))
        )
        if self._system is not None and self._random.random() < 0.5:
            await self._whatever_happens(self._overtake(self._system))
        else:
            await self._crash()
        self._fate.aim(self._random.choice(_BETWEEN_PUBLISH_AND_COMMIT))
        await self._whatever_happens(self._begin_the_generation())
        if self._random.random() < 0.4:
            await self._crash()
            self._revision = catalogues.third()
        await self._judge()
        self._looks = sorted([*self._looks, self._now + timedelta(days=4)])
        system = await self._settled()
        outdated = beside(system, old.catalogue)
        try:
            await outdated.clock.turn(self._now)
        except CatalogueRefusedError:
            return
        raise AssertionError("an older revision took the partition")

    async def _begin_the_generation(self) -> None:
        system = self._system or await self._start()
        await system.clock.turn(self._now)
        await system.compliance.turn(self._now)

    async def _whatever_happens(self, work: Awaitable[None]) -> None:
        try:
            await work
        except CrashError:
            await self._crash()

    async def _settled(self) -> System:
        """The system with nothing left to do; its fate is held back meanwhile."""
        self._fate.spare()
        system = self._system or await self._start()
        await system.settle(self._now)
        return system

    async def _judge(self) -> None:
        system = await self._settled()
        base = system.base
        if self._forgets:
            await unlink_all(base, ErasureStore(base), repeats=True)
        self._verdicts.append(await judge.compare(base, self._revision, self._now))
        if self._forgets:
            return  # the log does not name all that was accepted
        names = await judge.accepted_names(base)
        assert self._publishers.ok <= names
        assert names <= self._publishers.ok | self._publishers.unknown

    async def _rebuild(self) -> None:
        """Everything counted again from the log says the same."""
        system = await self._settled()
        before = await system.embedded.compliance.digest()
        await system.embedded.reset_computed()
        self._folded.versions.clear()
        await self._crash()
        system = await self._settled()
        assert await system.embedded.compliance.digest() == before
        await self._judge()
