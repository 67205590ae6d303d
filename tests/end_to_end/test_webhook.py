"""A unit's chat: Alertmanager posts the alerts of the unit to its webhook, and those of no other."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders import received
from tests.end_to_end.alertmanagers import UNITS, alertmanager, always, many_units, notifying, soon
from tests.servers.receiver import receiving
from tests.servers.smtp import Mailbox
from tests.services.world import world


async def test_a_units_chat_is_told_of_its_alerts_by_webhook(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    some = [
        received(f"{unit}-{number}", "2025-04-28", unit=unit)
        for unit in UNITS[:2]
        for number in range(2)
    ]
    with receiving(200) as chat:
        told = {UNITS[0]: {"webhook": f"{chat.address}/hooks/{UNITS[0]}"}}
        async with world(tmp_path, catalogue=many_units()) as known:
            await known.live(*some, until="2025-05-20 09:00")
            with alertmanager(tmp_path, mailbox, always(), told) as server:
                async with notifying(known, server.url):
                    await soon(lambda: bool(chat.bodies and mailbox.messages), "a post and a mail")
    posts = [json.loads(body) for body in chat.bodies]
    posted = posts[0]
    assert posted["status"] == "firing" and posted["groupLabels"]["unit"] == UNITS[0]
    assert {alert["labels"]["file"] for alert in posted["alerts"]} == {
        f"{UNITS[0]}-0",
        f"{UNITS[0]}-1",
    }
    assert all("https://e.example.org/files/" in json.dumps(alert) for alert in posted["alerts"])
    assert {post["groupLabels"]["unit"] for post in posts} == {UNITS[0]}
    assert {str(mail["Subject"]).split(" — ")[1] for mail in mailbox.messages} == {UNITS[1]}
