"""Where spans go: by OTLP over HTTP to the collector that the standard ``OTEL_*`` variables name.

The SDK reads those variables itself: sampling, headers, limits, resource attributes. Spans are
exported by a thread of its own in batches. When the collector is away they are dropped once the
SDK's queue (2,048 spans by default) is full; nothing waits for it but the end of the process, 2 s.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from shared.errors import SettingError
from shared.tracing import spans

_FLUSH_SECONDS: Final = 2.0


@contextmanager
def exporting(collector: str, service_name: str) -> Iterator[None]:
    """Export spans while the context lasts, and flush at its end (2 s); nothing if no collector is named.

    Raises :class:`SettingError` where OpenTelemetry is not installed.
    """
    if not collector:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingError(
            "OTEL_* variables ask for traces, and OpenTelemetry is not installed: pip install echeance[otel], or unset them"
        ) from None
    named = Resource.create({"service.name": f"echeance-{service_name}"})
    resource = named.merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # it warns of each repetition
    spans.use(provider.get_tracer("echeance"))
    try:
        yield
    finally:
        spans.use(None)
        # The exporter repeats for ten seconds what a collector does not take: a process must not.
        flushing = Thread(target=provider.shutdown, name="traces", daemon=True)
        flushing.start()
        flushing.join(_FLUSH_SECONDS)
