"""The topics: created with the layout that loses nothing, and refused when they have another.

The events are the truth and are kept for ever. Events and clocks have the same number of partitions and the same keys, so what
is counted in a partition is published in the same one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.errors import UnavailableError
from shared.log.kafka.failures import failure_reason
from shared.log.kafka.settings import KafkaSettings
from shared.log.ports import BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS

_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_KNOWN_SECONDS = 30
_DAY_MILLISECONDS = 86_400_000

TOPICS: Mapping[str, Mapping[str, str]] = {
    FILE_EVENTS: _FOR_EVER,
    # Whoever reads on within a week meets every snapshot: compaction may keep an older one that was written after a newer one.
    FILE_CLOCKS: {"cleanup.policy": "compact", "min.compaction.lag.ms": str(7 * _DAY_MILLISECONDS)},
    BREACH_ALERTS: {
        "cleanup.policy": "delete",
        "retention.ms": str(90 * _DAY_MILLISECONDS),
        "retention.bytes": "-1",
    },
    DEAD_LETTERS: _FOR_EVER,
}
"""How each topic keeps its records."""


class LayoutError(Exception):
    """A topic is missing or laid out otherwise; the message says each fault and what it should be."""


class Topic(NamedTuple):
    """A topic as the cluster has it."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]


async def create_topics(settings: KafkaSettings, partitions: int, replicas: int) -> list[str]:
    """Create the topics that do not exist yet, and return their names; harmless when others do so at the same time."""
    async with _admin(settings) as admin:
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(name, partitions, replicas, topic_configs=_layout(name, replicas))
            for name in TOPICS
            if name not in existing
        ]
        if not missing:
            return []
        answer = await admin.create_topics(missing)
        created = []
        for name, code, *_ in answer.topic_errors:
            if code == 0:
                created.append(name)
            elif for_code(code) is not TopicAlreadyExistsError:
                raise LayoutError(f"{name} cannot be created: {for_code(code).description}")
        await _known(admin)
        return created


async def _known(admin: AIOKafkaAdminClient) -> None:
    """Wait until the broker asked knows the topics: the controller answers before it has told every broker."""
    async with asyncio.timeout(_KNOWN_SECONDS):
        while TOPICS.keys() - set(await admin.list_topics()):  # noqa: ASYNC110 — a broker calls nobody back
            await asyncio.sleep(0.05)


async def check_topics(settings: KafkaSettings) -> Mapping[str, Topic]:
    """The topics as they are; raises :class:`LayoutError` when one is missing or would lose records."""
    async with _admin(settings) as admin:
        named = set(await admin.list_topics()) & TOPICS.keys()
        described = {name: await _described(admin, name) for name in named}
        found = {name: topic for name, topic in described.items() if topic is not None}
    faults = [f"{name} does not exist" for name in TOPICS if name not in found]
    faults += [fault for name, topic in found.items() for fault in _faults(name, topic)]
    if len({topic.partitions for topic in found.values()}) > 1:
        counts = ", ".join(f"{name}: {topic.partitions}" for name, topic in found.items())
        faults.append(f"the topics must have the same number of partitions, not {counts}")
    if faults:
        raise LayoutError("; ".join(sorted(faults)))
    return found


def _layout(name: str, replicas: int) -> dict[str, str]:
    return {"min.insync.replicas": str(max(1, replicas - 1)), **TOPICS[name]}


def _faults(name: str, topic: Topic) -> list[str]:
    wanted = _layout(name, topic.replicas)
    return [
        f"{name} has {setting}={topic.settings.get(setting)}, and must have {value}"
        for setting, value in wanted.items()
        if topic.settings.get(setting) != value
    ]


async def _described(admin: AIOKafkaAdminClient, name: str) -> Topic | None:
    """A topic, or None when it is just being deleted."""
    (described,) = await admin.describe_topics([name])
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    ((_, _, _, _, entries),) = answer.resources
    copies = [len(partition["replicas"]) for partition in described["partitions"]]
    if not copies:
        return None
    return Topic(len(copies), min(copies), {entry[0]: entry[1] for entry in entries})


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap, **settings.options)
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        told = await failure_reason(settings.bootstrap, settings.options, error)
        raise UnavailableError(told) from error
    finally:
        await admin.close()
