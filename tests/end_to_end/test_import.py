"""An export imported through the distributed system comes to what the embedded one makes of it, however often."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shared.settings import read_settings
from tests.echeance.command import echeance, english, told
from tests.echeance.importer.exports import FIGURES, Imported, import_of
from tests.end_to_end.test_distributed import environment, process
from tests.servers.distributed import prepared
from tests.servers.ports import free_ports


def test_an_import_without_a_directory_goes_through_the_services_at_work(
    tmp_path: Path, kafka_without_topics: str, postgres_url: str
) -> None:
    given = environment(tmp_path, kafka_without_topics, postgres_url)
    asyncio.run(prepared(read_settings(given)))
    command = import_of(tmp_path)
    hasty = english(**{**given, "ECHEANCE_SESSION_SECONDS": "1"})
    assert "the clock service does not move: start it" in told(*command, variables=hasty)
    clock, compliance = free_ports(2)
    with (
        process("clock", clock, given, tmp_path),
        process("compliance", compliance, given, tmp_path),
    ):
        for _ in range(2):  # the first goes on where the hasty one gave up
            result = echeance(*command, "--format", "json", variables=english(**given))
            assert Imported(result).whole == FIGURES
