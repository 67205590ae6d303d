"""Readiness is progress, and a loop that makes none ends its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.log import watchdog
from tests.log.logs import GROUP, TOPIC, record
from tests.log.test_loop import Copier, looped, opened


def ended(kind: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.log.stuck", kind, str(folder)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("kind", ["waits", "deaf"])
def test_a_loop_that_is_stuck_ends_its_process_and_says_where_it_stood(
    kind: str, tmp_path: Path
) -> None:
    process = ended(kind, tmp_path)
    assert process.returncode == 1
    assert process.stderr.startswith("Timeout (0:00:01)!\nThread ")


def test_a_loop_that_has_nothing_left_to_read_is_not_stuck(tmp_path: Path) -> None:
    process = ended("works", tmp_path)
    assert process.returncode == 0, process.stderr


async def test_a_loop_is_ready_once_it_has_read_and_as_long_as_its_log_answers(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, number) for number in range(3)])
        loop = looped(log, Copier(base, []))
        with pytest.raises(UnavailableError, match="has not read"):
            await watchdog.readiness(loop)
        await loop.run_once(0)
        told = await watchdog.readiness(loop)
        assert told[f"{GROUP}_lag_records"] == 0
        assert told[f"{GROUP}_partitions"] == [0]
        assert loop.fetched_at is not None
        loop.fetched_at -= 31
        with pytest.raises(UnavailableError, match="last answered 31 s ago"):
            await watchdog.readiness(loop)
        await loop.close()
