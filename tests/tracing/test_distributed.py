"""One event is one trace over real brokers: from its request over both topics to its alert, a figure and a page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from shared.log.kafka import connect
from shared.log.ports import BREACH_ALERTS, FILE_CLOCKS, FILE_EVENTS
from shared.process import distributed
from shared.settings import read_settings
from tests.builders import members
from tests.end_to_end.test_distributed import answers, client, environment, process
from tests.servers.distributed import SOURCE, prepared
from tests.servers.ports import free_ports
from tests.tracing.collector import Collector, ReceivedSpan, collecting
from tests.waiting import until

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OTHER = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
LATE = {"standard": "caq-etudes", "unit": "laval"}
WAY = (
    "POST /v1/events",
    f"send {FILE_EVENTS}",
    f"process {FILE_EVENTS}",
    f"send {FILE_CLOCKS}",
    f"process {FILE_CLOCKS}",
    f"send {BREACH_ALERTS}",
)


def test_an_event_is_one_trace_from_its_request_to_the_page(
    tmp_path: Path, kafka_bootstrap: str, postgres_url: str
) -> None:
    with collecting() as collector:
        given = {
            **environment(tmp_path, kafka_bootstrap, postgres_url),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true",  # its own spans would hold paths and queries
        }
        asyncio.run(_traced(tmp_path, given, collector))


async def _traced(folder: Path, given: dict[str, str], collector: Collector) -> None:
    settings = read_settings(given)
    token = await prepared(settings)
    ingest, clock, compliance = free_ports(3)
    caller = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    event = members("received", "TRACED-1", "2026-03-02T10:00:00-05:00", LATE, source=SOURCE)
    with ExitStack() as processes:
        for name, port in (("ingest", ingest), ("clock", clock), ("compliance", compliance)):
            processes.enter_context(process(name, port, given, folder))
        async with client(token) as http:
            for port in (ingest, clock, compliance):
                await until(partial(answers, http, port), f"an answer at {port}")
            answer = await http.post(
                f"http://127.0.0.1:{ingest}/v1/events",
                content=json.dumps(event | {"traceparent": OTHER}),
                headers={"Content-Type": "application/cloudevents+json", **caller},
            )
            assert answer.status_code == 202, answer.text
            receipt = answer.json()["receipts"][0]
            after = f"{receipt['partition']}:{receipt['offset']}"
            board = f"http://127.0.0.1:{compliance}"
            figure = f"/v1/attainment?period=2026-03&after={after}"
            for address in (f"{board}{figure}", f"{board}/files/TRACED-1"):
                assert (await http.get(address, headers=caller)).status_code == 200

        async def arrived() -> bool:
            names = {span.name for span in collector.trace(TRACE)}
            return {*WAY, "GET /v1/attainment", "GET /files/{file_id}"} <= names

        await until(arrived, "the trace")
    spans = collector.trace(TRACE)
    _require_one_way(spans)
    _require_nothing_of_anybody(collector.spans(), "TRACED-1", token)
    log = await connect(distributed.kafka_settings(settings), FILE_EVENTS)
    try:
        [[record]] = [records async for records in log.replay(FILE_EVENTS, receipt["partition"])]
    finally:
        await log.close()
    sent = next(span for span in spans if span.name == f"send {FILE_EVENTS}")
    assert record.headers == (("traceparent", f"00-{TRACE}-{sent.span}-01".encode()),)
    assert (OTHER[3:35], OTHER[36:52]) in next(
        span for span in spans if span.name == "POST /v1/events"
    ).links


def _require_one_way(spans: Sequence[ReceivedSpan]) -> None:
    """Each span of the way is below the one before, whichever process made it, and no span is without one."""
    by_id = {span.span: span for span in spans}
    parent = CALLER
    for name in WAY:
        (span,) = [one for one in spans if one.name == name]
        assert span.parent == parent, name
        parent = span.span
    assert all(span.parent == CALLER or span.parent in by_id for span in spans)
    parts = {(span.name, by_id[span.parent].name) for span in spans if span.parent in by_id}
    for group, topic in (("clock", FILE_EVENTS), ("compliance", FILE_CLOCKS)):
        assert {(f"{part} {group}", f"process {topic}") for part in ("handle", "commit")} <= parts
    assert {span.service for span in spans} == {
        f"echeance-{name}" for name in ("ingest", "clock", "compliance")
    }


def _require_nothing_of_anybody(spans: Sequence[ReceivedSpan], *secrets: str) -> None:
    for span in spans:
        told = f"{span.name} {dict(span.attributes)}"
        assert not any(secret in told for secret in (*secrets, "127.0.0.1")), told
