"""The archives of Kafka, which sessions that run side by side share."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import java
from tests.servers.absence import needing


@pytest.fixture
def archives() -> Sequence[Path]:
    with needing("Apache Kafka"):
        return java.jars()


def test_archives_are_fetched_by_one_process_at_a_time(archives: Sequence[Path]) -> None:
    with ThreadPoolExecutor() as another:
        with java.alone():
            fetched = another.submit(java.jars)
            with pytest.raises(TimeoutError):
                fetched.result(timeout=2)
        assert fetched.result() == archives


@pytest.mark.usefixtures("archives")
def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(ChildProcessError, match=r"StorageTool ended with [0-9]+: .*no-such-file"):
        java.run("kafka.tools.StorageTool", "format", "-t", "x", "-c", "/no-such-file")
