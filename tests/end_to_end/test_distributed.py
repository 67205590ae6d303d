"""The distributed deployment, for real: one ingest, two clocks and one compliance on Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from shared.process import distributed, runner
from shared.settings import read_settings
from tests.builders import members
from tests.echeance.command import done
from tests.paths import ROOT
from tests.servers.child import Child
from tests.servers.distributed import SOURCE, prepared
from tests.servers.ports import free_ports
from tests.waiting import until

FILES = 1_500
BATCH_EVENTS = 500


def environment(folder: Path, bootstrap: str, url: str) -> dict[str, str]:
    return {
        "ECHEANCE_KAFKA": bootstrap,
        "ECHEANCE_DATABASE": url,
        "ECHEANCE_CREDENTIALS": str(folder / "credentials.json"),
        "ECHEANCE_SESSION_SECONDS": "6",
    }


@contextmanager
def process(name: str, port: int, given: Mapping[str, str], folder: Path) -> Iterator[None]:
    """A service of its own process, ended by SIGTERM, which it must obey within ten seconds."""
    environment = {**os.environ, **given, "ECHEANCE_PORT": str(port)}  # noqa: TID251 — handed on
    command = [sys.executable, "-m", f"services.{name}"]
    log = folder / f"{name}-{port}.log"
    child = Child(command, log, folder=ROOT, environment=environment)
    try:
        yield
    finally:
        child.end(patience_seconds=10)
    assert child.status == 0, log.read_text()


def event(number: int, kind: str, time: str, data: Mapping[str, str]) -> dict[str, Any]:
    return members(kind, f"E2E-{number:05}", time, data, source=SOURCE)


def life(number: int) -> list[dict[str, Any]]:
    """Received on Monday 2 March 2026; decided on the 20th business day, or for one in five on the 21st."""
    decided_on = "2026-03-31" if number % 5 == 0 else "2026-03-30"
    received = {"standard": "caq-etudes", "unit": "laval"}
    return [
        event(number, "received", "2026-03-02T10:00:00-05:00", received),
        event(number, "decided", f"{decided_on}T10:00:00-04:00", {"outcome": "accepted"}),
    ]


@asynccontextmanager
async def client(token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
        yield http


async def answers(http: httpx.AsyncClient, port: int) -> bool:
    try:
        await http.get(f"http://127.0.0.1:{port}/healthz")
    except httpx.TransportError:
        return False
    return True


async def measured(http: httpx.AsyncClient, port: int, files: int) -> Mapping[str, Any]:
    """The attainment of March 2026 once so many files are measured."""
    address = f"http://127.0.0.1:{port}/v1/attainment?period=2026-03&standard=caq-etudes"
    total: dict[str, Any] = {}

    async def reached() -> bool:
        rows = (await http.get(address)).json()["rows"]
        total.update(next(row for row in rows if row["unit"] is None))
        return bool(total["measured"] >= files)

    await until(reached, f"{files} files measured")
    return total


async def metered(http: httpx.AsyncClient, port: int, series: str) -> bool:
    """Whether a service gives a series for Prometheus."""
    return series in (await http.get(f"http://127.0.0.1:{port}/metrics")).text


async def publish(http: httpx.AsyncClient, port: int, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), BATCH_EVENTS):
        answer = await http.post(
            f"http://127.0.0.1:{port}/v1/events",
            content=json.dumps(events[start : start + BATCH_EVENTS]),
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, answer.text


def test_events_posted_to_one_service_are_counted_by_two_clocks_and_measured_by_a_third(
    tmp_path: Path, kafka_bootstrap: str, postgres_url: str
) -> None:
    given = environment(tmp_path, kafka_bootstrap, postgres_url)
    asyncio.run(_lived_through(tmp_path, given))
    verified = done("audit", "verify", "--topic", variables=given)
    of_index, of_topic = verified.splitlines()  # the index ends with compliance, before the ends
    assert "4 chaînes" in of_index
    assert "4 chaînes, dont 0 sans fin" in of_topic


async def _lived_through(folder: Path, given: Mapping[str, str]) -> None:
    token = await prepared(read_settings(given))
    ingest, first, second, compliance = free_ports(4)
    events = [told for number in range(FILES) for told in life(number)]
    with (
        process("ingest", ingest, given, folder),
        process("clock", first, given, folder),
        process("compliance", compliance, given, folder),
    ):
        async with client(token) as http:
            for port in (ingest, first, compliance):
                await until(partial(answers, http, port), f"an answer at {port}")
            await publish(http, ingest, events[: len(events) // 2])
            with process("clock", second, given, folder):
                await until(partial(answers, http, second), "an answer of the second clock")
                await publish(http, ingest, events)  # the first half once more: nothing is doubled
                total = await measured(http, compliance, FILES)
                assert (total["measured"], total["late"]) == (FILES, FILES // 5)
                for port in (first, second):  # any instance answers for every partition
                    address = f"http://127.0.0.1:{port}/v1/files/E2E-00042"
                    assert (await http.get(address)).json()["cycles"][0]["counted"] == 20
            for port, series in (
                (ingest, f'echeance_events_accepted_total{{source="{SOURCE}"'),
                (first, 'echeance_stream_records_total{topic="echeance.file-events"'),
                (compliance, 'echeance_target_ratio{standard="caq-etudes"} 0.8'),
            ):
                await until(partial(metered, http, port, series), series)
            await publish(http, ingest, [told for n in range(FILES, 2 * FILES) for told in life(n)])
            total = await measured(http, compliance, 2 * FILES)
            assert (total["measured"], total["late"]) == (2 * FILES, 2 * FILES // 5)
        await _is_recorded(given, compliance, len(events) // 2 + len(events) + 2 * FILES)


async def _is_recorded(given: Mapping[str, str], port: int, published: int) -> None:
    """The trail has what was published to ingest, and who read a file of either clock."""
    credentials = distributed.credentials(read_settings(given))
    auditor = credentials.create("auditor", ("audit",), created=runner.now())
    address = f"http://127.0.0.1:{port}/v1/audit?limit=500"
    async with client(auditor) as http:

        async def written() -> bool:
            records = (await http.get(address)).json()["records"]
            posts = [one for one in records if one["route"] == "/v1/events"]
            return bool(sum(one["events"] for one in posts) == published)

        await until(written, "the record of every publication")
        read = (await http.get(f"{address}&file=E2E-00042")).json()["records"]
        assert {one["route"] for one in read} == {"/v1/files/{file_id}"}
        assert len({one["writer"] for one in read}) == 2
