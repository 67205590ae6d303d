"""One system for all clients, as `echeance up` runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from echeance.system import CREDENTIALS
from shared.http.credentials import Credentials
from shared.process import runner
from tests.clients import languages
from tests.paths import ROOT
from tests.servers.child import Child, patiently, serving
from tests.servers.ports import free_ports

SOURCE = "https://cases.example.org/caq"


class StoredEvent(NamedTuple):
    """An event of a file, as the system has it."""

    id: str
    type: str
    time: datetime

    @classmethod
    def of(cls, subject: str, number: int, kind: str, time: str) -> StoredEvent:
        name = f"org.echeance.file.{kind}.v1"
        return cls(f"{subject}/{number}", name, datetime.fromisoformat(time))


class System(NamedTuple):
    """A system that runs: how programs reach it, and a client to look into it."""

    environment: dict[str, str]
    client: httpx.Client

    def read(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def events_of(self, subject: str) -> list[StoredEvent]:
        """Every event of a file, once both services have counted all of it."""

        def is_counted() -> bool:
            return self.client.get(f"/v1/files/{subject}").is_success and not any(
                self.read("/readyz").values()
            )

        patiently(is_counted, f"the file {subject}")
        events = self.read(f"/v1/files/{subject}/events")
        return [
            StoredEvent(one["id"], one["type"], datetime.fromisoformat(one["time"]))
            for one in events
        ]


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    data, port = folder / "data", free_ports(1)[0]
    data.mkdir(mode=0o700)
    token = Credentials(data / CREDENTIALS).create(
        "clients", ["publish", "read"], sources=[SOURCE], created=runner.now()
    )
    command = [sys.executable, "-m", "echeance", "up", "--port", str(port), "--data", str(data)]
    address = f"http://127.0.0.1:{port}"
    headers = {"authorization": f"Bearer {token}"}
    with (
        serving(Child(command, folder / "log", folder=ROOT), f"{address}/readyz"),
        httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=30) as client,
    ):
        inherited = dict(os.environ)  # noqa: TID251 — programs need PATH and the caches' places
        yield System({**inherited, "API": address, "TOKEN": token}, client)


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the libraries of JavaScript."""
    languages.program("node")
    folder = tmp_path_factory.mktemp("javascript")
    languages.node_modules(folder)
    return folder


@pytest.fixture(scope="session")
def class_path() -> str:
    """The libraries of Java, where it can be compiled."""
    languages.program("javac")
    return languages.java_archives()
