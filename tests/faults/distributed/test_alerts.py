"""Alerts, when the process that raises and tells them is killed at every step."""

from __future__ import annotations

import signal
from collections.abc import Callable
from random import Random

import httpx
import pytest
from sqlalchemy import select

from services.compliance.alerts.tables import alert_deliveries, alerts
from services.compliance.notifications.messages import BREACH
from tests.faults.distributed import failing_alerts
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import System
from tests.faults.distributed.test_kills import FAILING

ALERTMANAGER = """
route: {receiver: nobody}
receivers: [{name: nobody}]
"""

Alert = tuple[str, str, str]
"""File, cycle, stage, as Alertmanager has them."""


@pytest.mark.whole
async def test_killed_at_every_step_of_an_alert(
    system: System, start_alertmanager: Callable[[str], str]
) -> None:
    """Raised, published, pushed, noted: whatever was not finished is done again, and says the same alert."""
    address = start_alertmanager(ALERTMANAGER)
    itself = {
        "ECHEANCE_INSTANCE": "compliance-0",
        "ECHEANCE_BATCH_RECORDS": "20",
        "ECHEANCE_ALERTMANAGERS": address,
    }
    await system.start("ingest", "clock-1")
    random = Random(20260305)
    async with system.traffic.flowing():
        for point in failing_alerts.POINTS:
            visits = str(random.choice([1, 2]))
            program = [FAILING, "compliance", point, visits, "SIGKILL"]
            failing = system.processes.spawn("compliance-0", program, itself)
            assert await failing.ended() == -signal.SIGKILL, failing.child.last_words()
        async with system.recovery():
            system.processes.spawn("compliance-0", environment=itself)
    await system.verify()
    right = await active(system)

    async def told() -> bool:
        return await taken(address) == right and await delivered(system) >= right

    assert right
    await until(told, "an Alertmanager that has every active alert, and no other")


async def active(system: System) -> set[Alert]:
    """Those of the database, which the verifier has looked at."""
    rows = select(alerts).where(alerts.c.resolved_at.is_(None))
    async with system.base.reading() as connection:
        found = await connection.execute(rows)
        return {(row.file_id, str(row.cycle), row.stage) for row in found}


async def delivered(system: System) -> set[Alert]:
    async with system.base.reading() as connection:
        found = await connection.execute(select(alert_deliveries))
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
