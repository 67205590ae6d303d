"""``echeance rebuild clock`` on real servers, beside clocks at work."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from echeance.rebuild.clock import rebuild_clock
from services.clock.evaluator import EvaluatedRow
from services.clock.recount import Recount
from services.clock.store import ClockStore
from services.clock.tables import clock_files
from services.clock.worker import ClockWorker
from shared.database.rebuilds import OvertakenError
from shared.erasure import FileDigests
from shared.errors import FencedError
from shared.log.kafka import KafkaLog
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, Batch, partition_of
from shared.process import runner
from tests.builders import CATALOGUE, decided, received
from tests.rebuild.live import PARTITIONS, Live, working
from tests.waiting import until

FILES = 400


async def told_right(live: Live) -> None:
    """The clock's table says what the log says, and compliance what the clock says."""
    stored = await live.rows(clock_files)
    expected: dict[str, EvaluatedRow] = {}
    for partition, last in enumerate(await live.log.ends(FILE_EVENTS)):
        counting = Recount(
            CATALOGUE, partition, 0, runner.now() + timedelta(seconds=1), FileDigests(live.database)
        )
        async for counted in counting.files(live.log, last, slices=1):
            expected |= {row.file_id: row for row in counted.rows}
    assert stored.keys() == expected.keys()
    for file_id, row in expected.items():
        found = {**stored[file_id]._mapping, "generation": 0}
        assert tuple(found.values()) == row.columns()


async def test_a_clock_rebuilt_while_events_flow_has_the_same_figures_and_loses_nothing(
    live: Live,
) -> None:

    async def publish(number: int) -> None:
        await live.publish(received(f"FLOW-{number}", "2026-03-02 10:00"))
        await live.publish(decided(f"FLOW-{number}", "2026-03-30 10:00"))

    await live.lived(FILES)
    async with live.services():
        await live.settled()
        async with live.repeating(publish, every_seconds=0.01):
            result = await rebuild_clock(live.settings, processes=2)
        assert result.differences.total == 0, result.differences
        assert result.recounted.files >= FILES
        assert result.recounted.rejected > 0
        await live.settled()
        await told_right(live)
    assert await live.scalar("SELECT min(generation) FROM clock_files") == 3


async def test_what_the_live_table_had_wrong_is_told_and_mended(live: Live) -> None:
    events = [received(f"F-{number}", "2026-03-02 10:00") for number in range(20)]
    await live.publish(*events)
    async with live.services():
        await live.settled()
        await live.run("UPDATE clock_files SET digest = digest + 1 WHERE file_id = 'F-3'")
        await live.run("UPDATE clock_files SET history = '[]' WHERE file_id = 'F-5'")
        await live.run("DELETE FROM clock_files WHERE file_id = 'F-7'")
        result = await rebuild_clock(live.settings, processes=1)
        assert result.differences == (3, ["F-3", "F-5", "F-7"])
        await live.settled()
        await told_right(live)
        again = await rebuild_clock(live.settings, processes=1)
        assert again.differences.total == 0


async def test_a_step_in_hand_when_the_tables_change_is_fenced_and_done_again(live: Live) -> None:
    async with live.services():
        await live.lived(50)
        await live.settled()
    async with working(live.settings) as (base, log):
        late = ClockWorker(ClockStore(base), CATALOGUE)
        begun = [await in_hand(live, late, log, partition) for partition in range(PARTITIONS)]
        await rebuild_clock(live.settings, processes=1)
        for outcome in begun:
            with pytest.raises(FencedError):
                await late.commit(outcome)
    async with live.services():
        await live.settled()
        await told_right(live)
    late_files = "SELECT count(*) FROM clock_files WHERE file_id LIKE 'LATE-%'"
    assert await live.scalar(late_files) == PARTITIONS


