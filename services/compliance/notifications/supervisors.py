"""``supervisors.yaml``: who is notified of each unit's files, and when.

Pure: takes text, returns values. A fault has its line and column, and says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from shared.domain import Catalogue, Word
from shared.domain.calendars import Intervals, StrictModel, Weekday
from shared.domain.strict_yaml import FaultsError, UnusableValueError, cited, reader
from shared.text import Language, Text

_MAIL = re.compile(r"[^@\s,<>\"]+@[A-Za-z0-9.-]+")
_WEB = re.compile(r"https?://[^\s]+")
_SLACK = re.compile(r"https://hooks\.slack\.com/")
_TEAMS = re.compile(
    r"https://[A-Za-z0-9.-]+\.(?:webhook\.office|logic\.azure|powerplatform)\.com[:/]"
)
_CHANNEL = re.compile(r"[#@]?[\w.-]{1,80}")
_HOST = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")


def _mail(written: str) -> str:
    if not _MAIL.fullmatch(written):
        raise UnusableValueError(
            "écrivez une seule adresse de courriel, telle que equipe@example.org",
            "write an e-mail address alone, such as team@example.org",
        )
    return written


def _web(written: str) -> str:
    if not _WEB.fullmatch(written):
        raise UnusableValueError(
            "écrivez une adresse qui commence par http:// ou https://",
            "write an address that begins with http:// or https://",
        )
    if _SLACK.match(written):
        raise UnusableValueError(
            "Slack ne prend pas de webhook général\u00a0: écrivez slack: {api_url_file: …}",
            "Slack takes no general webhook: write slack: {api_url_file: …}",
        )
    if _TEAMS.match(written):
        raise UnusableValueError(
            "Teams ne prend pas de webhook général\u00a0: écrivez teams: {webhook_url_file: …}",
            "Teams takes no general webhook: write teams: {webhook_url_file: …}",
        )
    return written


def _host(written: str) -> str:
    if not _HOST.fullmatch(written):
        raise UnusableValueError(
            "écrivez un hôte et son port, tels que mail.example.org:587",
            "write a host and its port, such as mail.example.org:587",
        )
    return written


def _file(written: str) -> str:
    if "://" in written:
        raise UnusableValueError(
            "l’adresse est un secret\u00a0: mettez-la dans un fichier de la machine d’Alertmanager, et écrivez ici le chemin de ce fichier",
            "the address is a secret: put it into a file on Alertmanager's machine, and write that file's path here",
        )
    if not PurePosixPath(written).is_absolute():
        raise UnusableValueError(
            "écrivez le chemin entier d’un fichier, tel que /etc/alertmanager/slack-url",
            "write a file's whole path, such as /etc/alertmanager/slack-url",
        )
    return written


def _channel(written: str) -> str:
    if not _CHANNEL.fullmatch(written):
        raise UnusableValueError(
            "écrivez un canal tel que «\u00a0#retards\u00a0»", 'write a channel as "#delays"'
        )
    return written


Mail = Annotated[str, AfterValidator(_mail)]
SecretFile = Annotated[str, AfterValidator(_file)]


class Slack(StrictModel):
    """A Slack channel; the file of its webhook's address is on Alertmanager's machine."""

    api_url_file: SecretFile
    channel: Annotated[str, AfterValidator(_channel)] | None = None


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
    webhook: Annotated[str, AfterValidator(_web)] | None = None
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

    host: Annotated[str, AfterValidator(_host)]
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
    """The whole file. ``opening_hours`` are local, on business days of the calendar.

    ``others`` are notified of units without an entry; ``direction`` of commitments that miss their
    target, in opening hours; ``operations`` of the system itself, at any hour, and of those
    commitments too where there is no ``direction``. ``language`` is the default.
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
            yield (
                ("units", unit),
                Text(
                    f"le catalogue n’a pas d’unité {cited(unit)}",
                    f"the catalogue has no unit {unit!r}",
                ),
            )
    calendar = directory.calendar or catalogue.default_calendar
    if calendar not in catalogue.calendars:
        yield (
            ("calendar",),
            Text(
                f"le catalogue n’a pas de calendrier {cited(calendar)}",
                f"the catalogue has no calendar {calendar!r}",
            ),
        )
        return
    covered = catalogue.calendars[calendar].coverage
    if not covered.first_year <= directory.years.first <= directory.years.last <= covered.last_year:
        first, last = covered.first_year, covered.last_year
        yield (
            ("years",),
            Text(
                f"le calendrier {cited(calendar)} couvre {first} à {last}",
                f"the calendar {calendar!r} covers {first} to {last}",
            ),
        )
    for weekday in directory.opening_hours:
        if weekday not in catalogue.calendars[calendar].working_weekdays:
            yield (
                ("opening_hours", weekday),
                Text(
                    f"{weekday} n’est pas un jour ouvrable de {cited(calendar)}",
                    f"{weekday} is no working day of {calendar!r}",
                ),
            )
