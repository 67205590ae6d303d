"""The real Alertmanager and a real e-mail server: one mail for each unit of a night, once it is opening time; inhibition, silence, order."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

from shared.process import runner
from tests.builders import decided, received
from tests.end_to_end.alertmanagers import (
    EVENING,
    LATER,
    NIGHT,
    STANDARDS,
    UNITS,
    alertmanager,
    always,
    files,
    many_units,
    notifying,
    opening_at,
    soon,
    soonest_opening,
    text,
    told_again,
    until,
)
from tests.servers.smtp import Mailbox
from tests.services.world import world

PER_STANDARD = 50
PER_UNIT = PER_STANDARD * len(STANDARDS)
FILES = PER_UNIT * len(UNITS)


async def test_a_night_of_alerts_is_one_mail_for_each_unit_in_opening_hours_whatever_becomes_of_alertmanager(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    async with world(tmp_path, catalogue=many_units()) as known:
        await known.live(*files(PER_STANDARD), until=EVENING)
        await known.live(until=NIGHT)
        opens = soonest_opening(timedelta(seconds=25))
        with alertmanager(tmp_path, mailbox, opening_at(opens)) as server:
            async with notifying(known, server.url) as notifier:
                await server.comes_to(FILES, active="true")
                await told_again(notifier, 3)
                assert runner.now() < opens
                await asyncio.to_thread(server.lose_everything)
                await server.comes_to(FILES)
                await until(opens, lambda: not mailbox.messages)
                await soon(lambda: len(mailbox.messages) >= len(UNITS), "a mail for each unit")
                await told_again(notifier, 2)
                _each_unit_once(mailbox)
                await asyncio.to_thread(server.restart)
                await server.comes_to(FILES)
                await told_again(notifier, 3)
                _each_unit_once(mailbox)
                gone = [f"plainte-unite-0-{number}" for number in range(PER_STANDARD)]
                gone += [f"caq-etudes-unite-{number}-0" for number in range(10)]
                await known.live(*(decided(name, NIGHT) for name in gone))
                await server.comes_to(FILES - len(gone))
                left = {alert["labels"]["file"] for alert in server.alerts()}
                assert left.isdisjoint(gone)


def _each_unit_once(mailbox: Mailbox) -> None:
    subjects = Counter(str(message["Subject"]) for message in mailbox.messages)
    assert len(subjects) == len(UNITS) and set(subjects.values()) == {1}, subjects
    for message in mailbox.messages:
        assert str(message["Subject"]).startswith(f"{PER_UNIT} à risque — unite-")
        for said in (text(message), text(message, "html")):
            assert f"… et {PER_UNIT - 20} autres" in said
            assert f"… and {PER_UNIT - 20} more" in said
            assert said.count("https://e.example.org/files/") == 40


async def test_the_graver_stage_hides_the_milder_one_and_a_silence_holds(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    some = [received(f"F{number}", "2025-04-28", unit=UNITS[number]) for number in range(4)]
    async with world(tmp_path, catalogue=many_units()) as known:
        await known.live(*some, until=NIGHT)
        await known.live(until="2025-05-23 00:30")
        with alertmanager(tmp_path, mailbox, always()) as server:
            server.silence("unit", UNITS[3])
            async with notifying(known, server.url):
                await server.comes_to(8)
                await server.comes_to(6, silenced="false")
                await soon(lambda: len(mailbox.messages) >= 3, "3 mails")
                shown = server.alerts(inhibited="false", silenced="false")
                assert {alert["labels"]["stage"] for alert in shown} == {"critical"}
                await known.live(until=LATER)
                await server.comes_to(12)
                await server.comes_to(3, inhibited="false", silenced="false")
                shown = server.alerts(inhibited="false", silenced="false")
                assert {alert["labels"]["stage"] for alert in shown} == {"overdue"}
    mailed = " ".join(str(message["Subject"]) for message in mailbox.messages)
    assert UNITS[3] not in mailed
    first = text(mailbox.messages[0])
    assert "critique" in first and "à risque" not in first


async def test_a_mail_lists_the_gravest_first_and_then_the_longest_in_its_stage(
    prometheus_programs: None, tmp_path: Path, mailbox: Mailbox
) -> None:
    days = {"old": "2025-04-14", "a": "2025-05-02", "b": "2025-04-30", "grave": "2025-04-28"}
    some = [received(name, day, unit=UNITS[0]) for name, day in days.items()]
    async with world(tmp_path, catalogue=many_units()) as known:
        await known.live(*some, until="2025-05-26 09:00")
        with alertmanager(tmp_path, mailbox, always()) as server:
            async with notifying(known, server.url):
                await soon(lambda: bool(mailbox.messages), "a mail")
    assert str(mailbox.messages[0]["Subject"]) == "1 dépassé, 1 critique, 2 à risque — unite-0"
    listed = re.findall(r"^- (\w+)\u00a0: (\w+)", text(mailbox.messages[0]), re.MULTILINE)
    assert listed == [("old", "dépassé"), ("grave", "critique"), ("b", "à"), ("a", "à")]
