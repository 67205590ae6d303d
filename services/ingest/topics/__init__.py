"""Events from Kafka: topics of other systems, read with the parser of HTTP and appended to ``file-events``."""

from services.ingest.topics.reading import topic_loops
