"""``echeance rebuild compliance`` of files with several standards, units, extensions and tiers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from echeance.rebuild.compliance import rebuild_compliance
from services.compliance.projection.tables import compliance_files
from shared.domain.events import Event
from tests.builders import answered, decided, reopened, requested, voided, withdrawn
from tests.rebuild.live import Live, installed
from tests.wider_catalogue import TEXT, acknowledged, asked_third, extended, opened, transferred

FILES = 120


@pytest.fixture
async def live(kafka_without_topics: str, postgres_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    catalogue = tmp_path / "wider.yaml"
    catalogue.write_text(TEXT, encoding="utf-8")
    async with installed(kafka_without_topics, postgres_url, catalogue) as made:
        yield made


def lives(chance: Random, file: str) -> list[Event]:
    """What happens to a file, in any order; some of it changes nothing."""

    def moment() -> str:
        return f"2026-{chance.randint(1, 8):02}-{chance.randint(1, 28):02} {chance.randint(8, 17):02}:00"

    standard = chance.choice(["request", "request", "permit", "request-answer", "triage"])
    received = opened(file, "2026-01-05 09:00", standard)
    other = opened(file, "2026-01-06 09:00", chance.choice(["request", "permit"]), "south")
    kinds = (acknowledged, asked_third, extended, requested, answered, decided, withdrawn, reopened)
    happens: list[Event] = [chance.choice(kinds)(file, moment()) for _ in range(8)]
    happens += [transferred(file, moment(), unit) for unit in chance.sample(["south", "north"], 1)]
    if chance.random() < 0.3:
        happens += [voided(file, moment(), received.id), other]
    return [received, *chance.sample(happens, len(happens))]


async def test_from_scratch_is_as_incremental(live: Live) -> None:
    chance = Random(16)
    histories = [lives(chance, f"W-{number}") for number in range(FILES)]
    async with live.services():
        for step in range(1, 12, 3):
            await live.publish(*(event for one in histories for event in one[step - 1 : step + 2]))
            await live.settled()
        differences = await rebuild_compliance(live.settings)
        assert differences.total == 0, differences
        several = "SELECT count(*) FROM compliance_files WHERE of_standard <> ''"
        assert await live.scalar(several) > FILES / 4
        assert await live.scalar("SELECT count(*) FROM tallies WHERE standard LIKE '*%'") > 0
        assert len(await live.rows(compliance_files)) == FILES
