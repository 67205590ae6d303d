"""``echeance explain`` on the days between the last day of a limit and the first late one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.builders import received
from tests.echeance.command import done, english
from tests.services.world import world


def test_a_limit_that_has_run_out_says_from_when_the_file_is_late(tmp_path: Path) -> None:
    async def live() -> None:
        async with world(tmp_path, "2026-11-28 10:00") as known:
            await known.live(received("MAIL", "2026-11-25 09:00", standard="courriel"))

    asyncio.run(live())
    asked = "explain", "MAIL", "--data", tmp_path, "--at"
    saturday = "2026-11-28"
    assert "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre" in done(
        *asked, saturday
    )
    told = "the limit has run out; late from Monday 30 November"
    assert told in done(*asked, saturday, variables=english())
    for other in ("2026-11-27", "2026-11-30"):
        assert told not in done(*asked, other, variables=english())
