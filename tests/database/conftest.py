"""Every test that asks for ``base`` is run on both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database.engine import Database
from shared.database.migrations import migrate
from tests.migrations.databases import opened


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}"
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
async def base(url: str) -> AsyncIterator[Database]:
    async with opened(url) as made:
        await migrate(made)
        yield made
