"""Sends the digests: at eight on business days, one e-mail to each unit with urgent files.

Of several processes the holder of a lease sends, until noon where the mail server does not answer.
A digest is recorded after the mail server accepted it: a crash in between sends it twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
from prometheus_client import Gauge

from services.compliance.alerts.delivery_log import DeliveryLog, Lease
from services.compliance.notifications.digest import digest
from services.compliance.notifications.digest import mail as digest_mail
from services.compliance.notifications.digest.digest import Digest
from services.compliance.notifications.digest.mail import Envelope
from services.compliance.notifications.digest.urgent_files import urgent_files
from services.compliance.notifications.supervisors import Directory
from services.compliance.projection import ComplianceStore, Days, TallyScope, tally_queries
from shared.database import Database
from shared.domain import Catalogue
from shared.errors import SettingError, UnavailableError
from shared.process import Now, runner, secret, tls

_HOURS = range(8, 12)
_PORTS = {"smtp": 587, "smtp+insecure": 587, "smtps": 465}
_POLL_SECONDS = 20.0
_TIMEOUT_SECONDS = 20.0
_WITHOUT_TLS = " The password is not sent without TLS: write smtps:// in ECHEANCE_SMTP, or smtp+insecure:// where nobody else is on the way"
_log = logging.getLogger("echeance.digest")


class MailError(Exception):
    """The mail server did not accept a message; it is sent again later."""


class MailTransport(Protocol):
    """Where e-mail is sent."""

    async def send(self, mail: EmailMessage) -> None:
        """Return once it was accepted; raises :class:`MailError`."""


class Smtp(NamedTuple):
    """A mail server: ``smtps://user@host:port``, or ``smtp://`` with STARTTLS where it is offered.

    A password goes nowhere without TLS, unless the scheme is ``smtp+insecure://``.
    """

    url: str
    password_file: Path | None
    ca_file: Path | None = None

    @property
    def address(self) -> str:
        """Its host and port."""
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'localhost'}:{parts.port or _PORTS.get(parts.scheme, 587)}"

    async def send(self, mail: EmailMessage) -> None:
        parts = urlsplit(self.url)
        encrypted, insecure = parts.scheme == "smtps", parts.scheme == "smtp+insecure"
        must_encrypt = bool(parts.username) and not encrypted and not insecure
        try:
            await aiosmtplib.send(
                mail,
                hostname=parts.hostname or "localhost",
                port=parts.port or _PORTS.get(parts.scheme, 587),
                username=unquote(parts.username) if parts.username else None,
                password=self.password(),
                use_tls=encrypted,
                start_tls=True if must_encrypt else None,
                validate_certs=not insecure,
                tls_context=tls.smtp_context(self.ca_file),
                timeout=_TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, SettingError) as error:
            hint = _WITHOUT_TLS if must_encrypt and "STARTTLS" in str(error) else ""
            raise MailError(f"{self.address}: {error}{hint}") from error
        except ValueError as error:
            # A name or password that SMTP cannot carry; its text would leak it.
            raise MailError(f"{self.address}: {type(error).__name__}") from None

    def password(self) -> str | None:
        """The user's password, read each time: no restart. Raises ``SettingError``."""
        return secret("SMTP_PASSWORD_FILE", self.password_file) if self.password_file else None


async def digests(database: Database, catalogue: Catalogue, today: date) -> Sequence[Digest]:
    """The digests of today for every unit that has one, in the catalogue's order."""
    scope = TallyScope(list(catalogue.standards), None, list(catalogue.units))
    due = await tally_queries.sum_events(database, scope, [Days("due", *digest.month_of(today))])
    running = await tally_queries.open_now(database, scope, ["open_due"])
    found = []
    for unit in catalogue.units:
        urgent = await urgent_files(database, catalogue, unit, today)
        of_unit = digest.digest(catalogue, unit, today, urgent, running, due)
        if of_unit is not None:
            found.append(of_unit)
    return found


def mail_of(
    unit_digest: Digest,
    directory: Directory,
    catalogue: Catalogue,
    *,
    public_url: str,
    at: datetime,
    now: datetime,
) -> EmailMessage:
    """A digest's mail, dated ``at``; it has no recipient where the unit has no address."""
    supervisors = directory.of(unit_digest.unit)
    spoken = directory.spoken(supervisors)
    envelope = Envelope(directory.sender, supervisors.emails, at, public_url, spoken)
    return digest_mail.message(unit_digest, catalogue, envelope, now)


@dataclass(eq=False)
class DigestSchedule:
    """Sends each unit its digest of the day; mails and the lease are of the ``wall`` clock."""

    store: ComplianceStore
    catalogue: Catalogue
    directory: Directory
    transport: MailTransport
    lease: Lease
    _: KW_ONLY
    public_url: str
    wall: Now
    pending: Gauge
    _failures: int = field(default=0, init=False)
    _finished_on: date | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._delivery_log = DeliveryLog(self.store.database)
        self._calendar = self.catalogue.calendar(self.directory.calendar)

    async def turn(self, now: datetime) -> None:
        """Send what is due; raises :class:`MailError` where the mail server does not accept it."""
        today = self._calendar.local_day(now)
        in_time = now.astimezone(self._calendar.zone).hour in _HOURS
        if self._finished_on == today or not in_time or not self._calendar.is_business_day(today):
            return
        if await self.lease.acquire(self.wall()):
            await self._send_all(await self._due(today), now)
            self._finished_on = today
        else:
            self.pending.set(0)

    async def _due(self, today: date) -> Sequence[Digest]:
        """The digests of units that have an address, not sent yet."""
        return [
            one
            for one in await digests(self.store.database, self.catalogue, today)
            if self.directory.of(one.unit).emails
            and not await self._delivery_log.has_digest(one.unit, one.day)
        ]

    async def _send_all(self, due: Sequence[Digest], now: datetime) -> None:
        """Send each, also where another fails; raises :class:`MailError` with every failure."""
        errors: list[str] = []
        self.pending.set(len(due))
        for one in due:
            try:
                await self._send(one, now)
            except MailError as error:
                errors.append(f"{one.unit}: {error}")
            else:
                self.pending.dec()
        if errors:
            self._failures += 1
            raise MailError("; ".join(errors))
        if self._failures:
            _log.info("digests are sent again (failures before: %d)", self._failures)
            self._failures = 0

    async def _send(self, unit_digest: Digest, now: datetime) -> None:
        mail = mail_of(
            unit_digest,
            self.directory,
            self.catalogue,
            public_url=self.public_url,
            at=self.wall(),
            now=now,
        )
        await self.transport.send(mail)
        await self._delivery_log.record_digest(unit_digest.unit, unit_digest.day, self.wall())

    async def run(self, now: Now, stop: asyncio.Event) -> None:
        """Send what is due until stopped."""
        while not stop.is_set():
            try:
                await self.turn(now())
            except (MailError, UnavailableError) as error:
                _log.warning("a digest cannot be sent: %s", error)
            await runner.wait_for_stop(stop, _POLL_SECONDS)
