"""``echeance traffic``: what it posts is accepted by the real parser, and ends the command where it is refused for good."""

from __future__ import annotations

import json
from pathlib import Path

from echeance.demo.profiles import SOURCES
from services.ingest.cloudevents import envelope
from shared.process import runner
from shared.process.shipped import load_catalogue
from tests.echeance.command import process
from tests.servers.receiver import receiving


def test_what_ingest_is_too_busy_for_is_posted_again_and_what_it_refuses_ends_the_command(
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text("ech_example\n")
    with receiving(503, 202, 403) as server:
        command = ("traffic", server.address, "--token-file", token, "--files", "2000")
        with process(*command) as posting:
            try:
                said, complained = posting.communicate(timeout=60)
            finally:
                posting.kill()
    assert posting.returncode == 1
    assert said == "1000 événements publiés\n"
    assert "403" in complained and "Traceback" not in complained
    first, again, third = server.bodies
    assert first == again != third
    rules = envelope.Rules(catalogue=load_catalogue(None), now=runner.now(), sources=SOURCES)
    for event in json.loads(first):
        envelope.parse_structured(json.dumps(event).encode(), rules)
