"""The parser: request bytes to events of the catalogue, or every fault."""

from services.ingest.cloudevents import strict_json
from services.ingest.cloudevents.attributes import MOST_EVENT_BYTES, PersonalIdentifiers, Rules
from services.ingest.cloudevents.data import read_data
from services.ingest.cloudevents.envelope import (
    event_of,
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
from services.ingest.cloudevents.kafka_binding import RecordHeaders, is_binary, parse_record
from services.ingest.cloudevents.texts import PROBLEMS
