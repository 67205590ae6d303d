"""Events from Kafka: topics of other systems, read with the parser of HTTP and appended to ``file-events``."""

from services.ingest.topics.envelopes import RefusedRecordError
from services.ingest.topics.reading import SourceTopics, open_topics, topic_loops
