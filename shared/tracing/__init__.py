"""Traces: what became of one event, from its request to the page, in OpenTelemetry's terms.

Off unless the environment names a collector (docs/operations.md, “Traces”): OpenTelemetry's SDK is
then not even imported, every function here returns at once, and records have no headers.
"""

from shared.tracing.exporting import exporting
from shared.tracing.spans import (
    Headers,
    consuming,
    enabled,
    link_to_events,
    part,
    request_span,
    sending,
    sending_of,
)
