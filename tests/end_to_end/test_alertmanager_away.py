"""The real Alertmanager out of reach for an hour: it goes on by itself meanwhile, and nothing is lost, ended by silence, or mailed twice.

An interval of a quarter of a second stands for the minute, so that the hour is a quarter of one.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from shared.process import runner
from tests.builders import decided, received
from tests.end_to_end.alertmanagers import (
    EVENING,
    NIGHT,
    STANDARDS,
    UNITS,
    alertmanager,
    always,
    files,
    many_units,
    notifying,
    soon,
    text,
    told_again,
)
from tests.servers.proxy import Proxy
from tests.servers.smtp import Mailbox
from tests.services.world import world

MINUTE = timedelta(seconds=0.25)
HOUR = 60 * MINUTE
PER_STANDARD = 5
FILES = len(UNITS) * len(STANDARDS) * PER_STANDARD


async def test_an_hour_out_of_reach_loses_no_alert_ends_none_and_mails_none_again(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with world(tmp_path, catalogue=many_units()) as known:
        await known.live(*files(PER_STANDARD), until=EVENING)
        with (
            alertmanager(tmp_path, mailbox, always()) as server,
            Proxy(urlsplit(server.url).port or 0) as way,
        ):
            async with notifying(known, f"http://127.0.0.1:{way.port}", MINUTE) as notifier:
                await known.live(until=NIGHT)
                await server.comes_to(FILES)
                await soon(lambda: len(mailbox.messages) >= len(UNITS), "a mail for each unit")
                way.refuse()
                until = runner.now() + HOUR
                gone = [f"plainte-{unit}-0" for unit in UNITS]
                await known.live(*(decided(name, NIGHT) for name in gone))
                late = received("surplus", STANDARDS["plainte"], standard="plainte", unit=UNITS[0])
                await known.live(late)

                def hour_passed() -> bool:
                    assert len(server.alerts()) == FILES  # nothing ended, for nobody said so
                    return runner.now() > until

                await soon(hour_passed, "an hour")
                assert notifier.pushers[0].failures >= 2
                way.restore()
                await server.comes_to(FILES - len(gone) + 1)
                left = {alert["labels"]["file"] for alert in server.alerts()}
                assert "surplus" in left and left.isdisjoint(gone)
                await told_again(notifier, 3)
    mailed = Counter(_unit(message) for message in mailbox.messages)
    assert "- surplus\u00a0: " in text(mailbox.messages[-1])
    assert mailed == {unit: 1 + (unit == UNITS[0]) for unit in UNITS}


def _unit(message: EmailMessage) -> str:
    return str(message["Subject"]).partition(" — ")[2]
