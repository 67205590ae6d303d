"""Alerts, when the process that raises and tells them is killed at every step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Select, select

from services.compliance.alerts.tables import alert_deliveries, alerts
from services.compliance.notifications.messages import BREACH
from tests.faults.distributed import failing_alerts
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import System
from tests.faults.distributed.test_kills import kill_at_each
from tests.servers import prometheus

CONFIGURATION = """
route: {receiver: nobody}
receivers: [{name: nobody}]
"""

Alert = tuple[str, str, str]
"""File, cycle, stage, as Alertmanager has them."""


@pytest.fixture
def alertmanager(prometheus_programs: None, tmp_path: Path) -> Iterator[str]:
    """The address of an Alertmanager that notifies nobody."""
    with prometheus.alertmanager(tmp_path, CONFIGURATION) as address:
        yield address


@pytest.mark.whole
async def test_killed_at_every_step_of_an_alert(system: System, alertmanager: str) -> None:
    """Raised, published, pushed, noted: whatever was not finished is done again, and says the same alert."""
    await system.start("ingest", "clock-1")
    given = {"ECHEANCE_ALERTMANAGERS": alertmanager}
    await kill_at_each(system, "compliance", failing_alerts.POINTS, given, most_visits=2)
    await system.verify()
    right = await rows(system, select(alerts).where(alerts.c.resolved_at.is_(None)))

    async def told() -> bool:
        delivered = await rows(system, select(alert_deliveries))
        return await taken(alertmanager) == right and delivered >= right

    assert right
    await until(told, "an Alertmanager that has every active alert, and no other")


async def rows(system: System, statement: Select[Any]) -> set[Alert]:
    async with system.database.reading() as connection:
        found = await connection.execute(statement)
        return {(row.file_id, str(row.cycle), row.stage) for row in found}


async def taken(address: str) -> set[Alert]:
    """What an Alertmanager has, each once."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        answer = await client.get(f"{address}/api/v2/alerts", params={"active": "true"})
    every = [one["labels"] for one in answer.raise_for_status().json()]
    breaches = [
        (one["file"], one["cycle"], one["stage"]) for one in every if one["alertname"] == BREACH
    ]
    assert len(breaches) == len(set(breaches))
    return set(breaches)
