"""The loops over the topics that ``sources.yaml`` names, one a topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from services.ingest.cloudevents import Rules
from services.ingest.metrics import IntakeMetrics
from services.ingest.topics.record_reader import RecordReader
from services.ingest.topics.sources_file import Brokers, ReadTopic, load_sources
from services.ingest.topics.worker import TopicMetrics, TopicWorker
from shared.domain import Catalogue
from shared.errors import SettingError, UnavailableError
from shared.http import Credentials, CredentialsError
from shared.log import Appender, Loop, LoopMetrics
from shared.log.kafka import SourceTopic
from shared.metrics import Metrics
from shared.process import Now, Settings, Work, distributed, regular_files, runner


def topic_loops(
    settings: Settings,
    log: Appender,
    catalogue: Catalogue,
    credentials: Credentials,
    metrics: Metrics,
    intake: IntakeMetrics,
    now: Now,
) -> Sequence[Work]:
    """What reads the topics of ``ECHEANCE_SOURCES``, nothing where that is not set.

    Raises ``SettingError``, ``FaultsError`` or ``OSError`` for files that cannot be used.
    """
    if settings.sources is None:
        return []
    path = settings.sources
    text = regular_files.read_text(path)
    file, mappings = load_sources(text, str(path), catalogue, partial(_beside, path))
    kafka = distributed.kafka_settings(_of_brokers(settings, file.brokers))
    counters, loop_metrics = TopicMetrics(metrics), LoopMetrics(metrics)
    loops = []
    for topic, one in file.topics.items():
        counters.declare(topic)
        source_topic = SourceTopic(
            log, kafka, topic, lambda lost, topic=topic: counters.count(topic, {"lost": lost})
        )
        worker = TopicWorker(
            topic,
            source_topic,
            RecordReader(one, mappings.get(topic)),
            partial(_rules, settings, catalogue, credentials, one),
            intake,
            counters,
        )
        loop = Loop(
            source_topic,
            topic,
            worker,
            now,
            source_topic,
            loop_metrics,
            letters_per_hour=settings.dead_letters_per_hour,
            topic_identity=source_topic,
            source=one.source,
        )
        loops.append(partial(runner.run_until_stopped, loop))
    return loops


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
        kafka_ca_file=Path(brokers.ca_file) if brokers.ca_file else None,
        kafka_user=brokers.user or "",
        kafka_password_file=Path(brokers.password_file) if brokers.password_file else None,
    )


def _rules(
    settings: Settings,
    catalogue: Catalogue,
    credentials: Credentials,
    topic: ReadTopic,
    now: datetime,
) -> Rules:
    """The rules for a topic's events: those of a token with its permissions."""
    try:
        reservations = credentials.reservations(topic.prefixes)
    except CredentialsError as error:
        raise UnavailableError(f"reserved prefixes cannot be read: {error}") from error
    return Rules(
        catalogue=catalogue,
        now=now,
        future_tolerance=settings.future_tolerance,
        sources=(topic.source,),
        units=topic.units,
        standards=topic.standards,
        reservations=reservations,
    )
