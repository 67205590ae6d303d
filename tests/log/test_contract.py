"""What every log keeps to, whatever it is made of: the port of ``shared/log/ports.py``, one suite for all."""

from __future__ import annotations

import asyncio

import pytest

from shared.errors import TruncatedLogError
from shared.log.ports import Archive, Batch, NewRecord, PartitionLag, Position, Record
from tests.log.logs import (
    BATCH_RECORDS,
    GROUP,
    OTHER_TOPIC,
    PARTITIONS,
    TOPIC,
    Opening,
    fetched,
    read,
    record,
    starting_at,
)

LONG_SECONDS = 30.0


async def test_each_record_is_told_where_it_stands_in_the_order_given(opening: Opening) -> None:
    async with opening() as log:
        stands = await log.append(TOPIC, [record(0, 1), record(2, 2), record(0, 3)])
    assert list(stands) == [Position(0, 0), Position(2, 0), Position(0, 1)]


async def test_records_are_read_back_in_the_order_of_their_partition(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(number % 2, number) for number in range(8)])
        found = await read(log, TOPIC, 8)
    for partition in (0, 1):
        numbers = range(partition, 8, 2)
        assert found[partition] == [
            Record(offset, f"key-{number}".encode(), f"value-{number}".encode())
            for offset, number in enumerate(numbers)
        ]


async def test_keys_and_values_are_any_bytes(opening: Opening) -> None:
    given = [NewRecord(0, b"\x00\xff", b""), NewRecord(0, b"k", bytes(range(256)))]
    async with opening() as log:
        await log.append(TOPIC, given)
        found = await read(log, TOPIC, 2)
    assert [(one.key, one.value) for one in found[0]] == [(one.key, one.value) for one in given]


async def test_appending_nothing_changes_nothing(opening: Opening) -> None:
    async with opening() as log:
        assert list(await log.append(TOPIC, [])) == []
        assert list(await log.append(TOPIC, [record(0, 1)])) == [Position(0, 0)]


async def test_appends_at_the_same_time_leave_no_hole_and_share_no_offset(opening: Opening) -> None:
    async with opening() as log:
        told = await asyncio.gather(
            *(log.append(TOPIC, [record(0, 10 * one + n) for n in range(3)]) for one in range(10))
        )
        found = await read(log, TOPIC, 30)
    offsets = [position.offset for positions in told for position in positions]
    assert sorted(offsets) == list(range(30))
    values = {one.offset: one.value for one in found[0]}
    for one, positions in enumerate(told):
        assert [values[p.offset] for p in positions] == [
            f"value-{10 * one + n}".encode() for n in range(3)
        ]


async def test_a_batch_is_bounded_and_the_next_goes_on_where_it_ended(opening: Opening) -> None:
    many = 3 * BATCH_RECORDS + 1
    async with opening() as log:
        await log.append(TOPIC, [record(1, number) for number in range(many)])
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        batches = await fetched(subscription, many)
        await subscription.close()
    assert all(len(batch.records) <= BATCH_RECORDS for batch in batches)
    assert [one.offset for batch in batches for one in batch.records] == list(range(many))
    assert [batch.next_offset for batch in batches] == [
        batch.records[-1].offset + 1 for batch in batches
    ]


async def test_every_partition_is_claimed_once_before_it_is_read(opening: Opening) -> None:
    claimed: list[int] = []

    async def claim(partition: int) -> int:
        claimed.append(partition)
        return 0

    async with opening() as log:
        await log.append(TOPIC, [record(partition, 0) for partition in range(PARTITIONS)])
        subscription = log.subscribe(TOPIC, GROUP, claim)
        assert claimed == []
        await fetched(subscription, PARTITIONS)
        await subscription.fetch(0)
        await subscription.close()
    assert sorted(claimed) == list(range(PARTITIONS))


async def test_an_owned_partition_with_nothing_new_gives_an_empty_batch(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, 1)])
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        await fetched(subscription, 1)
        batches = await subscription.fetch(0)
        await subscription.close()
    assert {batch.partition: batch.next_offset for batch in batches} == {0: 1, 1: 0, 2: 0}
    assert all(not batch.records for batch in batches)


async def test_a_reader_that_waits_is_woken_by_an_append(opening: Opening) -> None:
    async with opening() as log, asyncio.timeout(LONG_SECONDS / 2):
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        await subscription.fetch(0)
        waiting = asyncio.create_task(subscription.fetch(LONG_SECONDS))
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
        await log.append(TOPIC, [record(2, 7)])
        batches = await waiting
        await subscription.close()
    assert [one.value for batch in batches for one in batch.records] == [b"value-7"]


