"""``echeance traffic``: what it posts is accepted by the real parser, and ends the command where it is refused for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from typing_extensions import override

from echeance.demo.profiles import SOURCES
from services.ingest.cloudevents import envelope
from shared.process import runner
from shared.process.shipped import load_catalogue
from tests.echeance.command import process


class _Ingest(ThreadingHTTPServer):
    """Answers each status in turn, the last one for ever, and keeps the bodies."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Taken)
        self.statuses = list(statuses)
        self.bodies: list[bytes] = []


class _Taken(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Ingest)
        server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        status = server.statuses.pop(0) if len(server.statuses) > 1 else server.statuses[0]
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the test reads what the command says."""


@contextmanager
def ingest(*statuses: int) -> Iterator[_Ingest]:
    with _Ingest(*statuses) as server:
        answering = Thread(target=server.serve_forever)
        answering.start()
        try:
            yield server
        finally:
            server.shutdown()
            answering.join()


def test_what_ingest_is_too_busy_for_is_posted_again_and_what_it_refuses_ends_the_command(
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text("ech_example\n")
    with ingest(503, 202, 403) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        with process("traffic", address, "--token-file", token, "--files", "2000") as posting:
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
