"""Alerts written to either database, as the fold writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.compliance import SERVICE
from services.compliance.alerts import rows
from services.compliance.projection.store import ComplianceStore
from shared.database import engine
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain.records import BreachAlert
from tests.builders import at

NOW = at("2025-05-20 08:00")
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'alerts.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def base(url: str) -> AsyncIterator[Database]:
    made = Database(url)
    await migrate(made)
    yield made
    await made.close()


def alert(name: str, unit: str = "laval", *, minutes: int = 0) -> BreachAlert:
    return BreachAlert(
        file_id=name,
        cycle=1,
        stage="at_risk",
        stage_since=NOW,
        standard="courriel",
        unit=unit,
        raised_at=NOW + timedelta(minutes=minutes),
        due_on=date(2025, 5, 22),
        breaches_at=NOW + timedelta(days=3),
    )


async def write(base: Database, partition: int, position: int, *written: BreachAlert) -> None:
    async with base.transaction() as connection:
        held = await engine.claim(connection, SERVICE, partition)
    known = await ComplianceStore(base).alerts([one.file_id for one in written])
    before = [one for of_file in known.values() for one in of_file]
    await base.commit(held, position, rows.writes(before, written, partition, position))
