"""Spans, their parents and links, and what they cost where nobody asked for them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import tracing
from shared.errors import SettingError
from shared.log import FILE_CLOCKS, FILE_EVENTS
from shared.settings import read_settings
from shared.tracing import spans
from tests.builders import SOURCE, members
from tests.services.world import world_and_site

WAY = (
    "POST /v1/events",
    f"send {FILE_EVENTS}",
    f"process {FILE_EVENTS}",
    f"send {FILE_CLOCKS}",
    f"process {FILE_CLOCKS}",
)
OFF: tracing.Headers = ()


def header(trace: int, flags: str = "01") -> tracing.Headers:
    return (("traceparent", f"00-{trace:032x}-{trace:016x}-{flags}".encode()),)


@pytest.fixture
def memory() -> Iterator[InMemorySpanExporter]:
    """The spans of this process, as they end."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.use(provider.get_tracer("tests"))
    yield exporter
    spans.use(None)
    provider.shutdown()


def step(*records: tracing.Headers, partition: int = 0, position: int = 5) -> None:
    with tracing.consuming(FILE_EVENTS, "clock", partition, records, position):
        pass


def named(exporter: InMemorySpanExporter, name: str) -> Sequence[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def test_a_step_of_one_trace_is_a_part_of_it(memory: InMemorySpanExporter) -> None:
    step(header(7), (), header(7))
    (span,) = memory.get_finished_spans()
    assert (span.context.trace_id, parent_of(span), len(span.links)) == (7, 7, 0)


def test_a_step_of_several_traces_has_a_trace_of_its_own_and_a_link_to_each(
    memory: InMemorySpanExporter,
) -> None:
    step(header(7), header(8), header(7))
    (span,) = memory.get_finished_spans()
    assert span.context.trace_id not in (7, 8) and parent_of(span) is None
    assert [link.context.trace_id for link in span.links] == [7, 8]


def test_links_of_a_step_are_bounded(memory: InMemorySpanExporter) -> None:
    step(*(header(number) for number in range(1, 5_000)))
    (span,) = memory.get_finished_spans()
    assert len(span.links) == 128


@pytest.mark.parametrize(
    "records",
    [
        [],
        [()],
        [header(7, "00")],
        [(("traceparent", b"\xff" * 10_000),)],
        [(("traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"),)],
        [(("b3", b"1"),)],
    ],
    ids=["nothing", "no header", "not sampled", "malformed", "invalid", "another header"],
)
def test_a_step_without_a_sampled_trace_has_no_span(
    records: Sequence[tracing.Headers], memory: InMemorySpanExporter
) -> None:
    step(*records)
    with tracing.part("handle"), tracing.sending(FILE_CLOCKS, 1) as headers:
        assert headers == OFF
    assert memory.get_finished_spans() == ()


def test_alerts_belong_to_the_step_that_raised_them(memory: InMemorySpanExporter) -> None:
    step(header(7), position=5)
    step(header(8), position=9)
    for after, until, found in ((0, 5, [7]), (5, 9, [8]), (9, 20, [])):
        memory.clear()
        with tracing.sending_of("alerts", 1, "clock", {0: after}, {0: until}):
            pass
        assert [span.context.trace_id for span in named(memory, "send alerts")] == found
    memory.clear()
    with tracing.sending_of("alerts", 2, "clock", {}, {0: 9}):
        pass
    assert [len(span.links) for span in named(memory, "send alerts")] == [2]


def test_the_steps_that_are_remembered_are_bounded() -> None:
    spans.use(TracerProvider().get_tracer("tests"))
    try:
        for position in range(1, 2_000):
            step(header(7), position=position)
        assert len(spans._steps) == 1_000
    finally:
        spans.use(None)


def test_an_error_is_noted_by_its_type_and_not_by_its_words(memory: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="FILE-1"), tracing.consuming("t", "g", 0, [header(7)], 1):
        raise ValueError("FILE-1 is not to be told")
    (span,) = memory.get_finished_spans()
    assert span.attributes is not None and span.attributes["error.type"] == "ValueError"
    assert not span.status.is_ok and not span.events and "FILE-1" not in span.to_json()


async def test_the_embedded_system_traces_an_event_through_its_log_in_memory(
    tmp_path: Path, memory: InMemorySpanExporter
) -> None:
    data = {"standard": "caq-etudes", "unit": "laval"}
    event = members("received", "F-1", "2025-04-01T08:00:00-04:00", data)
    async with world_and_site(tmp_path) as (known, web):
        publisher = web.credentials.create(
            "other", ["publish"], sources=[SOURCE], created=known.now()
        )
        answer = await web.client.post(
            "/v1/events",
            json=event,
            headers={
                "authorization": f"Bearer {publisher}",
                "content-type": "application/cloudevents+json",
                "traceparent": header(7)[0][1].decode(),
            },
        )
        assert answer.status_code == 202, answer.text
        await known.embedded.catch_up(known.now)
        assert (await web.get("/files/F-1")).status_code == 200
    parent = 7
    for name in WAY:
        (span,) = named(memory, name)
        assert (span.context.trace_id, parent_of(span)) == (7, parent), name
        parent = span.context.span_id
    (page,) = named(memory, "GET /files/{file_id}")
    assert page.attributes is not None and page.attributes["http.response.status_code"] == 200
    assert "F-1" not in "".join(span.to_json() for span in memory.get_finished_spans())


async def test_a_request_that_is_not_sampled_has_no_trace(
    tmp_path: Path, memory: InMemorySpanExporter
) -> None:
    async with world_and_site(tmp_path) as (_, web):
        for path, headers in (
            ("/v1/standards", {"traceparent": header(7, "00")[0][1].decode()}),
            ("/healthz", {}),
            ("/metrics", {}),
            ("/static/board.css", {}),
        ):
            await web.get(path, headers=headers)
        assert memory.get_finished_spans() == ()
        await web.get("/no/such/page/F-1")
    assert [span.name for span in memory.get_finished_spans()] == ["GET"]


def test_off_means_that_nothing_is_imported_and_nothing_made() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, echeance.cli.__main__, services.ingest.__main__, services.clock.__main__, services.compliance.__main__\n"
            "from shared import tracing\n"
            "with tracing.exporting('', 'x'), tracing.consuming('t', 'g', 0, [(('traceparent', b'x'),)], 1):\n"
            "    assert not tracing.enabled()\n"
            "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"
    assert tracing.part("a") is tracing.part("b")
    assert tracing.sending("a", 1) is tracing.sending("b", 2)


@pytest.mark.parametrize(
    ("variables", "collector"),
    [
        ({}, ""),
        ({"OTEL_SERVICE_NAME": "x"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c:4318"}, "https://c:4318"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "http://localhost:4318"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ""),
        ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ""),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/v1/traces",
            },
            "http://b/v1/traces",
        ),
    ],
)
def test_the_standard_variables_say_whether_there_are_traces(
    variables: dict[str, str], collector: str
) -> None:
    assert read_settings(variables).traces == collector


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"},
    ],
)
def test_an_exporter_that_is_not_there_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="OTEL_"):
        read_settings(variables)


def test_a_collector_that_does_not_answer_holds_no_process_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30")
        with tracing.exporting(address, "clock"), spans.request_span("GET", lambda _: None):
            began = time.monotonic()
        assert time.monotonic() - began < 10


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with (
        pytest.raises(SettingError, match=r"pip install echeance\[otel\]"),
        tracing.exporting("http://127.0.0.1:9", "clock"),
    ):
        raise AssertionError("not reached")
