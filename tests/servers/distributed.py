"""``make up-distributed``: one ingest, two clocks and one compliance, each a process, until Ctrl-C.

On the servers that ``ECHEANCE_KAFKA`` and ``ECHEANCE_DATABASE`` name, or on those of ``make servers`` where they name none.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import click

from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.http.credentials import Credentials, CredentialsError
from shared.log import kafka
from shared.process import distributed, runner
from shared.settings import Settings, read_settings
from tests.servers.child import Child, serving
from tests.servers.development import (
    Running,
    ended_in_order,
    folder_option,
    kafka_port_option,
    kafka_server,
    postgres_port_option,
    postgres_server,
    require_free,
    watch,
)

SERVICES: Final = ("ingest", "clock", "clock", "compliance")
TOKEN_NAME: Final = "developer"
SOURCE: Final = "urn:example:developer"


@click.command(help="Run the distributed system for development until Ctrl-C.")
@folder_option
@kafka_port_option
@postgres_port_option
@click.option(
    "--port", default=8080, show_default=True, help="Of ingest; the others have the next."
)
def main(folder: Path, kafka_port: int, postgres_port: int, port: int) -> None:
    """Start what is missing, the services on it, and end all of it."""
    given = dict(os.environ)  # noqa: TID251 — the services' settings are handed on to them
    with ended_in_order(), ExitStack() as stack:
        started: list[Child] = []
        if "ECHEANCE_DATABASE" not in given:
            database = stack.enter_context(postgres_server(folder, postgres_port))
            given["ECHEANCE_DATABASE"] = database.address
            started.append(database.child)
        if "ECHEANCE_KAFKA" not in given:
            brokers = stack.enter_context(kafka_server(folder, kafka_port))
            given["ECHEANCE_KAFKA"] = brokers.address
            started.append(brokers.child)
        given.setdefault("ECHEANCE_CREDENTIALS", str(folder.resolve() / "credentials.json"))
        token = asyncio.run(prepared(read_settings(given)))
        require_free(*range(port, port + len(SERVICES)))
        given.setdefault("ECHEANCE_CLOCK_URL", f"http://127.0.0.1:{port + SERVICES.index('clock')}")
        given.setdefault("ECHEANCE_CLOCK_TOKEN_FILE", str(_kept(token, folder)))
        for number, name in enumerate(SERVICES):
            running = stack.enter_context(_service(name, port + number, given, folder))
            print(f"{name:<12}{running.address}  {running.child.log}")
            started.append(running.child)
        print(f"kafka       {given['ECHEANCE_KAFKA']}")
        print(f"token       {token}")
        print(f"            publishes for {SOURCE}, and reads; the last one made is the valid one")
        print("Ctrl-C ends everything; what the servers hold stays.", flush=True)
        watch(started)


async def prepared(given: Settings) -> str:
    """Make the topics, the tables and a token, where they are missing; returns the token."""
    await kafka.create_topics(distributed.kafka_settings(given), given.partitions, replicas=1)
    database = Database(given.database, command_seconds=None)
    await migrate(database)
    await database.close()
    return _token(distributed.credentials(given))


def _token(credentials: Credentials) -> str:
    """A new token, for the one made before was not kept."""
    with suppress(CredentialsError):
        credentials.revoke(TOKEN_NAME)
    return credentials.create(
        TOKEN_NAME, ("publish", "read"), sources=[SOURCE], created=runner.now()
    )


def _kept(token: str, folder: Path) -> Path:
    """The token in a file for its owner alone: compliance asks a clock with it."""
    file = folder.resolve() / "developer.token"
    file.touch(mode=0o600)
    file.write_text(token)
    return file


@contextmanager
def _service(name: str, port: int, given: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """A service that answers on its port."""
    command = [sys.executable, "-m", f"services.{name}"]
    log = folder.resolve() / f"{name}-{port}.log"
    environment = {**given, "ECHEANCE_PORT": str(port)}
    child = Child(command, log, folder=Path.cwd(), environment=environment)
    address = f"http://127.0.0.1:{port}"
    with serving(child, f"{address}/healthz"):
        yield Running(address, child)


if __name__ == "__main__":
    main()
