"""The morning's digest: what it counts, when it is sent, and the mail that a real server takes.

Temporary selections received on Monday 28 April 2025 are critical from Friday 23 May and due on Tuesday 27 May; those received on
Wednesday 30 April are critical from Tuesday 27 May and due on Thursday 29 May.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import Gauge

from services.compliance.alerts.delivery_log import Lease
from services.compliance.attainment.attainment import Attainment
from services.compliance.notifications import supervisors
from services.compliance.notifications.digest import mail as digest_mail
from services.compliance.notifications.digest.digest import URGENCIES, Digest, DigestLine
from services.compliance.notifications.digest.mail import Envelope
from services.compliance.notifications.digest.schedule import (
    DigestSchedule,
    MailError,
    Smtp,
    digests,
)
from services.compliance.notifications.service import LEASE, notification_service
from shared.domain import delay
from shared.domain.calendars.values import BilingualText
from shared.domain.events import Event
from shared.errors import SettingError
from shared.metrics.registry import Metrics
from shared.metrics.series import DIGESTS_PENDING
from shared.text import formats
from shared.text.texts import Language
from tests.builders import CATALOGUE, answered, decided, received, requested
from tests.servers.ports import free_ports
from tests.servers.smtp import Mailbox
from tests.services.world import World, world

EXAMPLE = Path(__file__).parents[3] / "deploy" / "alertmanager" / "supervisors.yaml"
DIRECTORY = supervisors.load(EXAMPLE.read_text(encoding="utf-8"), CATALOGUE)
MORNING = "2025-05-23 08:00"
AT = datetime(2025, 5, 23, 12, tzinfo=UTC)


class Letters:
    """A post that keeps what it is given, and refuses mails of a subject."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.refused = ""

    async def send(self, mail: EmailMessage) -> None:
        if self.refused and self.refused in mail["Subject"]:
            raise MailError("no")
        self.sent.append(mail)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.sent]


def pending(known: World) -> Gauge:
    return Metrics(known.now).gauge(DIGESTS_PENDING)


def desk(
    known: World, post: Letters | Smtp, name: str = "first", unsent: Gauge | None = None
) -> DigestSchedule:
    return DigestSchedule(
        known.embedded.compliance,
        CATALOGUE,
        DIRECTORY,
        post,
        Lease(known.embedded.database, "digests", name, lasts=LEASE),
        public_url="https://e.example.org",
        wall=known.now,
        pending=unsent or pending(known),
    )


def told(gauge: Gauge) -> float:
    [family] = gauge.collect()
    return family.samples[0].value


@pytest.fixture
async def known(tmp_path: Path) -> AsyncIterator[World]:
    """Montréal: 3 critical today and due on Tuesday, 2 critical on Tuesday, 1 overdue, 1 waiting, 1 due in June; 4 decided on time and 1 late this month."""
    async with world(tmp_path) as made:
        for name, day, files in (("today", "2025-04-28", 3), ("tuesday", "2025-04-30", 2)):
            await made.append(*(received(f"{name}-{n}", day) for n in range(files)))
        await made.append(received("overdue", "2025-04-14"))
        await made.append(received("june", "2025-05-20"))
        await made.append(received("waiting", "2025-04-28"), requested("waiting", "2025-05-02"))
        for number in range(5):
            name = f"decided-{number}"
            day = "2025-05-22" if number == 4 else "2025-05-09"
            await made.append(received(name, "2025-04-14"), decided(name, day))
        await made.append(received("elsewhere", "2025-05-21", standard="courriel", unit="laval"))
        await made.live(until=MORNING)
        yield made


async def test_a_digest_counts_what_is_urgent_and_the_months_worst(known: World) -> None:
    montreal, laval = await digests(known.embedded.database, CATALOGUE, date(2025, 5, 23))
    assert montreal.lines == [
        DigestLine(
            standard="caq-etudes",
            overdue=1,
            last_day=0,
            critical=3,
            month=Attainment(5, 4, 1),
            worst=Attainment(11, 4, 7),
        )
    ]
    assert [file.file_id for file in montreal.files] == ["overdue", "today-0", "today-1", "today-2"]
    assert (laval.unit, laval.lines[0].last_day) == ("laval", 1)


