"""Events in over HTTP: parsed strictly, published to ``file-events``, acknowledged once durable."""

from services.ingest import api, foreign_values
from services.ingest.__main__ import serve
from services.ingest.publisher import Publisher
from services.ingest.service import service
