"""The spans of a process, and how they continue over the log: W3C ``traceparent`` in record headers.

A record says in its header which span appended it. The step that reads records of one trace belongs
to it; a step that reads records of several begins a trace of its own, with a link to each
(OpenTelemetry's conventions for messaging). Only sampled traces are written to headers, so what is
not sampled costs the other processes nothing. Spans name topics, partitions, routes and counts:
never a file, a person, an address or a token.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Final, NamedTuple

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Headers = tuple[tuple[str, bytes], ...]
"""Of a record: names and values."""

_TRACEPARENT: Final = "traceparent"
_MOST_LINKS: Final = 128
"""As many as the SDK keeps of a span by default."""
_MOST_STEPS: Final = 1_000
_SCANNED_BYTES: Final = 262_144
_OF_AN_EVENT: Final = re.compile(
    rb'"traceparent"\s{0,9}:\s{0,9}"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"'
)
"""The attribute of CloudEvents' distributed tracing extension, in JSON."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_SERVER_ERROR: Final = 500
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_NO_HEADERS: Final = nullcontext[Headers](())
_NO_SPAN: Final = nullcontext()

_tracer: Tracer | None = None
_steps: OrderedDict[tuple[str, int, int], SpanContext] = OrderedDict()
"""The last traced steps of this process: group, partition and position after it."""


def use(tracer: Tracer | None) -> None:
    """Make spans with this tracer from now on; None makes none."""
    global _tracer
    _tracer = tracer
    _steps.clear()


def enabled() -> bool:
    """Whether spans are made."""
    return _tracer is not None


def part(name: str) -> AbstractContextManager[None]:
    """A span of a part of the work; none outside of a trace."""
    return _NO_SPAN if _current() is None else _part(name)


def sending(topic: str, count: int) -> AbstractContextManager[Headers]:
    """A span of an append of so many records, and the headers that continue it; none outside of a trace."""
    return _NO_HEADERS if _current() is None else _sending(topic, count, [])


def sending_of(
    topic: str, count: int, group: str, after: Mapping[int, int], until: Mapping[int, int]
) -> AbstractContextManager[Headers]:
    """The same, of what a group's steps between two positions of each partition left to append.

    Of one traced step of this process it is a part, to several it has links.
    """
    if not _steps:
        return _NO_HEADERS
    steps = [
        context
        for (name, partition, position), context in _steps.items()
        if name == group and after.get(partition, 0) < position <= until.get(partition, 0)
    ]
    return _sending(topic, count, steps) if steps else _NO_HEADERS


def consuming(
    topic: str, group: str, partition: int, records: Iterable[Headers], position: int
) -> AbstractContextManager[None]:
    """A span of a step over records with these headers, up to a position; none if no record has a trace."""
    if _tracer is None:
        return _NO_SPAN
    contexts = _contexts(headers for headers in records if headers)
    return _consuming(topic, group, partition, contexts, position) if contexts else _NO_SPAN


def link_to_events(body: bytes) -> None:
    """Link the span of a request to the traces that its CloudEvents name in ``traceparent``."""
    span = _current()
    if span is None:
        return
    found = islice(_OF_AN_EVENT.finditer(body, 0, _SCANNED_BYTES), _MOST_LINKS)
    for context in _contexts(((_TRACEPARENT, match[1]),) for match in found):
        span.add_link(context)


def _current() -> Span | None:
    """The span that goes on here, if it is sampled."""
    if _tracer is None:
        return None
    span = get_current_span()
    return span if span.is_recording() else None


@contextmanager
def _part(name: str) -> Iterator[None]:
    with _span(name):
        yield


@contextmanager
def _sending(topic: str, count: int, steps: Sequence[SpanContext]) -> Iterator[Headers]:
    attributes: dict[str, str | int] = {
        "messaging.system": "echeance",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "messaging.batch.message_count": count,
    }
    with _span(f"send {topic}", SpanKind.PRODUCER, attributes, *_above(steps)) as span:
        context = span.get_span_context()
        sampled = context.trace_flags.sampled
        yield ((_TRACEPARENT, _written(context)),) if sampled else ()


@contextmanager
def _consuming(
    topic: str, group: str, partition: int, contexts: Sequence[SpanContext], position: int
) -> Iterator[None]:
    attributes = {
        "messaging.system": "echeance",
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.consumer.group.name": group,
    }
    with _span(f"process {topic}", SpanKind.CONSUMER, attributes, *_above(contexts)) as span:
        _steps[group, partition, position] = span.get_span_context()
        if len(_steps) > _MOST_STEPS:
            _steps.popitem(last=False)
        yield


@contextmanager
def _span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
    parent: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """A span below a parent, or else below the span that goes on.

    An exception is noted by its type alone: its text may hold what a span must not.
    """
    assert _tracer is not None
    with _tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        attributes=attributes,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _above(contexts: Sequence[SpanContext]) -> tuple[Context | None, list[Link]]:
    """Parent and links of a span: one context is its parent, several are links of a new trace."""
    if not contexts:
        return None, []
    if len(contexts) == 1:
        return set_span_in_context(NonRecordingSpan(contexts[0]), Context()), []
    return Context(), [Link(one) for one in contexts[:_MOST_LINKS]]


def _contexts(several: Iterable[Headers]) -> list[SpanContext]:
    """The different sampled contexts in these headers; what is malformed is none."""
    found: dict[bytes, SpanContext] = {}
    for headers in several:
        for name, value in headers:
            if name == _TRACEPARENT and value not in found and len(found) <= _MOST_LINKS:
                context = get_current_span(_read(value)).get_span_context()
                if context.is_valid and context.trace_flags.sampled:
                    found[value] = context
    return list(found.values())


def _read(value: bytes) -> Context:
    """The context that a ``traceparent`` names; an empty one if it is malformed."""
    carrier = {_TRACEPARENT: value.decode("ascii", "replace")}
    return _PROPAGATOR.extract(carrier, Context())


def _written(context: SpanContext) -> bytes:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode()


class RequestSpan(NamedTuple):
    """The span of a request, of which only the end knows the route."""

    span: Span
    method: str

    def end(self, route: str, status: int) -> None:
        """Note what was answered; status 0 is a connection that ended without an answer."""
        self.span.update_name(f"{self.method} {route}".strip())
        if route:
            self.span.set_attribute("http.route", route)
        if status:
            self.span.set_attribute("http.response.status_code", status)
        if status >= _SERVER_ERROR:
            self.span.set_status(StatusCode.ERROR)


@contextmanager
def request_span(method: str, header: Callable[[str], str | None]) -> Iterator[RequestSpan]:
    """The span of a request, below its ``traceparent``, or its event's in CloudEvents' binary mode."""
    known = method if method in _METHODS else "_OTHER"
    value = header(_TRACEPARENT) or header(f"ce-{_TRACEPARENT}") or ""
    parent = _read(value.encode("latin-1", "replace"))
    with _span(known, SpanKind.SERVER, {"http.request.method": known}, parent) as span:
        yield RequestSpan(span, known)
