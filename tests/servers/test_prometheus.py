"""Prometheus, Alertmanager and the e-mail server as the tests have them."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.servers.child import patiently
from tests.servers.fixtures_watch import Start
from tests.servers.prometheus import tool
from tests.servers.smtp import Mailbox

SCRAPES_NOBODY = """
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: nobody
    static_configs: [{targets: ["127.0.0.1:1"]}]
"""


def by_mail(mailbox: Mailbox) -> str:
    return f"""
global: {{smtp_smarthost: "{mailbox.address}", smtp_from: alerts@example.org, smtp_require_tls: false}}
route: {{receiver: supervisors, group_wait: 0s}}
receivers:
  - name: supervisors
    email_configs: [{{to: supervisors@example.org}}]
"""


def test_prometheus_answers_queries(start_prometheus: Start) -> None:
    address = start_prometheus(SCRAPES_NOBODY)

    def scraped() -> bool:
        query = {"query": 'up{job="nobody"} == 0'}  # nothing listens there, and that is seen
        found = httpx.get(f"{address}/api/v1/query", params=query, trust_env=False)
        return bool(found.json()["data"]["result"])

    patiently(scraped, "a first scrape")


def test_promtool_refuses_rules_that_are_none(prometheus_programs: None, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        tool("promtool", "check", "rules", rules)
    assert "parse error" in refused.value.output


async def test_an_alert_reaches_the_supervisors_by_mail(
    start_alertmanager: Start, mailbox: Mailbox
) -> None:
    address = await asyncio.to_thread(start_alertmanager, by_mail(mailbox))
    ends = datetime(2100, 1, 1, tzinfo=UTC)
    alert = {"labels": {"alertname": "Breach"}, "endsAt": ends.isoformat()}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{address}/api/v2/alerts", json=[alert])
    assert answer.is_success, answer.text
    await asyncio.to_thread(patiently, lambda: bool(mailbox.messages), "an e-mail")
    assert mailbox.messages[0]["To"] == "supervisors@example.org"
    assert "Breach" in mailbox.messages[0]["Subject"]
