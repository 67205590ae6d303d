"""The log on Apache Kafka: partitions are assigned by the consumer group."""

from shared.log.kafka.cluster import KafkaLog, connect
from shared.log.kafka.rewriting import (
    Erasure,
    RewriteError,
    RewrittenPartition,
    WaitUntilRead,
    replay_in_order,
    rewrite_partition,
    segment_time,
)
from shared.log.kafka.settings import KafkaSettings
from shared.log.kafka.source_topic import SourceTopic
from shared.log.kafka.topics import LayoutError, check_topics, create_topics
