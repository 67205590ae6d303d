"""``echeance demo``: it announces itself, shows files and their alerts on an accelerated clock, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import re
import signal

import httpx
import pytest

from tests.services.standalone.command import process, told


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
            assert "HORLOGE ACCÉLÉRÉE : une seconde en vaut 480 minutes." in announced
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
