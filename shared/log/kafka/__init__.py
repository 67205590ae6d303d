"""The log on Apache Kafka, the distributed deployment: partitions are given out by the consumer group.

The only package that imports aiokafka. No default that can lose data is left standing: ``acks=all`` with idempotence, no automatic
commit, no automatic reset (positions are in the database; lost offsets must be a loud stop). No Kafka transaction is used: the
fence is the position's compare-and-set in the database. Facts behind the settings: docs/decisions/0005-kafka-without-transactions.md.
"""

from shared.log.kafka.cluster import KafkaLog, connect
from shared.log.kafka.settings import KafkaSettings
from shared.log.kafka.topics import LayoutError, check_topics, create_topics

__all__ = ["KafkaLog", "KafkaSettings", "LayoutError", "check_topics", "connect", "create_topics"]
