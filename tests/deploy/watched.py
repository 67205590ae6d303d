"""The embedded system after two years of the demonstration's life, watched by a real Prometheus under the shipped rules; all by TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import trustme
import yaml

from echeance.demo.ministry import Ministry
from echeance.demo.profiles import SOURCES
from echeance.system.embedded import CREDENTIALS, event_records, open_embedded
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from shared.http.credentials import Credentials
from shared.log.ports import FILE_EVENTS
from shared.process import runner
from tests.builders import CATALOGUE, members
from tests.deploy.rules import FOLDER, RULES
from tests.servers import prometheus
from tests.servers.child import Child, patiently
from tests.servers.ports import free_ports
from tests.servers.tls import Pair, certificate_of, issue
from tests.services.world import settings_of

_FILES = 3_000
_ALERTMANAGER = "{route: {receiver: nobody}, receivers: [{name: nobody}]}"
_BATCH = {"content-type": "application/cloudevents-batch+json"}


class Files(NamedTuple):
    """The authority of all, and the pair that each of them shows."""

    authority: Path
    pair: Pair

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        context.load_cert_chain(self.pair.certificate, self.pair.key)
        return context


class Watched(NamedTuple):
    """Where the system and its Prometheus answer."""

    system: httpx.Client
    prometheus: httpx.Client

    def query(self, expression: str) -> list[Any]:
        """What an expression finds now; an expression that is none fails."""
        answer = self.prometheus.get("/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", (expression, answer)
        return list(answer["data"]["result"])

    def rules(self) -> list[Any]:
        """Every rule as Prometheus has evaluated it."""
        groups = self.prometheus.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    """Live, serve, publish a little more, and be scraped every second."""
    now = runner.now()
    asyncio.run(_live(folder / "data", now))
    credentials = Credentials(folder / "data" / CREDENTIALS)
    token = credentials.create(
        "test", ["publish", "read"], sources=SOURCES, created=now, expires=now + timedelta(days=90)
    )
    (folder / "token").write_text(token)
    issuer = trustme.CA()
    files = Files(certificate_of(issuer, folder / "ca.crt"), issue(issuer, folder / "pair"))
    with (
        prometheus.alertmanager(folder / "alertmanager", _ALERTMANAGER, files.pair) as told,
        _serving(folder, token, told, files) as system,
    ):
        _publish(system, now)
        with (
            prometheus.prometheus(folder, _configuration(folder, system, files)) as address,
            httpx.Client(base_url=address, trust_env=False) as asked,
        ):
            yield Watched(system, asked)


async def _live(data: Path, now: datetime) -> None:
    calendar = CATALOGUE.calendar()
    ministry = Ministry(2021, CATALOGUE, calendar, now, files=_FILES)
    async with open_embedded(settings_of(data), CATALOGUE) as embedded:
        events = [
            parse_structured(
                one.raw, Rules(catalogue=CATALOGUE, now=one.recorded_at, sources=SOURCES)
            )
            for one in ministry.past()
        ]
        await embedded.log.append(FILE_EVENTS, event_records(events, embedded.log.partitions))
        await embedded.catch_up(lambda: now)


@contextmanager
def _serving(folder: Path, token: str, alertmanager: str, files: Files) -> Iterator[httpx.Client]:
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "echeance", "up", "--port", str(port)]
    environment = [
        "env",
        "ECHEANCE_PARTITIONS=2",
        f"ECHEANCE_ALERTMANAGERS={alertmanager}",
        f"ECHEANCE_ALERTMANAGER_CA_FILE={files.authority}",
        f"ECHEANCE_TLS_CERT_FILE={files.pair.certificate}",
        f"ECHEANCE_TLS_KEY_FILE={files.pair.key}",
        "ECHEANCE_TLS_CLIENT=required",
        f"ECHEANCE_TLS_CLIENT_CA_FILE={files.authority}",
        f"PYTHONPATH={FOLDER.parents[1]}",
    ]
    child = Child([*environment, *command, "--data", str(folder / "data")], folder / "system.log")
    headers = {"authorization": f"Bearer {token}"}
    base = f"https://127.0.0.1:{port}"
    with httpx.Client(
        base_url=base, headers=headers, trust_env=False, timeout=30, verify=files.context()
    ) as system:

        def answers() -> bool:
            try:
                return system.get("/readyz").is_success
            except httpx.TransportError:
                return False

        try:
            child.answering(answers)
            yield system
        finally:
            child.end()


def _publish(system: httpx.Client, now: datetime) -> None:
    """An event, itself again, another content under its name, a reception of the file by another source, and one that is refused."""
    data = {"standard": "peq", "unit": "laval"}
    source = sorted(SOURCES)[0]
    event = members("received", "watched", now.isoformat(), data, named="watched-1", source=source)
    other = {**event, "data": {"standard": "peq", "unit": "quebec"}}
    stranger = {**event, "id": "watched-2", "source": sorted(SOURCES)[1]}
    published = ((event, 202), (event, 202), (other, 202), (stranger, 202))
    for posted, status in (*published, ({**event, "id": ""}, 422)):
        answer = system.post("/v1/events", content=json.dumps([posted]), headers=_BATCH)
        assert answer.status_code == status, answer.text
    # The counters must have been scraped twice to have a rate, so what they count comes before the first scrape.
    patiently(
        lambda: "echeance_events_duplicate_total{" in system.get("/metrics").text, "a duplicate"
    )


def _configuration(folder: Path, system: httpx.Client, files: Files) -> str:
    """The shipped example, for this system and in a hurry."""
    given = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    given["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    given["rule_files"] = [str(path) for path in RULES]
    del given["alerting"]
    [job] = given["scrape_configs"]
    job["authorization"]["credentials_file"] = str(folder / "token")
    job["scheme"] = "https"
    job["tls_config"] = {
        "ca_file": str(files.authority),
        "cert_file": str(files.pair.certificate),
        "key_file": str(files.pair.key),
    }
    job["static_configs"] = [{"targets": [f"{system.base_url.host}:{system.base_url.port}"]}]
    return str(yaml.safe_dump(given))


def checked(exposition: str) -> str:
    """What ``promtool check metrics`` says of an exposition; raises ``CalledProcessError`` when it refuses."""
    command = [prometheus.program("promtool"), "check", "metrics"]
    done = subprocess.run(
        command, input=exposition, check=True, text=True, capture_output=True, timeout=60
    )
    return done.stdout + done.stderr