async def test_a_record_of_another_topic_wakes_nobody(opening: Opening) -> None:
    async with opening() as log:
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        await subscription.fetch(0)
        waiting = asyncio.create_task(subscription.fetch(0.2))
        await log.append(OTHER_TOPIC, [record(0, 1)])
        batches = await waiting
        await subscription.close()
    assert all(not batch.records for batch in batches)


async def test_topics_do_not_share_their_offsets_or_their_records(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, 1), record(0, 2)])
        stands = await log.append(OTHER_TOPIC, [record(0, 3)])
        found = await read(log, OTHER_TOPIC, 1)
    assert list(stands) == [Position(0, 0)]
    assert [one.value for one in found[0]] == [b"value-3"]


async def test_what_was_acknowledged_is_there_when_the_log_is_opened_again(
    opening: Opening,
) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, 1), record(0, 2), record(1, 3)])
    async with opening() as log:
        stands = await log.append(TOPIC, [record(0, 4), record(1, 5), record(2, 6)])
        found = await read(log, TOPIC, 6)
    assert list(stands) == [Position(0, 2), Position(1, 1), Position(2, 0)]
    assert [one.offset for one in found[0]] == [0, 1, 2]
    assert [one.value for one in found[1]] == [b"value-3", b"value-5"]


async def test_where_a_reader_stands_tells_what_was_not_fetched_yet(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, number) for number in range(BATCH_RECORDS + 2)])
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        await fetched(subscription, 1)
        behind = await subscription.lag()
        await fetched(subscription, 2)
        caught_up = await subscription.lag()
        await subscription.close()
    end = BATCH_RECORDS + 2
    assert behind == {
        0: PartitionLag(BATCH_RECORDS, end),
        1: PartitionLag(0, 0),
        2: PartitionLag(0, 0),
    }
    assert caught_up == {0: PartitionLag(end, end), 1: PartitionLag(0, 0), 2: PartitionLag(0, 0)}


async def test_a_partition_with_a_step_in_hand_is_left_out(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(partition, 1) for partition in range(PARTITIONS)])
        subscription = log.subscribe(TOPIC, GROUP, starting_at())
        await fetched(subscription, PARTITIONS)
        await log.append(TOPIC, [record(partition, 2) for partition in range(PARTITIONS)])
        found: list[Batch] = []
        while len(found) < PARTITIONS - 1:
            batches = await subscription.fetch(0.2, exclude={1})
            assert 1 not in {batch.partition for batch in batches}
            found += [batch for batch in batches if batch.records]
        assert await subscription.fetch(5, exclude=set(range(PARTITIONS))) == []
        (left,) = await fetched(subscription, 1)
        assert (left.partition, [one.value for one in left.records]) == (1, [b"value-2"])
        await subscription.close()


async def replayed(log: Archive, *within: int) -> list[bytes]:
    return [one.value async for some in log.replay(TOPIC, 0, *within) for one in some]


async def test_the_archive_is_read_from_any_offset_to_any_other(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, number) for number in range(2 * BATCH_RECORDS + 3)])
        every = [f"value-{number}".encode() for number in range(2 * BATCH_RECORDS + 3)]
        assert await replayed(log) == every
        assert list(await log.ends(TOPIC)) == [len(every), 0, 0]
        assert await replayed(log, 2) == every[2:]
        assert await replayed(log, 2, BATCH_RECORDS + 4) == every[2 : BATCH_RECORDS + 4]
        assert await replayed(log, 2, 10_000) == every[2:]
        assert await replayed(log, len(every)) == []


async def test_a_position_past_the_end_of_the_log_stops_the_reader(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, 1), record(1, 2)])
        subscription = log.subscribe(TOPIC, GROUP, starting_at(2))
        with pytest.raises(TruncatedLogError, match="position 2"):
            await fetched(subscription, 1)
        await subscription.close()


async def test_a_new_subscription_claims_again_and_reads_from_there(opening: Opening) -> None:
    async with opening() as log:
        await log.append(TOPIC, [record(0, 1), record(0, 2)])
        first = await read(log, TOPIC, 2)
        again = await read(log, TOPIC, 1, 1)
    assert len(first[0]) == 2
    assert [one.offset for one in again[0]] == [1]
