"""The publisher: together when they arrive together, acknowledged when durable, bounded, and honest when the log is silent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.publisher import SMALL_POST, BusyError, Publisher
from shared.domain.events import Event, decode_event
from shared.errors import UnavailableError
from shared.log.ports import partition_of
from tests.unit.ingest.cloudevents.given import (
    RULES,
    AbsentLog,
    HeldLog,
    event,
    sqlite_log,
    stored,
    written,
)


def read(number: int) -> Event:
    return parse_structured(written(event(id=f"evt-{number}", subject=f"F-{number}")), RULES)


async def test_events_are_durable_where_their_receipts_say(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log:
        publisher = Publisher(log)
        events = [read(number) for number in range(50)]
        posts = [publisher.publish(events[first : first + 5]) for first in range(0, 50, 5)]
        positions = [one for post in await asyncio.gather(*posts) for one in post]
        for one, (partition, offset) in zip(events, positions, strict=True):
            [record, *_] = await log.read("echeance.file-events", partition, offset)
            assert decode_event(record.value) == one
            assert record.key == one.file_id.encode()
            assert partition == partition_of(record.key, log.partitions)
        assert len(await stored(log)) == 50


async def test_posts_that_arrive_while_the_log_writes_share_the_next_append() -> None:
    log = HeldLog()
    publisher = Publisher(log)
    first = asyncio.create_task(publisher.publish([read(0)]))
    await log.asked.wait()
    others = [asyncio.create_task(publisher.publish([read(number)])) for number in range(1, 100)]
    await asyncio.sleep(0)
    log.close_streams.set()
    await asyncio.gather(first, *others)
    assert [len(records) for records in log.appends] == [1, 99]


async def test_small_posts_and_large_ones_go_by_turns() -> None:
    log = HeldLog()
    publisher = Publisher(log)
    first = asyncio.create_task(publisher.publish([read(0)]))
    await log.asked.wait()
    large = [read(number) for number in range(SMALL_POST + 1)]
    sizes = [len(large), 1, 2] * 3
    posts = [asyncio.create_task(publisher.publish(large[:size])) for size in sizes]
    await asyncio.sleep(0)
    log.close_streams.set()
    positions = await asyncio.gather(first, *posts)
    assert [len(records) for records in log.appends] == [1, 3 * len(large), 9]
    assert [len(one) for one in positions] == [1, *[len(large), 1, 2] * 3]


async def test_a_post_is_not_acknowledged_before_the_log_has_it() -> None:
    log = HeldLog()
    post = asyncio.create_task(Publisher(log).publish([read(0)]))
    await log.asked.wait()
    assert not post.done()
    log.close_streams.set()
    [position] = await post
    assert position.offset == 0


async def test_what_waits_is_bounded() -> None:
    log = HeldLog()
    publisher = Publisher(log, max_waiting=3)
    waiting = asyncio.create_task(publisher.publish([read(0), read(1)]))
    await log.asked.wait()
    with pytest.raises(BusyError):
        await publisher.publish([read(2), read(3)])
    log.close_streams.set()
    await waiting
    assert len(await publisher.publish([read(number) for number in range(10)])) == 10


async def test_a_silent_log_is_told_at_the_deadline_and_nothing_is_kept() -> None:
    log = HeldLog()
    publisher = Publisher(log, deadline_seconds=0.01)
    for number in range(3):
        with pytest.raises(UnavailableError):
            await publisher.publish([read(number)])
    log.close_streams.set()
    await publisher.publish([read(9)])
    assert [[one.key for one in records] for records in log.appends] == [[b"F-0"], [b"F-9"]]


async def test_a_log_that_is_down_is_told_to_every_post() -> None:
    publisher = Publisher(AbsentLog())
    posts = [publisher.publish([read(number)]) for number in range(3)]
    results = await asyncio.gather(*posts, return_exceptions=True)
    assert all(isinstance(one, UnavailableError) for one in results)


async def test_a_closed_publisher_has_finished_and_takes_nothing_more() -> None:
    log = HeldLog()
    publisher = Publisher(log)
    post = asyncio.create_task(publisher.publish([read(0)]))
    await log.asked.wait()
    closing = asyncio.create_task(publisher.close())
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError):
        await publisher.publish([read(1)])
    log.close_streams.set()
    await closing
    assert len(await post) == 1


async def test_a_client_that_leaves_holds_nobody_up() -> None:
    log = HeldLog()
    publisher = Publisher(log)
    leaving = asyncio.create_task(publisher.publish([read(0)]))
    await log.asked.wait()
    leaving.cancel()
    staying = asyncio.create_task(publisher.publish([read(1)]))
    await asyncio.sleep(0)
    log.close_streams.set()
    assert len(await staying) == 1
