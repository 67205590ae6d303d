"""An Apache Kafka cluster of one or more combined nodes on ports of their own, started and ended by pid."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.servers.child import PATIENCE_SECONDS, ServerError
from tests.servers.kafka_node import Listener, Node, plain
from tests.servers.ports import free_ports


class Cluster(NamedTuple):
    """Nodes that know each other."""

    nodes: Sequence[Node]

    @property
    def bootstrap(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        """End it cleanly: what it holds is wanted again."""
        for node in self.nodes:
            node.stop()

    def kill(self) -> None:
        """End what runs of it at once: what it holds is thrown away."""
        for node in self.nodes:
            if node.runs:
                node.kill()

    async def restart(self) -> None:
        """Start it again, and return once every node serves."""
        self.start()
        await self.ready()

    async def ready(self) -> None:
        """Return once every node serves; raises :class:`ServerError` when one ended or does not come."""
        await asyncio.wait_for(self._complete(), PATIENCE_SECONDS)

    async def _complete(self) -> None:
        while await _brokers(self.bootstrap) < len(self.nodes):
            for node in self.nodes:
                if node.child.status is not None:
                    raise ServerError(node.child.last_words())
            await asyncio.sleep(0.1)


@asynccontextmanager
async def admin(bootstrap: str, **settings: int) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator's client that is connected."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **settings)
    try:
        await client.start()
        yield client
    finally:
        await client.close()


async def delete_topics(bootstrap: str, names: Collection[str]) -> None:
    """Return once the brokers know none of these topics."""
    async with admin(bootstrap) as client, asyncio.timeout(PATIENCE_SECONDS):
        while there := set(await client.list_topics()).intersection(names):
            await client.delete_topics(list(there))


async def _brokers(bootstrap: str) -> int:
    """How many brokers the cluster says it has; 0 while it does not answer."""
    if not all([await _listens(address) for address in bootstrap.split(",")]):
        return 0  # asked before, the client would log each refusal as an error
    try:
        async with admin(bootstrap, request_timeout_ms=2_000) as client:
            return len((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return 0


async def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def single(
    folder: Path,
    *,
    ports: tuple[int, int] | None = None,
    doors: Sequence[Listener] = (),
    settings: Mapping[str, str] | None = None,
    users: Mapping[str, str] | None = None,
    java_options: Sequence[str] = (),
) -> Cluster:
    """A cluster of one node, not started: on free ports, or on these of the broker and its controller.

    ``doors`` are further listeners, ``settings`` further settings of the broker, ``users`` the passwords of SCRAM by user. A
    folder that was formatted before keeps what it holds.
    """
    port, controller = ports or free_ports(2)
    listeners = [plain(port), *doors]
    node = Node(1, folder / "node-1", listeners, [controller], settings or {}, java_options)
    node.format(_random_uuid(), users or {})
    return Cluster([node])


def cluster(folder: Path, brokers: int = 1, *, java_options: Sequence[str] = ()) -> Cluster:
    """A formatted cluster in an empty folder, not started."""
    ports = free_ports(2 * brokers)
    controllers = ports[brokers:]
    nodes = [
        Node(number, folder / f"node-{number}", [plain(port)], controllers, {}, java_options)
        for number, port in enumerate(ports[:brokers], start=1)
    ]
    identity = _random_uuid()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda node: node.format(identity, {}), nodes))
    return Cluster(nodes)


def _random_uuid() -> str:
    """As Kafka writes one: 16 bytes in base64 for URLs, which must not begin with a dash."""
    while (text := base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
