"""An event that can never be counted is refused, however the log is cut into batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.clock.histories import of_events
from services.clock.tables import clock_files
from tests.builders import received, voided
from tests.services.world import world


@pytest.mark.parametrize("batch_records", [1, 10])
async def test_an_uncountable_event_is_refused_even_if_it_was_taken_back_in_the_same_batch(
    batch_records: int, tmp_path: Path
) -> None:
    reception = received("A", "2005-03-02", named="too-early")
    async with world(tmp_path, "2025-05-05", batch_records=batch_records) as known:
        await known.live(
            reception, voided("A", "2025-05-01", "too-early"), received("A", "2025-05-02")
        )
        assert [letter.reason for letter in await known.dead_letters()] == ["outside_coverage"]
        (row,) = await rows(known)
        expected = of_events([voided("A", "2025-05-01", "too-early"), received("A", "2025-05-02")])
        assert row.history == expected.stored


async def rows(known: Any) -> Any:
    async with known.embedded.database.reading() as connection:
        return (await connection.execute(clock_files.select())).all()
