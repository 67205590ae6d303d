"""The CloudEvents SDKs publish in every mode that they have, as ``docs/clients.md`` shows it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.clients import guide
from tests.clients.conftest import StoredEvent, System
from tests.clients.languages import HERE, program, run
from tests.servers.java import QUICK

EVENTS = [
    (1, "received", "2026-10-05T09:30:00-04:00"),
    (2, "documents_requested", "2026-10-09T14:00:00-04:00"),
    (3, "documents_received", "2026-10-19T11:15:00-04:00"),
]


def check(
    system: System, subject: str, command: Sequence[object], folder: Path, *, batch: bool = False
) -> None:
    """A program posts one event in structured mode, one in binary mode and, where its SDK can, these and another in a batch."""
    said = run(command, folder, system.environment).stdout.splitlines()
    assert [line[:3] for line in said] == ["202"] * (3 if batch else 2), said
    sent = EVENTS if batch else EVENTS[:2]
    assert system.events_of(subject) == [StoredEvent.of(subject, *event) for event in sent]


def test_python(system: System, tmp_path: Path) -> None:
    guide.write(tmp_path, "sdk.py")
    check(system, "CAQ-2026-000301", [sys.executable, "sdk.py"], tmp_path)


def test_javascript(system: System, javascript: Path) -> None:
    guide.write(javascript, "sdk.mjs")
    check(system, "CAQ-2026-000302", [program("node"), "sdk.mjs"], javascript)


def test_go(system: System, tmp_path: Path) -> None:
    go = program("go")
    guide.write(tmp_path, "main.go")
    for name in ("go.mod", "go.sum"):
        (tmp_path / name).write_bytes((HERE / "go" / name).read_bytes())
    # Neither C nor another toolchain is needed, and nothing but what go.sum holds.
    alone = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    run([go, "build", "-o", "publish", "."], tmp_path, system.environment | alone)
    check(system, "CAQ-2026-000303", ["./publish"], tmp_path, batch=True)


def test_java(system: System, class_path: str, tmp_path: Path) -> None:
    guide.write(tmp_path, "Sdk.java")
    command = [program("java"), *QUICK, "-cp", class_path, "Sdk.java"]
    check(system, "CAQ-2026-000304", command, tmp_path)
