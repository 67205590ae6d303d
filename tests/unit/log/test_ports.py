"""A key goes to the partition that Kafka's own clients choose, so that any publisher and any reader agree."""

from __future__ import annotations

import pytest

from shared.log.ports import _murmur2, partition_of

# From the Java client's own test of the hash (UtilsTest.testMurmur2).
HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "signed"), HASHES.items())
def test_the_hash_is_the_java_clients(key: bytes, signed: int) -> None:
    assert _murmur2(key) == signed & 0xFFFFFFFF


@pytest.mark.parametrize(("key", "signed"), HASHES.items())
@pytest.mark.parametrize("partitions", [1, 8, 12, 1000])
def test_the_sign_is_dropped_before_the_remainder(key: bytes, signed: int, partitions: int) -> None:
    assert partition_of(key, partitions) == (signed & 0x7FFFFFFF) % partitions


def test_keys_of_every_length_have_a_partition() -> None:
    assert {partition_of(b"x" * length, 8) for length in range(200)} == set(range(8))


def test_files_numbered_in_sequence_spread_over_the_partitions() -> None:
    found = [0] * 8
    for number in range(8_000):
        found[partition_of(f"CAQ-2025-{number:06}".encode(), 8)] += 1
    assert min(found) > 800 and max(found) < 1_200
