"""The topics and their configuration: created once, and checked before use.

``file-events`` is the source of truth and is retained for ever. All topics have the same number of
partitions and the same keys, so a file's events and clocks are in partitions of the same number.
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
from shared.log.ports import AUDIT, BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS

_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_METADATA_SECONDS = 30
_DAY_MILLISECONDS = 86_400_000

TOPICS: Mapping[str, Mapping[str, str]] = {
    FILE_EVENTS: _FOR_EVER,
    # A reader within a week sees every snapshot: compaction keeps the last written of a key, which
    # may be an older version (decision 7).
    # and the snapshots of a file that is forgotten are gone after two (decision 18).
    FILE_CLOCKS: {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(7 * _DAY_MILLISECONDS),
        "max.compaction.lag.ms": str(14 * _DAY_MILLISECONDS),
    },
    BREACH_ALERTS: {
        "cleanup.policy": "delete",
        "retention.ms": str(90 * _DAY_MILLISECONDS),
        "retention.bytes": "-1",
    },
    DEAD_LETTERS: _FOR_EVER,
    # The index keeps records for as long as is set; here they are for those who copy the trail. A
    # file that is forgotten is gone after two weeks, a segment being a day of them (decision 18).
    AUDIT: {
        "cleanup.policy": "delete",
        "retention.ms": str(13 * _DAY_MILLISECONDS),
        "segment.ms": str(_DAY_MILLISECONDS),
        "retention.bytes": "-1",
    },
}
"""The configuration that each topic must have."""


class LayoutError(Exception):
    """Topics are missing or configured otherwise; the message lists the required settings."""


class Topic(NamedTuple):
    """A topic as the brokers describe it; ``replicas`` is the least of its partitions."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]


async def create_topics(settings: KafkaSettings, partitions: int, replicas: int) -> list[str]:
    """Create the missing topics and return their names; safe to run concurrently."""
    async with administration(settings) as admin:
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
        await _wait_for_metadata(admin)
        return created


async def _wait_for_metadata(admin: AIOKafkaAdminClient) -> None:
    """Wait for the brokers' metadata: the controller answers before it has propagated topics."""
    async with asyncio.timeout(_METADATA_SECONDS):
        while TOPICS.keys() - set(await admin.list_topics()):  # noqa: ASYNC110 — metadata has to be polled
            await asyncio.sleep(0.05)


async def check_topics(settings: KafkaSettings) -> Mapping[str, Topic]:
    """The topics; raises :class:`LayoutError` if one is missing or could lose records."""
    async with administration(settings) as admin:
        named = set(await admin.list_topics()) & TOPICS.keys()
        described = {name: await _described(admin, name) for name in named}
        topics = {name: topic for name, topic in described.items() if topic is not None}
    faults = [f"{name} does not exist" for name in TOPICS if name not in topics]
    faults += [fault for name, topic in topics.items() for fault in _faults(name, topic)]
    if len({topic.partitions for topic in topics.values()}) > 1:
        counts = ", ".join(f"{name}: {topic.partitions}" for name, topic in topics.items())
        faults.append(f"the topics must have the same number of partitions, not {counts}")
    if faults:
        raise LayoutError("; ".join(sorted(faults)))
    return topics


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
    """A topic, or None while it is being deleted."""
    (described,) = await admin.describe_topics([name])
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    ((_, _, _, _, entries),) = answer.resources
    copies = [len(partition["replicas"]) for partition in described["partitions"]]
    if not copies:
        return None
    return Topic(len(copies), min(copies), {entry[0]: entry[1] for entry in entries})


async def topic_settings(settings: KafkaSettings, topic: str) -> Mapping[str, str]:
    """The settings of a topic as the brokers have them, defaults included; raises :class:`LayoutError`."""
    async with administration(settings) as admin:
        described = await _described(admin, topic)
    if described is None:
        raise LayoutError(f"{topic} does not exist")
    return described.settings


@asynccontextmanager
async def administration(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for administration; raises :class:`UnavailableError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap, **settings.options)
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        reason = await failure_reason(settings.bootstrap, settings.options, error)
        raise UnavailableError(reason) from error
    finally:
        await admin.close()
