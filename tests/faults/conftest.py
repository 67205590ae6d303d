"""What the tests of faults begin from: a directory whose process ends with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.server import Directory


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    path = tmp_path / "data"
    path.mkdir()
    directory = Directory(path)
    yield directory
    await directory.close()