async def in_hand(live: Live, worker: ClockWorker, log: KafkaLog, partition: int) -> Any:
    """A step of the worker on one new event of a partition, decided and not committed."""
    offset = await worker.claim(partition)
    names = (f"LATE-{number}" for number in range(1_000))
    name = next(one for one in names if partition_of(one.encode(), PARTITIONS) == partition)
    await live.publish(received(name, "2026-03-02 10:00"))
    (records,) = [records async for records in log.replay(FILE_EVENTS, partition, offset)]
    outcome = await worker.handle(Batch(partition, records, offset + 1), runner.now())
    assert outcome is not None
    return outcome


async def test_an_idle_clock_notices_that_a_rebuild_took_its_partitions(live: Live) -> None:
    await live.publish(*(received(f"F-{number}", "2026-03-02 10:00") for number in range(20)))
    async with live.services():
        await live.settled()
        ends = await live.log.ends(FILE_CLOCKS)
        await rebuild_clock(live.settings, processes=1)
        await live.settled()
        assert sum(await live.log.ends(FILE_CLOCKS)) == sum(ends) + 20


async def test_the_table_put_in_place_is_not_to_be_told_from_the_one_before(live: Live) -> None:
    await live.run("GRANT SELECT ON clock_files TO PUBLIC")
    await live.run("GRANT SELECT, UPDATE ON clock_files TO pg_monitor")
    async with live.services():
        await live.lived(50)
        await live.settled()
        before = await live.scalar(DESCRIPTION), await live.scalar(TABLE)
        await rebuild_clock(live.settings, processes=1)
        after = await live.scalar(DESCRIPTION), await live.scalar(TABLE)
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert "fillfactor" in before[0]
    assert "pg_monitor" in before[0]
    assert await live.scalar("SELECT count(*) FROM rebuilds") == 0


async def is_there(live: Live, condition: str) -> bool:
    return bool(await live.scalar(f"SELECT count(*) FROM rebuilds WHERE {condition}"))


TABLE = "SELECT CAST('clock_files' AS regclass)::oid"
DESCRIPTION = """
SELECT concat_ws(E'\\n', array_to_string(reloptions, ','), array_to_string(relacl, ','),
  (SELECT string_agg(concat_ws(' ', attname, atttypid, attnotnull, col_description(attrelid, attnum)), ',' ORDER BY attnum)
   FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0),
  (SELECT string_agg(pg_get_indexdef(indexrelid), ',' ORDER BY indexrelid::regclass::text)
   FROM pg_index WHERE indrelid = pg_class.oid),
  (SELECT string_agg(conname || pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = pg_class.oid))
FROM pg_class WHERE oid = CAST('public.clock_files' AS regclass)
"""


@pytest.mark.parametrize("reached", ["done_records = 0", "done_records > 0"])
async def test_a_rebuild_killed_in_the_middle_changes_nothing_and_the_next_one_begins_anew(
    live: Live, reached: str
) -> None:
    await live.lived(FILES)
    async with live.services():
        await live.settled()
        before = await live.scalar(TABLE), await live.rows(clock_files)
        command = [sys.executable, "-m", "echeance", "rebuild", "clock"]
        running = await asyncio.create_subprocess_exec(*command, env=live.variables)
        await until(partial(is_there, live, reached), reached)
        running.kill()
        await running.wait()
        assert (await live.scalar(TABLE), await live.rows(clock_files)) == before
        result = await rebuild_clock(live.settings, processes=1)
        assert result.differences.total == 0
        await live.settled()
        await told_right(live)
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'echeance%'"
    assert await live.scalar(schemas) == 0


async def test_of_two_rebuilds_the_later_takes_over_and_the_other_changes_nothing(
    live: Live,
) -> None:
    await live.lived(FILES)
    async with live.services():
        await live.settled()
        first = asyncio.create_task(rebuild_clock(live.settings, processes=1))
        await until(partial(is_there, live, "true"), "a rebuild")
        result = await rebuild_clock(live.settings, processes=1)
        with pytest.raises(OvertakenError):
            await first
        assert result.differences.total == 0
        await live.settled()
        await told_right(live)
