"""Kafka and PostgreSQL for a developer: on known ports, in the foreground, with data that stays from one start to the next.

Not for anything but development and tests: one broker, no password, no TLS.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, NoReturn

import click

from tests.servers import kafka, postgres
from tests.servers.child import Child, ServerError
from tests.servers.ports import is_free

FOLDER: Final = Path("build/servers")
KAFKA_PORT: Final = 19092
POSTGRES_PORT: Final = 15432
DATABASE: Final = "echeance"

_LOOK_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

folder_option = click.option(
    "--folder", default=FOLDER, type=Path, show_default=True, help="Where their data stays."
)
kafka_port_option = click.option(
    "--kafka-port", default=KAFKA_PORT, show_default=True, help="Port; its controller has the next."
)
postgres_port_option = click.option("--postgres-port", default=POSTGRES_PORT, show_default=True)


class Running(NamedTuple):
    """A server that runs: what the services' settings call it, and its process."""

    address: str
    child: Child


@contextmanager
def kafka_server(folder: Path, port: int) -> Iterator[Running]:
    """One broker, formatted the first time."""
    require_free(port, port + 1)
    cluster = kafka.single(folder.resolve() / "kafka", ports=(port, port + 1))
    cluster.start()
    try:
        asyncio.run(cluster.ready())
        yield Running(cluster.bootstrap, cluster.nodes[0].child)
    finally:
        cluster.stop()


@contextmanager
def postgres_server(folder: Path, port: int) -> Iterator[Running]:
    """A PostgreSQL with an empty database, made the first time."""
    require_free(port)
    server = postgres.server(folder.resolve() / "postgres", port)
    server.start()
    try:
        asyncio.run(postgres.create_database(server.url("").rstrip("/"), DATABASE))
        yield Running(server.url(DATABASE), server.child)
    finally:
        server.stop()


def require_free(*ports: int) -> None:
    """Raise :class:`ServerError` where something listens already: it would answer in place of what is started."""
    for port in ports:
        if not is_free(port):
            raise ServerError(f"port {port} is taken: end what listens there, or choose another")


def watch(children: Sequence[Child]) -> NoReturn:
    """Wait for a signal, or for one of these to end, which is an error: nothing is started again in silence."""
    while True:
        for one in children:
            if one.status is not None:
                raise ServerError(one.last_words())
        time.sleep(_LOOK_SECONDS)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """What is started within is ended, the last first, by Ctrl-C, SIGTERM or an error."""
    for one in _SIGNALS:
        signal.signal(one, _interrupted)
    try:
        yield
    except KeyboardInterrupt:
        print("Ended.")
    except ServerError as error:
        sys.exit(f"Error: {error}")


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)  # a second one must not leave servers behind
    raise KeyboardInterrupt
