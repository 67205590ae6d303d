"""The parser: request bytes to events of the catalogue, or every fault."""

from services.ingest.cloudevents.attributes import MOST_EVENT_BYTES, Rules
from services.ingest.cloudevents.data import read_data
from services.ingest.cloudevents.envelope import (
    lines_of,
    parse_batch,
    parse_lines,
    parse_structured,
)
from services.ingest.cloudevents.faults import MAX_FAULTS, EventFault, InvalidEventsError
from services.ingest.cloudevents.http_binding import (
    JSON_TYPE,
    Mode,
    RawHeaders,
    foreign_value,
    mode_of,
    parse_binary,
)
from services.ingest.cloudevents.texts import PROBLEMS
