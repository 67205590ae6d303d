"""Previews of the mails that would be sent now: digests, and Alertmanager's of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from services.compliance.alerts import AlertStore
from services.compliance.notifications.alertmanager import Amtool, template_data
from services.compliance.notifications.digest import schedule
from services.compliance.notifications.messages import AlertMessages
from services.compliance.notifications.source import StoredAlertSource
from services.compliance.notifications.supervisors import Directory
from shared.database import Database
from shared.domain import Catalogue

Part = Literal["text", "html"]


class PreviewMail(NamedTuple):
    """A mail as it would be sent; ``to`` is empty where the unit has no address."""

    name: str
    unit: str
    subject: str
    to: str
    parts: Mapping[Part, str]


async def digest_mails(
    database: Database,
    catalogue: Catalogue,
    directory: Directory,
    public_url: str,
    today: date,
    now: datetime,
) -> Sequence[PreviewMail]:
    """The digest of every unit that has one."""
    mails = []
    for one in await schedule.digests(database, catalogue, today):
        mail = schedule.mail_of(one, directory, catalogue, public_url=public_url, at=now, now=now)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None and html is not None
        parts: Mapping[Part, str] = {"text": plain.get_content(), "html": html.get_content()}
        name, subject, to = f"digest-{one.unit}", str(mail["Subject"]), str(mail["To"])
        mails.append(PreviewMail(name, one.unit, subject, to, parts))
    return mails


async def alert_data(
    database: Database, catalogue: Catalogue, public_url: str, now: datetime
) -> Mapping[str, template_data.TemplateData]:
    """The data of Alertmanager's templates for each unit with active alerts."""
    messages = AlertMessages(catalogue, public_url)
    source = StoredAlertSource(AlertStore(database), messages, lambda: now)
    return template_data.of_units([message async for message in source.active()], now)


def alert_mails(
    data: Mapping[str, template_data.TemplateData],
    templates: str,
    directory: Directory,
    amtool: Amtool,
) -> Sequence[PreviewMail]:
    """Alertmanager's mail to each unit, rendered by its own command; raises ``AmtoolError``."""
    mails = []
    for unit, of_unit in data.items():
        supervisors = directory.of(unit)
        language = directory.spoken(supervisors)
        subject, text, html = (
            amtool.render(templates, of_unit, f"echeance.unit.{part}.{language}", kind=kind)
            for part, kind in (("subject", "text"), ("text", "text"), ("html", "html"))
        )
        to = ", ".join(supervisors.emails)
        parts: Mapping[Part, str] = {"text": text, "html": html}
        mails.append(PreviewMail(f"alerts-{unit}", unit, subject, to, parts))
    return mails
