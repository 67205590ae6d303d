"""When what is computed in the background is computed again."""

from __future__ import annotations

import logging
from pathlib import Path

from services.compliance.refresher import Refresher
from tests.builders import CATALOGUE, received
from tests.services.world import world


async def test_it_is_once_a_day_and_after_changes_at_most_every_ten_minutes(tmp_path: Path) -> None:
    times: list[str] = []
    async with world(tmp_path, "2026-11-23 12:00") as known:

        async def refresh() -> None:
            times.append(f"{known.now():%d}")

        store = known.embedded.compliance
        refresher = Refresher(refresh, store, CATALOGUE, known.now, logging.getLogger("test"))
        await refresher.refresh_if_due(0.0)
        await refresher.refresh_if_due(10_000.0)
        assert times == ["23"]
        await known.live(received("A", "2026-11-20 09:00"))
        await refresher.refresh_if_due(20_000.0)
        await known.live(received("B", "2026-11-20 09:00"))
        await refresher.refresh_if_due(20_100.0)
        assert times == ["23", "23"]
        await known.live(until="2026-11-24 12:00")
        await refresher.refresh_if_due(20_200.0)
        assert times == ["23", "23", "24"]
