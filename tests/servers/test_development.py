"""What a developer starts: it says how to be used, ends on a signal, ends aloud when a part of it ends, and keeps its data."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.servers.child import patiently
from tests.servers.fixtures_postgres import folder_for_every_user
from tests.servers.ports import consecutive_ports, free_ports, is_free

PATIENCE_SECONDS = 60


class Started:
    """A program in the foreground of a terminal that no one looks at."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def said(self) -> str:
        return self._output.read_text()

    def saying(self, words: str) -> str:
        """What it has said, once it has said this."""
        patiently(lambda: words in self.said or self.process.poll() is not None, words)
        assert words in self.said, self.said
        return self.said

    def made(self, words: str) -> Sequence[psutil.Process]:
        """The processes that it started whose command has this word."""
        made = psutil.Process(self.process.pid).children()
        return [one for one in made if words in one.cmdline()]


@contextmanager
def started(module: str, folder: Path, given: Mapping[str, str], **ports: int) -> Iterator[Started]:
    options = [f"--{name.replace('_', '-')}={port}" for name, port in ports.items()]
    output = folder / "output"
    with output.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", module, f"--folder={folder}", *options],
            env={**os.environ, **given},  # noqa: TID251 — handed on
            stdout=told,
            stderr=told,
        )
    try:
        yield Started(process, output)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def first() -> int:
    """The first of the services' ports."""
    return consecutive_ports(4)


@pytest.fixture
def up(kafka_bootstrap: str, postgres_url: str, tmp_path: Path, first: int) -> Iterator[Started]:
    """The services that ``make up-distributed`` starts; their ports are free again afterwards."""
    given = {"ECHEANCE_KAFKA": kafka_bootstrap, "ECHEANCE_DATABASE": postgres_url}
    with started("tests.servers.distributed", tmp_path, given, port=first) as up:
        yield up
    assert all(is_free(port) for port in range(first, first + 4))


def test_the_services_run_until_they_are_told_to_stop(up: Started) -> None:
    said = up.saying("Ctrl-C")
    names = re.findall(r"^(\w+) +http://", said, re.M)
    assert names == ["ingest", "clock", "clock", "compliance"]
    assert re.search(r"^token +ech_", said, re.M)
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(PATIENCE_SECONDS) == 0


def test_when_a_service_ends_all_end_and_say_which(up: Started, first: int) -> None:
    up.saying("Ctrl-C")
    up.made("services.compliance")[0].kill()
    assert up.process.wait(PATIENCE_SECONDS) == 1
    assert "ended with status -9" in up.said
    assert f"compliance-{first + 3}.log" in up.said.splitlines()[-1]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_for_every_user() as folder:
        yield folder


def test_the_servers_keep_what_they_hold_and_may_come_back_on_other_ports(
    open_folder: Path,
) -> None:
    identities = set()
    for _ in ("the first time", "again"):
        kafka, postgres = consecutive_ports(2), free_ports(1)[0]
        with started(
            "tests.servers", open_folder, {}, kafka_port=kafka, postgres_port=postgres
        ) as up:
            said = up.saying("export ECHEANCE_TEST_POSTGRES")
            assert f"ECHEANCE_KAFKA=127.0.0.1:{kafka}\n" in said
            assert f"@127.0.0.1:{postgres}/echeance\n" in said
            up.process.terminate()
            assert up.process.wait(PATIENCE_SECONDS) == 0
        assert is_free(kafka)
        assert is_free(postgres)
        identities.add((open_folder / "kafka/node-1/log/meta.properties").read_text())
    assert len(identities) == 1


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started("tests.servers", tmp_path, {}, postgres_port=port) as up:
            assert up.process.wait(PATIENCE_SECONDS) == 1
            assert f"port {port} is taken" in up.said
