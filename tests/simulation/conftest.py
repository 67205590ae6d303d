"""A failing seed can be run again: ``pytest tests/simulation --simulation-seed 17``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--simulation-seed", type=int, help="simulate this seed alone")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is one: the simulation is about steps, not about disks."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    directory = Path(tempfile.mkdtemp(dir=memory))
    yield directory
    shutil.rmtree(directory)
