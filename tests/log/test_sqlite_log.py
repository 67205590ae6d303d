"""What is the SQLite log's own: records that nobody asks for again are forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.log.ports import Position
from shared.log.sqlite import has_wal_reset_bug
from tests.log.logs import OTHER_TOPIC, TOPIC, record, sqlite_logs


async def test_trimming_forgets_what_lies_before_an_offset_in_one_partition(tmp_path: Path) -> None:
    async with sqlite_logs(tmp_path)() as log:
        for topic in (TOPIC, OTHER_TOPIC):
            await log.append(topic, [record(n % 2, n) for n in range(10)])
        await log.trim(TOPIC, 0, 3)
        assert [one.offset for one in await log.read(TOPIC, 0, 0)] == [3, 4]
        assert len(await log.read(TOPIC, 1, 0)) == 5
        assert len(await log.read(OTHER_TOPIC, 0, 0)) == 5


async def test_a_trimmed_partition_still_knows_where_it_ends(tmp_path: Path) -> None:
    async with sqlite_logs(tmp_path)() as log:
        await log.append(TOPIC, [record(0, n) for n in range(4)])
        await log.trim(TOPIC, 0, 100)
    async with sqlite_logs(tmp_path)() as log:
        assert list(await log.append(TOPIC, [record(0, 4)])) == [Position(0, 4)]


async def test_trimming_an_empty_partition_is_nothing(tmp_path: Path) -> None:
    async with sqlite_logs(tmp_path)() as log:
        await log.trim(TOPIC, 2, 10)
        assert list(await log.ends(TOPIC)) == [0, 0, 0]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_the_versions_with_the_wal_reset_bug_are_known(
    version: tuple[int, int, int], expected: bool
) -> None:
    assert has_wal_reset_bug(version) == expected