async def test_each_unit_has_one_digest_at_eight_on_a_business_day(known: World) -> None:
    letters = Letters()
    morning = desk(known, letters)
    for moment in ("2025-05-23 07:59", "2025-05-23 08:00", "2025-05-23 08:01"):
        await known.live(until=moment)
        await morning.turn(known.now())
    assert letters.subjects() == ["1 dépassé, 3 critiques — Montréal", "1 au dernier jour — Laval"]
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
    await known.live(until="2025-06-24 08:30")  # a holiday
    await morning.turn(known.now())
    assert len(letters.sent) == 4


async def test_a_unit_that_is_refused_keeps_no_other_from_its_digest_and_what_comes_back_says_so(
    known: World, caplog: pytest.LogCaptureFixture
) -> None:
    letters = Letters()
    letters.refused = "Montréal"
    unsent = pending(known)
    morning = desk(known, letters, unsent=unsent)
    with pytest.raises(MailError, match="montreal: no"):
        await morning.turn(known.now())
    assert letters.subjects() == ["1 au dernier jour — Laval"]
    assert told(unsent) == 1
    letters.refused = ""
    with caplog.at_level("INFO", logger="echeance.digest"):
        await morning.turn(known.now() + timedelta(minutes=5))
        await morning.turn(known.now() + timedelta(minutes=6))
    assert len(letters.sent) == 2 and told(unsent) == 0
    assert [one.getMessage() for one in caplog.records if one.name == "echeance.digest"] == [
        "digests are sent again (failures before: 1)"
    ]


async def test_a_real_server_takes_a_mail_in_both_languages(known: World, mailbox: Mailbox) -> None:
    await desk(known, Smtp(f"smtp://{mailbox.address}", None)).turn(known.now())
    mail = mailbox.messages[0]
    assert mail["Subject"] == "1 dépassé, 3 critiques — Montréal"
    assert mail["To"] == "chefs.montreal@example.org, soutien.montreal@example.org"
    assert mail["Message-ID"] == "<digest.montreal.2025-05-23@example.org>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain and html
    text = plain.get_content()
    assert "Critiques\u00a0: 3" in text and "Critical: 3" in text
    assert "À ce jour\u00a0: 80,00\u00a0%\u00a0; si rien n’est fait\u00a0: 36,36\u00a0%" in text
    assert (
        "- overdue\u00a0: dépassé, 6 jours ouvrables de retard (échéance\u00a0: 14 mai 2025)"
        in text
    )
    assert "https://e.example.org/files/overdue" in text
    assert "https://e.example.org/worklist?unit=montreal" in text
    assert ">Dépassés</th>" in html.get_content()


async def test_more_files_than_a_mail_names_are_counted(tmp_path: Path) -> None:
    letters = Letters()
    async with world(tmp_path) as known:
        await known.live(*(received(f"F{number:02}", "2025-04-28") for number in range(23)))
        await known.live(until="2025-05-27 08:00")
        await desk(known, letters).turn(known.now())
    plain = letters.sent[0].get_body(("plain",))
    assert plain
    text = plain.get_content()
    assert letters.subjects() == ["23 au dernier jour — Montréal"]
    assert text.count("- F") == 40 and "… et 3 autres." in text and "… and 3 more." in text
    assert "dernier jour\u00a0: aujourd’hui" in text and "last day: today" in text


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
            async with notification_service(
                settings, log, base, CATALOGUE, Metrics(known.now), known.now
            ):
                pass
        named = settings._replace(supervisors=EXAMPLE)
        async with notification_service(
            named, log, base, CATALOGUE, Metrics(known.now), known.now
        ) as notifications:
            assert len(notifications.background) == 3


_UNITS = ("montreal", "laval")
_STANDARDS = ("caq-etudes", "peq", "courriel", "plainte", "accompagnement", "telephone")
_LIVES = st.lists(
    st.tuples(
        st.sampled_from(_UNITS),
        st.sampled_from(_STANDARDS),
        st.integers(0, 200),
        st.lists(st.integers(0, 25), max_size=5),
    ),
    min_size=1,
    max_size=12,
)


