"""The morning's digest: what it counts, when it is sent, and the mail that a real server takes.

Temporary selections received on Monday 28 April 2025 are critical from Friday 23 May and due on Tuesday 27 May; those received on
Wednesday 30 April are critical from Tuesday 27 May and due on Thursday 29 May.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.compliance import supervisors
from services.compliance.alert_desk import Lease
from services.compliance.alerting import LEASE, alerting
from services.compliance.attainment import Attainment
from services.compliance.digest import Line
from services.compliance.morning import MailError, Morning, Smtp
from shared.exposition import Metrics
from shared.settings import SettingError
from tests.servers.ports import free_ports
from tests.servers.smtp import Mailbox
from tests.services.world import CATALOGUE, World, decided, received, requested, world

EXAMPLE = Path(__file__).parents[3] / "deploy" / "alertmanager" / "supervisors.yaml"
DIRECTORY = supervisors.load(EXAMPLE.read_text(encoding="utf-8"), CATALOGUE)
MORNING = "2025-05-23 08:00"


class Letters:
    """A post that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.refusing = False

    async def send(self, mail: EmailMessage) -> None:
        if self.refusing:
            raise MailError("no")
        self.sent.append(mail)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]).partition(" / ")[0] for mail in self.sent]


def desk(known: World, post: Letters | Smtp, name: str = "first") -> Morning:
    lease = Lease(known.embedded.database, "digests", name, lasts=LEASE)
    return Morning(
        known.embedded.compliance,
        CATALOGUE,
        DIRECTORY,
        post,
        lease,
        public_url="https://e.example.org",
        wall=known.now,
    )


@asynccontextmanager
async def may(folder: Path) -> AsyncIterator[World]:
    """Montréal: 3 critical today, 2 critical on Tuesday, 1 overdue, 1 waiting, 1 due in June; 4 decided on time and 1 late this month."""
    async with world(folder) as known:
        for name, day, files in (("today", "2025-04-28", 3), ("tuesday", "2025-04-30", 2)):
            await known.append(*(received(f"{name}-{n}", day) for n in range(files)))
        await known.append(received("overdue", "2025-04-14"))
        await known.append(received("june", "2025-05-20"))
        await known.append(received("waiting", "2025-04-28"), requested("waiting", "2025-05-02"))
        for number in range(5):
            name = f"decided-{number}"
            day = "2025-05-22" if number == 4 else "2025-05-09"
            await known.append(received(name, "2025-04-14"), decided(name, day))
        await known.append(received("elsewhere", "2025-05-21", standard="courriel", unit="laval"))
        await known.live(until=MORNING)
        yield known


async def test_a_digest_counts_what_is_overdue_what_becomes_critical_and_the_months_worst(
    tmp_path: Path,
) -> None:
    async with may(tmp_path) as known:
        friday = await desk(known, Letters()).digests(date(2025, 5, 23))
        monday = await desk(known, Letters()).digests(date(2025, 5, 26))
    montreal, laval = friday
    assert montreal.lines == [
        Line(
            standard="caq-etudes",
            overdue=1,
            critical_today=3,
            critical_this_week=0,
            month=Attainment(5, 4, 1),
            worst=Attainment(11, 4, 7),
        )
    ]
    assert (laval.unit, laval.lines[0].critical_today) == ("laval", 1)
    assert monday[0].lines[0].critical_this_week == 2
    assert monday[0].lines[0].critical_today == 0


async def test_each_unit_has_one_digest_at_eight_on_a_business_day(tmp_path: Path) -> None:
    letters = Letters()
    async with may(tmp_path) as known:
        morning = desk(known, letters)
        for moment in ("2025-05-23 07:59", "2025-05-23 08:00", "2025-05-23 08:01"):
            await known.live(until=moment)
            await morning.turn(known.now())
        assert letters.subjects() == ["Délais du jour — Montréal", "Délais du jour — Laval"]
        await desk(known, letters, "second").turn(known.now())
        await known.live(until="2025-05-23 09:00")
        await desk(known, letters, "after a restart").turn(known.now())
        assert len(letters.sent) == 2
        for moment in ("2025-05-24 08:30", "2025-05-25 08:30", "2025-05-26 13:00"):
            await known.live(until=moment)
            await morning.turn(known.now())
        assert len(letters.sent) == 2
        await known.live(until="2025-05-27 08:30")
        await morning.turn(known.now())
        assert len(letters.sent) == 4


async def test_a_holiday_has_no_digest(tmp_path: Path) -> None:
    letters = Letters()
    async with may(tmp_path) as known:
        await known.live(until="2025-06-24 08:30")
        await desk(known, letters).turn(known.now())
    assert letters.sent == []


async def test_a_mail_server_that_refuses_is_asked_again(tmp_path: Path) -> None:
    letters = Letters()
    letters.refusing = True
    async with may(tmp_path) as known:
        morning = desk(known, letters)
        with pytest.raises(MailError):
            await morning.turn(known.now())
        letters.refusing = False
        await morning.turn(known.now() + timedelta(minutes=5))
    assert len(letters.sent) == 2


async def test_a_real_server_takes_a_mail_in_both_languages(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with may(tmp_path) as known:
        await desk(known, Smtp(f"smtp://{mailbox.address}", None)).turn(known.now())
    mail = mailbox.messages[0]
    assert mail["Subject"] == "Délais du jour — Montréal / Deadlines today — Montréal"
    assert mail["To"] == "chefs.montreal@example.org, soutien.montreal@example.org"
    assert mail["Message-ID"] == "<digest.montreal.2025-05-23@example.org>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain and html
    text = plain.get_content()
    assert "Critiques dès aujourd’hui : 3" in text and "Critical from today : 3" in text
    assert "Mois, à ce jour : 80,00\u00a0% ; Mois, si rien n’est fait : 36,36\u00a0%" in text
    assert "https://e.example.org/worklist?unit=montreal" in text
    assert '<th scope="col">Dépassés</th>' in html.get_content()


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    [port] = free_ports(1)
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@example.org", "b@example.org"
    with pytest.raises(MailError, match=r"127\.0\.0\.1"):
        await Smtp(f"smtp://127.0.0.1:{port}", None).send(mail)


async def test_a_mail_server_without_supervisors_is_a_fault_that_is_told(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        settings = known.settings._replace(smtp="smtp://127.0.0.1:25")
        base, log = known.embedded.database, known.embedded.log
        with pytest.raises(SettingError, match="ECHEANCE_SUPERVISORS"):
            async with alerting(base, log, CATALOGUE, settings, Metrics(known.now), known.now):
                pass
        named = settings._replace(supervisors=EXAMPLE)
        async with alerting(base, log, CATALOGUE, named, Metrics(known.now), known.now) as told:
            assert told.morning is not None
