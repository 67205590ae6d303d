"""``supervisors.yaml``: who is notified of each unit's files, and when. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from shared.domain import Catalogue, Word
from shared.domain.calendars import Intervals, StrictModel, Weekday
from shared.domain.strict_yaml import FaultsError, UnusableValueError, cited, reader
from shared.text import Language, Text


def _rule(holds: Callable[[str], object], french: str, english: str) -> AfterValidator:
    """What must hold of a value; the ``UnusableValueError`` otherwise says what to write."""

    def check(written: str) -> str:
        if not holds(written):
            raise UnusableValueError(french, english)
        return written

    return AfterValidator(check)


_SLACK = re.compile(r"https://hooks\.slack\.com/")
_TEAMS = re.compile(
    r"https://[A-Za-z0-9.-]+\.(?:webhook\.office|logic\.azure|powerplatform)\.com[:/]"
)
Mail = Annotated[
    str,
    _rule(
        re.compile(r"[^@\s,<>\"]+@[A-Za-z0-9.-]+").fullmatch,
        "écrivez une seule adresse de courriel, telle que equipe@example.org",
        "write an e-mail address alone, such as team@example.org",
    ),
]
Webhook = Annotated[
    str,
    _rule(
        re.compile(r"https?://[^\s]+").fullmatch,
        "écrivez une adresse qui commence par http:// ou https://",
        "write an address that begins with http:// or https://",
    ),
    _rule(
        lambda written: not _SLACK.match(written),
        "Slack ne prend pas de webhook général\u00a0: écrivez slack: {api_url_file: …}",
        "Slack takes no general webhook: write slack: {api_url_file: …}",
    ),
    _rule(
        lambda written: not _TEAMS.match(written),
        "Teams ne prend pas de webhook général\u00a0: écrivez teams: {webhook_url_file: …}",
        "Teams takes no general webhook: write teams: {webhook_url_file: …}",
    ),
]
HostAndPort = Annotated[
    str,
    _rule(
        re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}").fullmatch,
        "écrivez un hôte et son port, tels que mail.example.org:587",
        "write a host and its port, such as mail.example.org:587",
    ),
]
SecretFile = Annotated[
    str,
    _rule(
        lambda written: "://" not in written,
        "l’adresse est un secret\u00a0: mettez-la dans un fichier de la machine d’Alertmanager, et écrivez ici le chemin de ce fichier",
        "the address is a secret: put it into a file on Alertmanager's machine, and write that file's path here",
    ),
    _rule(
        lambda written: PurePosixPath(written).is_absolute(),
        "écrivez le chemin entier d’un fichier, tel que /etc/alertmanager/slack-url",
        "write a file's whole path, such as /etc/alertmanager/slack-url",
    ),
]
SlackChannel = Annotated[
    str,
    _rule(
        re.compile(r"[#@]?[\w.-]{1,80}").fullmatch,
        "écrivez un canal tel que «\u00a0#retards\u00a0»",
        'write a channel as "#delays"',
    ),
]


class Slack(StrictModel):
    """A Slack channel; the file of its webhook's address is on Alertmanager's machine."""

    api_url_file: SecretFile
    channel: SlackChannel | None = None


class Teams(StrictModel):
    """A Teams workflow; its address is in a file of Alertmanager's machine (0.28 or later)."""

    webhook_url_file: SecretFile


class Supervisors(StrictModel):
    """How a unit's supervisors are notified: e-mail, Slack, Teams or a webhook, at least one.

    ``language`` is that of subjects and chats, and the first in mails.
    """

    emails: Sequence[Mail] = ()
    slack: Slack | None = None
    teams: Teams | None = None
    webhook: Webhook | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Supervisors:
        if not self.emails and not any((self.slack, self.teams, self.webhook)):
            raise UnusableValueError(
                "donnez emails, slack, teams ou webhook, ou plusieurs d’entre eux",
                "give emails, slack, teams or a webhook, or several of them",
            )
        return self


class MailServer(StrictModel):
    """How Alertmanager sends e-mail; the password is in a file on its machine."""

    host: HostAndPort
    user: str | None = None
    password_file: str | None = None
    tls: bool = True

    @model_validator(mode="after")
    def _both(self) -> MailServer:
        if (self.user is None) != (self.password_file is None):
            raise UnusableValueError(
                "donnez user et password_file ensemble", "give user and password_file together"
            )
        return self


class Years(StrictModel):
    """The years whose holidays Alertmanager's configuration lists, both included."""

    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if self.last < self.first:
            raise UnusableValueError("last ne peut précéder first", "last must not be before first")
        return self


class Directory(StrictModel):
    """The whole file. ``opening_hours`` are local, on business days; ``language`` is the default.

    ``others`` are notified of units without an entry, ``direction`` of commitments that miss their
    target (``operations`` where there is none), ``operations`` of the system, at any hour.
    """

    language: Language = "fr"
    sender: Mail
    mail_server: MailServer
    calendar: Word | None = None
    years: Years
    opening_hours: Annotated[Mapping[Weekday, Intervals], Field(min_length=1)]
    units: Mapping[Word, Supervisors] = {}
    others: Supervisors
    direction: Supervisors | None = None
    operations: Supervisors

    def of(self, unit: str) -> Supervisors:
        """Who is notified of a unit."""
        return self.units.get(unit, self.others)

    def spoken(self, supervisors: Supervisors) -> Language:
        """The language of supervisors: their own, or the default."""
        return supervisors.language or self.language


def load(text: str, catalogue: Catalogue, name: str = "supervisors") -> Directory:
    """Read a directory of a catalogue's units; raises :class:`FaultsError` with every fault."""
    directory, document = reader.read(Directory, text, name)
    faults = [document.fault(path, message) for path, message in _faults(directory, catalogue)]
    if faults:
        raise FaultsError(name, faults)
    return directory


def _faults(
    directory: Directory, catalogue: Catalogue
) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    for unit in directory.units:
        if unit not in catalogue.units:
            french = f"le catalogue n’a pas d’unité {cited(unit)}"
            yield ("units", unit), Text(french, f"the catalogue has no unit {unit!r}")
    name = directory.calendar or catalogue.default_calendar
    calendar = catalogue.calendars.get(name)
    if calendar is None:
        french = f"le catalogue n’a pas de calendrier {cited(name)}"
        yield ("calendar",), Text(french, f"the catalogue has no calendar {name!r}")
        return
    first, last = calendar.coverage.first_year, calendar.coverage.last_year
    if not first <= directory.years.first <= directory.years.last <= last:
        french = f"le calendrier {cited(name)} couvre {first} à {last}"
        yield ("years",), Text(french, f"the calendar {name!r} covers {first} to {last}")
    for weekday in directory.opening_hours:
        if weekday not in calendar.working_weekdays:
            french = f"{weekday} n’est pas un jour ouvrable de {cited(name)}"
            english = f"{weekday} is no working day of {name!r}"
            yield ("opening_hours", weekday), Text(french, english)
