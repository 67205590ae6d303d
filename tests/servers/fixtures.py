"""The servers of a test session: started when a test first asks, one of each, stopped at the end.

``ECHEANCE_TEST_KAFKA`` and ``ECHEANCE_TEST_POSTGRES`` name servers that run already. Where none can be had the tests that need one
are skipped with the reason; under ``CI=true`` they fail.

Faults belong on servers of a test's own (``own_postgres``, ``kafka_three``) or on the proxies before the session's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.log.kafka.topics import TOPICS
from tests.servers import kafka
from tests.servers.absence import needing
from tests.servers.java import QUICK
from tests.servers.kafka import Cluster
from tests.servers.kafka_node import Listener
from tests.servers.ports import free_ports
from tests.servers.proxy import Proxy


class Proxied(NamedTuple):
    """A cluster of one broker, and a proxy that clients may go through."""

    cluster: Cluster
    proxy: Proxy

    @property
    def bootstrap(self) -> str:
        """The broker's address by way of the proxy, to which it keeps its clients."""
        return f"127.0.0.1:{self.proxy.port}"


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """The address of a running Kafka."""
    if given := os.environ.get("ECHEANCE_TEST_KAFKA"):  # noqa: TID251 — the server to use
        return given
    proxied: Proxied = request.getfixturevalue("proxied_kafka")
    return proxied.cluster.bootstrap


@pytest.fixture
def kafka_without_topics(kafka_bootstrap: str) -> Iterator[str]:
    """The address of a running Kafka that has none of the product's topics, before and after."""
    asyncio.run(kafka.delete_topics(kafka_bootstrap, TOPICS))
    yield kafka_bootstrap
    asyncio.run(kafka.delete_topics(kafka_bootstrap, TOPICS))


@pytest.fixture(scope="session")
def proxied_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """The session's broker, as it stands; tests ask for :func:`kafka_proxy`."""
    with Proxy() as proxy:
        proxy.target = free_ports(1)[0]
        door = Listener("PROXIED", proxy.target, proxy.port)
        with needing("Apache Kafka"):
            made = kafka.single(tmp_path_factory.mktemp("kafka"), doors=[door], java_options=QUICK)
        with serving(made):
            yield Proxied(made, proxy)


@pytest.fixture
def kafka_proxy(proxied_kafka: Proxied) -> Iterator[Proxied]:
    """The session's broker by way of a proxy that this test may break; it is whole again after."""
    yield proxied_kafka
    proxied_kafka.proxy.restore()


@pytest.fixture(scope="module")
def kafka_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers that this module's tests may kill, freeze and start again."""
    with serving(cluster_of(tmp_path_factory.mktemp("kafka-three"), brokers=3)) as made:
        yield made


def cluster_of(folder: Path, brokers: int) -> Cluster:
    with needing("Apache Kafka"):
        return kafka.cluster(folder, brokers, java_options=QUICK)


@contextmanager
def serving(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster that runs, and is ready."""
    cluster.start()
    try:
        asyncio.run(cluster.ready())
        yield cluster
    finally:
        cluster.kill()
