"""A container's own program says whether its service is ready."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from typing_extensions import override

from shared.healthcheck import complaint


@contextmanager
def answering(status: int) -> Iterator[int]:
    """The port of a server that answers /readyz so, and everything else with 404."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(("status", "said"), [(200, None), (503, "/readyz: 503")])
def test_a_service_is_healthy_when_it_is_ready(status: int, said: str | None):
    with answering(status) as port:
        assert complaint(port) == said


def test_a_service_that_does_not_answer_is_not_healthy():
    with answering(200) as port:
        pass
    assert "ConnectionRefusedError" in str(complaint(port))


def test_a_health_check_imports_no_client_server_or_database():
    code = "import sys, shared.healthcheck; print(*sys.modules)"
    imported = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"sqlalchemy", "aiokafka", "fastapi", "pydantic", "uvicorn"} & set(imported)
