"""An OpenTelemetry collector in the test's process: it receives OTLP over HTTP, and keeps the spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.servers.receiver import Receiver, receiving


class ReceivedSpan(NamedTuple):
    """A span as it arrived; ``links`` are pairs of trace and span."""

    service: str
    trace: str
    span: str
    parent: str
    name: str
    attributes: Mapping[str, str]
    links: Sequence[tuple[str, str]]


class Collector(NamedTuple):
    """What arrived so far."""

    receiver: Receiver

    @property
    def address(self) -> str:
        return self.receiver.address

    def spans(self) -> Sequence[ReceivedSpan]:
        return [span for body in list(self.receiver.bodies) for span in _spans(body)]

    def trace(self, trace: str) -> Sequence[ReceivedSpan]:
        return [span for span in self.spans() if span.trace == trace]


def _spans(body: bytes) -> Iterator[ReceivedSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield ReceivedSpan(
                    service["service.name"],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    {
                        one.key: one.value.string_value or str(one.value.int_value)
                        for one in span.attributes
                    },
                    [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                )


@contextmanager
def collecting() -> Iterator[Collector]:
    with receiving(200) as receiver:
        yield Collector(receiver)
