"""Commitments that miss their target: told to the direction by the real Alertmanager, in one mail, in names and figures of the language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from shared.process import runner
from tests.deploy.rules import FOLDER, loaded
from tests.end_to_end.alertmanagers import (
    alertmanager,
    always,
    opening_at,
    soon,
    soonest_opening,
    text,
)
from tests.servers.smtp import Mailbox

TARGETS = [
    ("EcheanceAttainmentBelowTarget", "peq", "month", {"ratio": "74.36%", "target": "90%"}),
    ("EcheanceLateBudgetPace", "plainte", "fiscal-year", {"pace": "1.8"}),
    ("EcheanceLateBudgetOvercommitted", "caq-etudes", "fiscal-year", {}),
]
RULES = FOLDER / "rules" / "alerts.yml"


def posted() -> Sequence[dict[str, Any]]:
    """What Prometheus would post: every annotation that its rule has."""
    names = {
        rule["alert"]: set(rule["annotations"])
        for group in loaded(RULES)["groups"]
        for rule in group["rules"]
    }
    alerts = []
    for name, standard, period, figures in TARGETS:
        figures = {"files": "39", **figures}
        assert set(figures) & {"ratio", "target", "pace"} <= names[name]
        labels = {"alertname": name, "standard": standard, "period": period, "severity": "warning"}
        ends_at = (runner.now() + timedelta(hours=1)).astimezone(UTC).isoformat()
        alerts.append({"labels": labels, "annotations": figures, "endsAt": ends_at})
    return alerts


async def test_the_direction_has_one_mail_of_all_commitments_and_operations_none(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    with alertmanager(tmp_path, mailbox, always()) as server:
        server.post(posted())
        await soon(lambda: bool(mailbox.messages), "a mail")
    [mail] = mailbox.messages
    assert mail["To"] == "direction@example.org"
    assert mail["Subject"] == "1 cible manquée, 2 cibles en danger — Échéance"
    said = text(mail).replace("\r\n", "\n")
    assert "- Programme de l’expérience québécoise\n" in said
    assert (
        "74,36\u00a0% des dossiers décidés dans le délai ce mois-ci\u00a0; cible\u00a0: 90\u00a0%"
        in said
    )
    assert "74.36% of the files decided this month were on time; target: 90%" in said
    assert "se consument 1,8 fois plus vite" in said and "https://e.example.org/attainment" in said
    assert 'href="https://e.example.org/attainment"' in text(mail, "html")
    assert "peq" not in said and "fiscal-year" not in said and "74.36\u00a0%" not in said


async def test_outside_opening_hours_the_direction_is_not_told(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    closed = opening_at(soonest_opening(timedelta(days=1)))
    with alertmanager(tmp_path, mailbox, closed) as server:
        server.post(posted())
        await server.comes_to(len(TARGETS))
        down = [{"labels": {"alertname": "EcheanceDown", "instance": "a"}, "annotations": {}}]
        server.post(down)
        await soon(lambda: bool(mailbox.messages), "the mail of operations, posted after it")
    assert {mail["To"] for mail in mailbox.messages} == {"exploitation@example.org"}
