"""The users of Kafka in the manifests, on a real broker that authorizes: each program can do what it does, and append nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from aiokafka.protocol.admin import CreateAclsRequest

from shared.errors import UnavailableError
from shared.log import kafka
from shared.log.kafka import KafkaLog, LayoutError
from shared.log.ports import AUDIT, BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, NewRecord
from shared.process import distributed
from shared.settings import read_settings
from tests.deploy.manifests import of_kind, parsed
from tests.log.kafka_logs import administrator, reached
from tests.log.logs import fetched, starting_at
from tests.servers import kafka as servers
from tests.servers import tls
from tests.servers.absence import cannot
from tests.servers.fixtures import serving
from tests.servers.java import QUICK
from tests.servers.kafka_node import Listener
from tests.servers.ports import free_ports

USERS: Final = {one["metadata"]["name"]: one for one in of_kind(parsed("production"), "KafkaUser")}
PASSWORD: Final = "correct horse"
TOPICS: Final = (FILE_EVENTS, FILE_CLOCKS, BREACH_ALERTS, DEAD_LETTERS, AUDIT)
RECORD: Final = NewRecord(0, b"key", b"value")
_RESOURCES: Final = {"topic": 2, "group": 3}
_OPERATIONS: Final = {"Read": 3, "Write": 4, "Delete": 6, "Describe": 8, "DescribeConfigs": 10}
_LITERAL, _ALLOW = 3, 3


class Door(NamedTuple):
    """Where users come in, and what they trust."""

    bootstrap: str
    authority: Path
    password: Path

    def settings_of(self, user: str) -> Mapping[str, str]:
        return {
            "ECHEANCE_KAFKA": self.bootstrap,
            "ECHEANCE_PARTITIONS": "1",
            "ECHEANCE_KAFKA_CA_FILE": str(self.authority),
            "ECHEANCE_KAFKA_USER": user,
            "ECHEANCE_KAFKA_PASSWORD_FILE": str(self.password),
        }

    @asynccontextmanager
    async def log(self, user: str) -> AsyncIterator[KafkaLog]:
        async with distributed.cluster(read_settings(self.settings_of(user))) as log:
            yield log


def rights() -> Iterator[tuple[int, str, int, str, str, int, int]]:
    """What the operator would tell the brokers of these users."""
    for name, user in USERS.items():
        for rule in user["spec"]["authorization"]["acls"]:
            resource = rule["resource"]
            for operation in rule["operations"]:
                kind, allowed = _RESOURCES[resource["type"]], _OPERATIONS[operation]
                yield kind, resource["name"], _LITERAL, f"User:{name}", "*", allowed, _ALLOW


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Door]]:
    """A broker whose plain listener is the administrator's; its other door is for users."""
    folder = tmp_path_factory.mktemp("rights")
    authority = tls.authority(folder)
    (folder / "password").write_text(PASSWORD)
    [port] = free_ports(1)
    authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    administrators = {"authorizer.class.name": authorizer, "super.users": "User:ANONYMOUS"}
    try:
        broker = servers.single(
            folder / "kafka",
            doors=[Listener("SECURE", port, port, "SASL_SSL")],
            settings={**tls.broker_settings(authority), **administrators},
            users=dict.fromkeys(USERS, PASSWORD),
            java_options=QUICK,
        )
    except Exception as error:
        cannot("Apache Kafka", error)
    with serving(broker):
        door = Door(f"127.0.0.1:{port}", authority.certificate, folder / "password")
        yield broker.bootstrap, door


@pytest.fixture
async def door(made: tuple[str, Door]) -> Door:
    """The broker with its topics, and with the rights that the manifests give."""
    bootstrap, users = made
    await kafka.create_topics(reached(bootstrap), 1, 1)
    async with administrator(bootstrap) as admin:
        for right in rights():
            answer: Any = await admin._send_request(CreateAclsRequest(*right))
            assert answer.creation_responses[0][0] == 0, right
    return users


@pytest.mark.parametrize(
    ("user", "written"),
    [
        ("ingest", {FILE_EVENTS, DEAD_LETTERS, AUDIT}),
        ("clock", {FILE_EVENTS, FILE_CLOCKS, DEAD_LETTERS, AUDIT}),
        ("compliance", {BREACH_ALERTS, DEAD_LETTERS, AUDIT}),
        ("eraser", set(TOPICS)),
    ],
)
async def test_a_service_appends_to_its_topics_and_to_no_other(
    door: Door, user: str, written: set[str]
):
    allowed = set()
    for topic in TOPICS:
        async with door.log(user) as log:  # anew: a refusal ends the producer
            try:
                await log.append(topic, [RECORD])
            except UnavailableError as error:
                assert "Authorization" in repr(error), error
            else:
                allowed.add(topic)
    assert allowed == written


@pytest.mark.parametrize(
    ("user", "group", "topic"),
    [
        ("clock", "clock", FILE_EVENTS),
        ("clock", "dead-letters", DEAD_LETTERS),
        ("compliance", "compliance", FILE_CLOCKS),
        ("compliance", "audit", AUDIT),
    ],
)
async def test_a_service_reads_its_topics_in_their_groups_and_tells_how_far_it_is(
    door: Door, user: str, group: str, topic: str
):
    writer = {"clock": "ingest", "compliance": "clock"}[user]
    async with door.log(writer) as log:
        await log.append(topic, [RECORD])

    async with door.log(user) as log:
        subscription = log.subscribe(topic, group, starting_at())
        [batch] = await fetched(subscription, 1)
        assert batch.records[0].value == RECORD.value
        lag = await subscription.lag()
        assert lag is not None and lag[0].next_offset >= 1
        assert await log.identity(topic) is not None
        await subscription.close()


async def test_the_job_sees_every_topic_and_makes_none(door: Door):
    reached = distributed.kafka_settings(read_settings(door.settings_of("topics")))
    assert (await kafka.check_topics(reached)).keys() == set(TOPICS)
    unseen = distributed.kafka_settings(read_settings(door.settings_of("ingest")))
    with pytest.raises(LayoutError, match=r"does not exist|cannot be created"):
        await kafka.create_topics(unseen, 1, 1)
