"""``echeance demo``: it announces itself, shows files and their alerts on an accelerated clock, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from echeance.demo.demonstration import count_past
from echeance.demo.ministry import Ministry
from echeance.system.embedded import open_embedded
from services.compliance.alerts.tables import alerts
from services.compliance.projection.tables import corrections_table
from shared.domain.instants import microseconds
from tests.builders import CATALOGUE
from tests.echeance.command import english, process, told
from tests.paths import ROOT
from tests.services.world import settings_of

YEAR = date(2026, 4, 1)


def test_the_demo_announces_an_address_shows_alerts_come_and_go_and_ends_on_ctrl_c() -> None:
    demo = process("demo", "--port", "0", "--files", "600", "--speed", "28800")
    with demo:
        try:
            assert demo.stdout is not None
            lines: list[str] = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(demo.stdout.readline())
                assert lines[-1], lines
            announced = "".join(lines)
            assert "Deux ans d’un ministère inventé, environ 600 dossiers" in announced
            assert "HORLOGE ACCÉLÉRÉE\u00a0: une seconde en vaut 480 minutes." in announced
            found = re.search(r"Page : +(\S+/sign-in\?token=(ech_\S+))", announced)
            assert found is not None
            with httpx.Client(follow_redirects=True, timeout=20) as browser:
                page = browser.get(found[1])
                base = page.url.join("/")
                headers = {"authorization": f"Bearer {found[2]}"}
                files = httpx.get(base.join("/v1/files?limit=3"), headers=headers).json()
                report = httpx.get(base.join("/v1/report"), headers=headers).json()
            assert page.status_code == 200 and str(page.url).endswith("/")
            assert "HORLOGE ACCÉLÉRÉE" in page.text and "Réponse aux courriels" in page.text
            assert len(files["files"]) == 3
            assert sum(row["measured"] for row in report["rows"]) > 20
            raised = resolved = 0
            while not (raised and resolved):
                line = demo.stdout.readline()
                counted = re.search(r"— alertes levées : (\d+), résolues : (\d+) ; ", line)
                assert counted is not None, line
                raised, resolved = raised + int(counted[1]), resolved + int(counted[2])
            demo.send_signal(signal.SIGINT)
            output, errors = demo.communicate(timeout=30)
        finally:
            demo.kill()
    assert demo.returncode == 0
    assert output.endswith("Terminé ; rien n’est resté sur le disque.\n")
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "option", [["--files", "1"], ["--speed", "0"], ["--port", "70000"], ["--seed", "x"]]
)
def test_options_out_of_range_are_refused(option: list[str]) -> None:
    assert option[0] in told("demo", *option, status=2)


async def test_a_past_counted_as_it_was_lived_has_corrections_and_alerts_raised_in_time(
    tmp_path: Path,
) -> None:
    now = datetime(2026, 11, 29, 15, tzinfo=UTC)
    calendar = CATALOGUE.calendar()
    ministry = Ministry(2021, CATALOGUE, calendar, now, files=4_000)
    async with open_embedded(settings_of(tmp_path), CATALOGUE) as embedded:
        await count_past(embedded, ministry.past(), 4_000, now)
        async with embedded.database.reading() as connection:
            noted = (
                await connection.execute(
                    select(corrections_table.c.basis, corrections_table.c.new_day)
                )
            ).all()
            since = select(alerts.c.stage_since, alerts.c.raised_at)
            raised = (await connection.execute(since.where(alerts.c.resolved_at.is_(None)))).all()
    day = timedelta(days=1) / timedelta(microseconds=1)
    soon = [at - began < 8 * day for began, at in raised if at > microseconds(now) - 40 * day]
    assert len(soon) > 10 and all(soon)
    ever = Counter(basis for basis, _ in noted)
    lately = Counter(basis for basis, day in noted if (day or 0) >= YEAR.toordinal())
    assert min(ever["decided"], ever["due"]) >= 3
    assert lately


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_told_at_once_with_what_to_do(taken: int) -> None:
    said = told("demo", "--port", taken)
    assert f"Le port {taken} est déjà pris" in said
    assert re.search(r"make demo PORT=\d+, ou echeance demo --port \d+", said)
    said = told("demo", "--port", taken, variables=english())
    assert f"Port {taken} is already in use" in said


def asked(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Ask for a port, by a Python that has no dependencies."""
    command = [sys.executable, "-S", "echeance/demo/port.py", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, check=False, text=True, encoding="utf-8", capture_output=True
    )


def test_the_port_is_asked_for_by_a_python_without_dependencies(taken: int) -> None:
    refused = asked(taken, "en")
    assert refused.returncode == 1
    assert re.fullmatch(
        rf"Port {taken} is already in use on this machine. Take another one: make demo PORT=(\d+), or echeance demo --port \1\n",
        refused.stderr,
    )
    assert asked(0).returncode == 0


@pytest.mark.parametrize("port", ["65536", "-1", "8080x", "", "²"])
def test_what_is_no_port_is_refused(port: str) -> None:
    refused = asked(port)
    assert refused.returncode == 1
    assert "PORT est un nombre de 0 à 65535" in refused.stderr
    assert "Traceback" not in refused.stderr
