"""A unit's chat: Alertmanager posts the alerts of the unit to its webhook, and those of no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.builders import received
from tests.end_to_end.alertmanagers import UNITS, alertmanager, always, many_units, notifying, soon
from tests.servers.smtp import Mailbox
from tests.services.world import world


class _Chat(ThreadingHTTPServer):
    """What was posted to it, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.posts: list[dict[str, Any]] = []


class _Posted(BaseHTTPRequestHandler):
    server: _Chat

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.server.posts.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[_Chat]:
    with _Chat() as chat:
        serving = threading.Thread(target=chat.serve_forever)
        serving.start()
        try:
            yield chat
        finally:
            chat.shutdown()
            serving.join()


async def test_a_units_chat_is_told_of_its_alerts_by_webhook(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    some = [
        received(f"{unit}-{number}", "2025-04-28", unit=unit)
        for unit in UNITS[:2]
        for number in range(2)
    ]
    with listening() as chat:
        told = {UNITS[0]: {"webhook": f"http://127.0.0.1:{chat.server_port}/hooks/{UNITS[0]}"}}
        async with world(tmp_path, catalogue=many_units()) as known:
            await known.live(*some, until="2025-05-20 09:00")
            with alertmanager(tmp_path, mailbox, always(), told) as server:
                async with notifying(known, server.url):
                    await soon(lambda: bool(chat.posts and mailbox.messages), "a post and a mail")
    posted = chat.posts[0]
    assert posted["status"] == "firing" and posted["groupLabels"]["unit"] == UNITS[0]
    assert {alert["labels"]["file"] for alert in posted["alerts"]} == {
        f"{UNITS[0]}-0",
        f"{UNITS[0]}-1",
    }
    assert all("https://e.example.org/files/" in json.dumps(alert) for alert in posted["alerts"])
    assert {post["groupLabels"]["unit"] for post in chat.posts} == {UNITS[0]}
    assert {str(mail["Subject"]).split(" — ")[1] for mail in mailbox.messages} == {UNITS[1]}
