"""Every test of a store is run on both databases: SQLite, and PostgreSQL beside the same log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.world import keep_stores_at


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that works in a folder has a world in it."""
    if "tmp_path" in metafunc.fixturenames:
        metafunc.fixturenames.insert(0, "stores")
        metafunc.parametrize("stores", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.param == "postgresql":
        keep_stores_at(tmp_path, request.getfixturevalue("migrated_url"))
