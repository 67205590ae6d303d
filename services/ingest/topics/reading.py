"""The topics that ``sources.yaml`` names, as they are read: in loops, or one record again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from services.ingest.cloudevents import Rules
from services.ingest.metrics import IntakeMetrics
from services.ingest.topics.record_reader import RecordReader
from services.ingest.topics.sources_file import Brokers, SourcesFile, load_sources
from services.ingest.topics.worker import TopicMetrics, TopicWorker
from shared.domain import Catalogue, Event
from shared.errors import SettingError, UnavailableError
from shared.http import Credentials, CredentialsError
from shared.log import Appender, Loop, LoopMetrics, StepLock
from shared.log.kafka import SourceTopic
from shared.log.ports import Record
from shared.mapping import ExportMapping
from shared.metrics import Metrics
from shared.process import Now, Settings, Work, distributed, regular_files, runner


class SourceTopics(NamedTuple):
    """The file, the mappings of its topics, and what decides on their events."""

    file: SourcesFile
    mappings: Mapping[str, ExportMapping]
    settings: Settings
    catalogue: Catalogue
    credentials: Credentials

    def reader(self, topic: str) -> RecordReader:
        """What reads a topic's records."""
        return RecordReader(self.file.topics[topic], self.mappings.get(topic))

    def rules(self, topic: str, now: datetime) -> Rules:
        """The rules for a topic's events: those of a token with its permissions.

        Raises ``UnavailableError`` while the tokens cannot be read.
        """
        permitted = self.file.topics[topic]
        try:
            reservations = self.credentials.reservations(permitted.prefixes)
        except CredentialsError as error:
            raise UnavailableError(f"reserved prefixes cannot be read: {error}") from error
        return Rules(
            catalogue=self.catalogue,
            now=now,
            future_tolerance=self.settings.future_tolerance,
            sources=(permitted.source,),
            units=permitted.units,
            standards=permitted.standards,
            reservations=reservations,
            personal_identifiers=self.settings.personal_identifiers,
        )

    def read(self, topic: str, record: Record, now: datetime) -> Sequence[Event]:
        """The events of a record that is read again; raises ``RefusedRecordError``."""
        return self.reader(topic).read(record, self.rules(topic, now))


def open_topics(
    settings: Settings, catalogue: Catalogue, credentials: Credentials
) -> SourceTopics | None:
    """The topics of ``ECHEANCE_SOURCES``; None where it is not set.

    Raises ``FaultsError`` or ``OSError`` for files that cannot be used.
    """
    path = settings.sources
    if path is None:
        return None
    text = regular_files.read_text(path)
    file, mappings = load_sources(text, str(path), catalogue, partial(_beside, path))
    return SourceTopics(file, mappings, settings, catalogue, credentials)


def topic_loops(
    topics: SourceTopics,
    log: Appender,
    metrics: Metrics,
    intake: IntakeMetrics,
    now: Now,
    step_lock: StepLock,
) -> Iterator[Work]:
    """The loop of each topic, which appends to a log; raises ``SettingError`` without brokers."""
    settings = topics.settings
    kafka = distributed.kafka_settings(_of_brokers(settings, topics.file.brokers))
    counters, loop_metrics = TopicMetrics(metrics), LoopMetrics(metrics)
    for topic, one in topics.file.topics.items():
        counters.declare(topic)
        source_topic = SourceTopic(log, kafka, topic, partial(counters.count_lost, topic))
        rules = partial(topics.rules, topic)
        reader = topics.reader(topic)
        loop = Loop(
            source_topic,
            topic,
            TopicWorker(topic, source_topic, reader, rules, intake, counters),
            now,
            source_topic,
            loop_metrics,
            step_lock=step_lock,
            letters_per_hour=settings.dead_letters_per_hour,
            topic_identity=source_topic,
            source=one.source,
        )
        yield partial(runner.run_until_stopped, loop)


def _beside(path: Path, name: str) -> str:
    """The text of a mapping that a file names, from the folder that the file is in."""
    return regular_files.read_text(path.parent / name)


def _of_brokers(settings: Settings, brokers: Brokers | None) -> Settings:
    """The settings with another system's cluster in place of our own."""
    if brokers is None:
        if not settings.kafka:
            raise SettingError(
                "ECHEANCE_SOURCES must name a file with brokers:, or ECHEANCE_KAFKA be set beside it"
            )
        return settings
    return settings._replace(
        kafka=brokers.bootstrap,
        kafka_ca_file=_path(brokers.ca_file),
        kafka_cert_file=_path(brokers.cert_file),
        kafka_key_file=_path(brokers.key_file),
        kafka_user=brokers.user or "",
        kafka_password_file=_path(brokers.password_file),
    )


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None
