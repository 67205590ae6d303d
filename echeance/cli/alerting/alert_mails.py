"""``echeance alerts``: preview the mails to supervisors, and send one test mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import get_args

import click
from pydantic import TypeAdapter, ValidationError

from echeance.cli.options import CATALOGUE, DATA
from echeance.system import read_only, write_private
from services.clock import ClockStore
from services.compliance.notifications import (
    Directory,
    Mail,
    Part,
    PreviewMail,
    public_url,
    supervisors,
)
from services.compliance.notifications import preview as preview_mails
from services.compliance.notifications.alertmanager import (
    AmtoolError,
    find_amtool,
    template_data,
    template_file,
)
from services.compliance.notifications.digest import MailError, Smtp
from shared.database import Database
from shared.domain import Catalogue
from shared.process import (
    distributed,
    environment,
    fail,
    language,
    load_catalogue,
    runner,
    say,
    tell,
)
from shared.text import Text, formats

SUPERVISORS = click.option(
    "--supervisors",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=say(
        "Qui est averti\u00a0: supervisors.yaml\u00a0; ECHEANCE_SUPERVISORS par défaut.",
        "Who is told: supervisors.yaml; ECHEANCE_SUPERVISORS by default.",
    ),
)


@click.group(
    "alerts",
    help=say(
        "Les courriels\u00a0: les lire avant qu’ils ne partent, essayer le serveur de courriel.",
        "The mails: read them before they are sent, try the mail server.",
    ),
)
def alerts() -> None:
    """Beside a system at work, which is not disturbed."""


@alerts.command(
    help=say(
        "Montre les courriels qui partiraient maintenant\u00a0: le bilan du matin de chaque unité, et ce qu’Alertmanager lui enverrait.",
        "Show the mails that would be sent now: each unit’s morning digest, and what Alertmanager would send it.",
    )
)
@SUPERVISORS
@click.option("--unit", help=say("Seulement cette unité.", "Only this unit."))
@click.option(
    "--part",
    type=click.Choice(get_args(Part)),
    default="text",
    show_default=True,
    help=say("La partie à montrer.", "The part to show."),
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier où écrire les deux parties, au lieu de les montrer.",
        "Directory to write both parts to, instead of showing one.",
    ),
)
@DATA
@CATALOGUE
def preview(
    file: Path | None,
    unit: str | None,
    part: Part,
    output: Path | None,
    data: Path | None,
    catalogue_file: Path | None,
) -> None:
    """Print one part of each mail, or write both."""
    catalogue = load_catalogue(catalogue_file or environment().catalogue)
    if unit is not None and unit not in catalogue.units:
        units = ", ".join(catalogue.units)
        fail(
            f"le catalogue n’a pas d’unité {unit}\u00a0; il a\u00a0: {units}",
            f"the catalogue has no unit {unit}; it has: {units}",
        )
    directory = _directory(file, catalogue)
    mails = asyncio.run(_mails(data, catalogue, directory))
    of_unit = [one for one in mails if unit in (None, one.unit)]
    if not of_unit:
        tell("aucun courriel ne partirait maintenant", "no mail would be sent now")
    for mail in of_unit:
        if output is None:
            click.echo(f"{_headers(mail)}\n\n{mail.parts[part].strip()}\n")
        else:
            _write(mail, output)


def _directory(file: Path | None, catalogue: Catalogue) -> Directory:
    path = file or environment().supervisors
    if path is None:
        fail(
            "nommer qui est averti\u00a0: --supervisors supervisors.yaml, ou ECHEANCE_SUPERVISORS",
            "name who is told: --supervisors supervisors.yaml, or ECHEANCE_SUPERVISORS",
        )
    return supervisors.load(path.read_text(encoding="utf-8"), catalogue, str(path))


@asynccontextmanager
async def _figures(data: Path | None, catalogue: Catalogue) -> AsyncIterator[Database]:
    """The database to read: PostgreSQL without ``data``, else a directory that may be in use."""
    settings = environment()
    if settings.database and data is None:
        async with distributed.database(settings) as database:
            yield database
    else:
        async with read_only(data or settings.data) as database:
            await ClockStore(database).require(catalogue)
            yield database


async def _mails(
    data: Path | None, catalogue: Catalogue, directory: Directory
) -> Sequence[PreviewMail]:
    now, url = runner.now(), public_url(environment())
    calendar = catalogue.calendar(directory.calendar)
    today = calendar.local_day(now)
    if not calendar.is_business_day(today):
        day = formats.day(today, language())
        click.echo(
            say(
                f"le {day} est un jour chômé\u00a0: aucun courriel ne part\u00a0; voici ce qu’ils diraient.",
                f"{day} is a day off: no mail is sent; this is what they would say.",
            ),
            err=True,
        )
    async with _figures(data, catalogue) as database:
        units = await preview_mails.alert_data(database, catalogue, url, now)
        digests = await preview_mails.digest_mails(database, catalogue, directory, url, today, now)
    return [*digests, *_of_alertmanager(units, directory, catalogue)]


def _of_alertmanager(
    units: Mapping[str, template_data.TemplateData], directory: Directory, catalogue: Catalogue
) -> Sequence[PreviewMail]:
    amtool = find_amtool()
    if amtool is None:
        if units:
            click.echo(
                say(
                    f"amtool n’est pas installé\u00a0: les courriels d’Alertmanager ({len(units)}) ne peuvent être montrés",
                    f"amtool is not installed: the mails of Alertmanager ({len(units)}) cannot be shown",
                ),
                err=True,
            )
        return []
    text = template_file(catalogue, environment().public_url)
    try:
        return preview_mails.alert_mails(units, text, directory, amtool)
    except AmtoolError as error:
        fail(f"amtool\u00a0: {error}", f"amtool: {error}")


def _headers(mail: PreviewMail) -> str:
    nobody = say("(personne\u00a0: l’unité n’a pas d’adresse)", "(nobody: the unit has no address)")
    return "\n".join(
        [
            f"———— {mail.name}",
            say(f"À\u00a0: {mail.to or nobody}", f"To: {mail.to or nobody}"),
            say(f"Objet\u00a0: {mail.subject}", f"Subject: {mail.subject}"),
        ]
    )


def _write(mail: PreviewMail, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text, html = folder / f"{mail.name}.txt", folder / f"{mail.name}.html"
    write_private(text, f"{_headers(mail)}\n\n{mail.parts['text']}")
    write_private(html, mail.parts["html"])
    click.echo(f"{text}, {html}")


@alerts.command(
    "test-mail",
    help=say(
        "Envoie un vrai courriel à ADDRESS par le serveur de ECHEANCE_SMTP, et dit ce qu’il en est advenu.",
        "Send one real mail to ADDRESS through the server of ECHEANCE_SMTP, and say what became of it.",
    ),
)
@click.argument("address")
@SUPERVISORS
@CATALOGUE
def test_mail(address: str, file: Path | None, catalogue_file: Path | None) -> None:
    """Send it from the sender of supervisors.yaml."""
    settings = environment()
    if not settings.smtp:
        fail(
            "aucun serveur de courriel\u00a0: écrire ECHEANCE_SMTP=smtp://user@mail.example.org:587",
            "no mail server: write ECHEANCE_SMTP=smtp://user@mail.example.org:587",
        )
    directory = _directory(file, load_catalogue(catalogue_file or settings.catalogue))
    try:
        to = TypeAdapter(Mail).validate_python(address)
    except ValidationError:
        fail(
            f"{address} n’est pas une adresse de courriel, comme equipe@example.org",
            f"{address} is no e-mail address, such as team@example.org",
        )
    mail = _trial(directory.sender, to, runner.now())
    post = Smtp(settings.smtp, settings.smtp_password_file, settings.smtp_ca_file)
    try:
        asyncio.run(post.send(mail))
    except MailError as error:
        fail(f"le courriel n’a pas été pris\u00a0: {error}", f"the mail was not taken: {error}")
    tell(
        f"{post.address} a pris le courriel de {directory.sender} pour {to}\u00a0; voir s’il arrive",
        f"{post.address} took the mail from {directory.sender} to {to}; see whether it arrives",
    )


def _trial(sender: str, to: str, at: datetime) -> EmailMessage:
    words = Text(
        "Ceci est un essai d’Échéance\u00a0: les courriels du matin partent par ce serveur.",
        "This is a trial of Échéance: the morning’s mails are sent through this server.",
    )
    mail = EmailMessage()
    mail["Subject"] = say("Essai d’Échéance", "Trial of Échéance")
    mail["From"], mail["To"], mail["Date"] = sender, to, format_datetime(at)
    mail.set_content(f"{words.fr}\n\n{words.en}\n")
    return mail
