"""The log on Kafka as the tests have it: through a proxy, on three nodes, and with TLS and passwords."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.log import kafka
from shared.log.ports import DEAD_LETTERS, Log, NewRecord
from shared.process import distributed
from shared.settings import read_settings
from tests.log.logs import read
from tests.servers import kafka as servers
from tests.servers import tls
from tests.servers.absence import needing
from tests.servers.fixtures import Proxied, serving
from tests.servers.java import QUICK
from tests.servers.kafka import Cluster
from tests.servers.kafka_node import Listener
from tests.servers.ports import free_ports

PARTITIONS = 1
SHORT_SECONDS = "2"
PATIENCE_SECONDS = 60
MUTUAL = "the listener that wants certificates of clients"


def told(number: int) -> NewRecord:
    return NewRecord(0, b"key", str(number).encode())


@asynccontextmanager
async def opened(given: Mapping[str, str], *, replicas: int = 1) -> AsyncIterator[Log]:
    """The log that these settings name, its topics made where it has none."""
    read = read_settings({**given, "ECHEANCE_PARTITIONS": str(PARTITIONS)})
    await kafka.create_topics(distributed.kafka_settings(read), PARTITIONS, replicas)
    async with distributed.cluster(read) as log:
        yield log


async def values(log: Log, count: int) -> list[bytes]:
    return [one.value for one in (await read(log, DEAD_LETTERS, count))[0]]


async def appended(log: Log, number: int) -> None:
    """Append until it is acknowledged."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await log.append(DEAD_LETTERS, [told(number)])
            except UnavailableError:
                continue
            return


@pytest.mark.usefixtures("kafka_without_topics")  # others make theirs with more partitions
async def test_clients_that_come_by_way_of_the_proxy_stay_on_it(kafka_proxy: Proxied) -> None:
    given = {"ECHEANCE_KAFKA": kafka_proxy.bootstrap, "ECHEANCE_APPEND_SECONDS": SHORT_SECONDS}
    async with opened(given) as log:
        await log.append(DEAD_LETTERS, [told(1)])
        kafka_proxy.proxy.black_hole()
        with pytest.raises(UnavailableError):
            await log.append(DEAD_LETTERS, [told(2)])
        kafka_proxy.proxy.restore()
        await asyncio.to_thread(kafka_proxy.proxy.reset)
        await appended(log, 3)


async def test_of_three_brokers_one_may_die_and_not_two(kafka_three: Cluster) -> None:
    first, second, third = kafka_three.nodes
    given = {"ECHEANCE_KAFKA": kafka_three.bootstrap, "ECHEANCE_APPEND_SECONDS": "3"}
    async with opened(given, replicas=3) as log:
        await appended(log, 1)
        second.kill()
        await appended(log, 2)
        third.kill()
        with pytest.raises(UnavailableError):
            await log.append(DEAD_LETTERS, [told(3)])
        second.start()
        third.start()
        await kafka_three.ready()
        await appended(log, 4)
        found = await values(log, 3)
    assert (found[0], found[-1]) == (b"1", b"4")
    assert b"2" in found
    assert first.child.status is None


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The settings of a user of a broker that lets clients in by TLS and password alone."""
    folder = tmp_path_factory.mktemp("secure-kafka")
    authority = tls.authority(folder)
    (folder / "password").write_text("correct horse\n")
    port, mutual = free_ports(2)
    doors = [Listener("SECURE", port, port, "SASL_SSL"), Listener("MUTUAL", mutual, mutual, "SSL")]
    with needing("Apache Kafka"):
        made = servers.single(
            folder / "kafka",
            doors=doors,
            settings=tls.broker_settings(authority),
            users={"echeance": "correct horse"},
            java_options=QUICK,
        )
    with serving(made):
        yield {
            "ECHEANCE_KAFKA": f"127.0.0.1:{port}",
            "ECHEANCE_KAFKA_CA_FILE": str(authority.certificate),
            "ECHEANCE_KAFKA_USER": "echeance",
            "ECHEANCE_KAFKA_PASSWORD_FILE": str(folder / "password"),
            MUTUAL: f"127.0.0.1:{mutual}",
        }


async def test_with_tls_and_the_password_it_appends_and_reads(secure: Mapping[str, str]) -> None:
    async with opened(secure) as log:
        await log.append(DEAD_LETTERS, [told(7)])
        assert await values(log, 1) == [b"7"]


async def test_a_wrong_password_is_told_as_such(secure: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    given = {**secure, "ECHEANCE_KAFKA_PASSWORD_FILE": str(tmp_path / "password")}
    with pytest.raises(UnavailableError, match=r"refuses the user 'echeance', or its password"):
        async with opened(given):
            pass


async def test_a_broker_of_another_authority_is_not_trusted(
    secure: Mapping[str, str], tmp_path: Path
) -> None:
    given = {**secure, "ECHEANCE_KAFKA_CA_FILE": str(tls.authority(tmp_path).certificate)}
    with pytest.raises(UnavailableError, match="certificate verify failed"):
        async with opened(given):
            pass


async def test_a_certificate_is_shown_to_a_broker_that_wants_one(
    secure: Mapping[str, str], tmp_path: Path
) -> None:
    authority = Path(secure["ECHEANCE_KAFKA_CA_FILE"])
    of_a_client = authority.with_name("server.pem")
    given = {"ECHEANCE_KAFKA": secure[MUTUAL], "ECHEANCE_KAFKA_CA_FILE": str(authority)}
    with pytest.raises(UnavailableError):
        async with opened(given):
            pass
    for name in ("CERT", "KEY"):
        given[f"ECHEANCE_KAFKA_{name}_FILE"] = str(of_a_client)
    async with opened(given) as log:
        await log.append(DEAD_LETTERS, [told(9)])


async def test_a_port_where_nothing_listens_is_told_as_such() -> None:
    with pytest.raises(UnavailableError, match="Connect call failed"):
        async with opened({"ECHEANCE_KAFKA": f"127.0.0.1:{free_ports(1)[0]}"}):
            pass
