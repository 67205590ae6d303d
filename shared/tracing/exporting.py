"""Where spans go: by OTLP over HTTP to the collector that the standard ``OTEL_*`` variables name.

The SDK reads those variables itself: sampling, headers, limits, resource attributes. Spans are
exported by a thread of its own in batches; when the collector is away they are dropped after the
SDK's queue (2,048 spans by default) is full, and nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import SettingError
from shared.tracing import spans


@contextmanager
def exporting(collector: str, service_name: str) -> Iterator[None]:
    """Export spans while the context lasts, and flush at its end; nothing if no collector is named.

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
    provider = TracerProvider(resource=named.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    spans.use(provider.get_tracer("echeance"))
    try:
        yield
    finally:
        spans.use(None)
        provider.shutdown()