@given(_LIVES, st.integers(0, 40))
@settings(max_examples=max(settings().max_examples // 5, 5))
def test_each_open_file_that_needs_an_eye_stands_in_one_column_and_no_other_file_in_any(
    lives: Sequence[tuple[str, str, int, list[int]]], passed: int
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_each_file_in_one_column(Path(folder), lives, passed))


async def _each_file_in_one_column(
    folder: Path, lives: Sequence[tuple[str, str, int, list[int]]], passed: int
) -> None:
    """Files received up to 200 days ago, asked for documents and answered now and then; read some days later."""
    today = date(2025, 5, 1) + timedelta(days=passed)
    now = f"{today} 08:00"
    events: dict[str, list[Event]] = {}
    for number, (unit, standard, age, gaps) in enumerate(lives):
        name, day = f"F{number}", today - timedelta(days=age)
        events[name] = [received(name, f"{day} 07:00", standard=standard, unit=unit)]
        for turn, gap in enumerate(gaps):
            day += timedelta(days=gap)
            change = requested if turn % 2 == 0 else answered
            if day < today:
                events[name].append(change(name, f"{day} 07:{turn + 1:02}"))
    async with world(folder, now) as known:
        await known.live(*(event for life in events.values() for event in life))
        made = {one.unit: one for one in await digests(known.embedded.database, CATALOGUE, today)}
    expected: dict[str, dict[str, str]] = {unit: {} for unit in _UNITS}
    for (unit, standard, *_), (name, life) in zip(lives, events.items(), strict=True):
        terms = CATALOGUE.standards[standard]
        calendar = CATALOGUE.calendar_of(terms)
        [cycle] = delay.evaluate(life, terms, calendar, known.now()).cycles
        if cycle.state.stage is None or not cycle.state.measured:
            continue
        if cycle.remaining < 0:
            expected[unit][name] = "overdue"
        elif cycle.state.due_on and cycle.state.due_on <= today:
            expected[unit][name] = "last_day"
        elif cycle.state.stage == "critical":
            expected[unit][name] = "critical"
    for unit, columns in expected.items():
        digest = made.get(unit)
        listed = {file.file_id: file.urgency for file in digest.files} if digest else {}
        assert listed == columns
        for column in URGENCIES:
            assert (digest.total(column) if digest else 0) == list(columns.values()).count(column)


@given(st.text(min_size=1), st.text(min_size=1), st.integers(0, 10**6))
def test_a_mail_can_be_made_whatever_names_the_catalogue_has(
    unit: str, standard: str, overdue: int
) -> None:
    names = [BilingualText.model_construct(fr=name, en=name) for name in (unit, standard)]
    of_unit = CATALOGUE.units["montreal"].model_copy(update={"name": names[0]})
    of_standard = CATALOGUE.standards["peq"].model_copy(update={"name": names[1]})
    named = CATALOGUE.model_copy(
        update={
            "units": {**CATALOGUE.units, "montreal": of_unit},
            "standards": {**CATALOGUE.standards, "peq": of_standard},
        }
    )
    nothing = Attainment(0, 0, 0)
    line = DigestLine("peq", overdue, 1, 99_999, month=nothing, worst=nothing)
    made = Digest("montreal", date(2025, 5, 23), [line], [])
    for spoken in get_args(Language):
        envelope = Envelope("e@example.org", ["a@example.org"], AT, "https://e.example.org", spoken)
        mail = digest_mail.message(made, named, envelope, AT)
        sent = message_from_bytes(mail.as_bytes(), policy=default)
        subject = str(sent["Subject"])
        assert len(subject) <= 78 and not set(subject) & set("\r\n\0")
        if overdue:
            words = {"fr": "dépassé", "en": "overdue"}[spoken]
            assert subject.startswith(f"{formats.number(overdue, spoken)} {words}")
        assert sent["To"] == "a@example.org" and sent.get_body(("plain",)) is not None
