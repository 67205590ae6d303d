"""A digest as an e-mail: the reader's language, then the other, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.compliance.notifications.digest.digest import (
    URGENCIES,
    Digest,
    DigestLine,
    Urgency,
    UrgentFile,
)
from services.compliance.notifications.messages import due_words, name_on_one_line, what_remains
from shared.domain import STAGE_WORDS, Catalogue
from shared.text import Language, Text
from shared.text import formats as language

SUBJECT_CHARACTERS: Final = 78
"""Of a subject: mail clients cut longer ones."""

_TEMPLATES = Environment(
    loader=PackageLoader("services.compliance.notifications"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WORDS: Mapping[str, Text] = {
    "title": Text("Délais du jour", "Deadlines today"),
    "standard": Text("Engagement", "Commitment"),
    "overdue": Text("Dépassés", "Overdue"),
    "last_day": Text("Dernier jour aujourd’hui", "Last day today"),
    "run_out": Text("Délai épuisé", "No day left"),
    "critical": Text("Critiques", "Critical"),
    "waiting_long": Text("Attentes longues", "Long waits"),
    "files": Text("Dossiers, les plus graves d’abord", "Files, the gravest first"),
    "due": Text("échéance", "due"),
    "attainment": Text("Atteinte du mois, par échéance", "The month’s attainment, by deadline"),
    "month": Text("À ce jour", "So far"),
    "worst": Text("Si rien n’est fait", "If nothing is done"),
    "target": Text("Cible", "Target"),
    "list": Text("Tous les dossiers ouverts", "All open files"),
    "colon": Text("\u00a0:", ":"),
    "semicolon": Text("\u00a0;", ";"),
}
_COUNTED: Mapping[str, tuple[Text, Text]] = {
    "overdue": (Text("{n} dépassé", "{n} overdue"), Text("{n} dépassés", "{n} overdue")),
    "last_day": (
        Text("{n} au dernier jour", "{n} on its last day"),
        Text("{n} au dernier jour", "{n} on their last day"),
    ),
    "run_out": (
        Text("{n} au délai épuisé", "{n} with no day left"),
        Text("{n} au délai épuisé", "{n} with no day left"),
    ),
    "critical": (Text("{n} critique", "{n} critical"), Text("{n} critiques", "{n} critical")),
    "waiting_long": (
        Text("{n} en attente longue", "{n} long wait"),
        Text("{n} en attente longue", "{n} long waits"),
    ),
}
_LAST_DAY = Text("dernier jour", "last day")
_NOTHING = Text("Rien d’urgent", "Nothing urgent")
_MORE = (Text("… et {n} autre.", "… and {n} more."), Text("… et {n} autres.", "… and {n} more."))


class Envelope(NamedTuple):
    """Sender, recipients, date, the base of links, and the readers' language."""

    sender: str
    to: Sequence[str]
    at: datetime
    public_url: str
    language: Language = "fr"


def message(
    digest: Digest, catalogue: Catalogue, envelope: Envelope, now: datetime
) -> EmailMessage:
    """The e-mail as of ``now``; its Message-ID is the unit and day, so repeats are duplicates."""
    order: Sequence[Language] = ("fr", "en") if envelope.language == "fr" else ("en", "fr")
    section = _Section(digest, catalogue, envelope.public_url.rstrip("/"), now)
    sections = [section.within(spoken) for spoken in order]
    domain = envelope.sender.partition("@")[2]
    mail = EmailMessage()
    mail["Subject"] = subject(digest, catalogue, envelope.language)
    mail["From"], mail["To"] = envelope.sender, ", ".join(envelope.to)
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<digest.{digest.unit}.{digest.day.isoformat()}@{domain}>"
    mail.set_content(_TEMPLATES.get_template("digest.txt").render(sections=sections))
    html = _TEMPLATES.get_template("digest.html").render(sections=sections)
    mail.add_alternative(html, subtype="html")
    return mail


def subject(digest: Digest, catalogue: Catalogue, spoken: Language) -> str:
    """Counts, gravest first, and the unit, shortened where it is too long."""
    names = _urgency_words(digest, catalogue)
    counts = [
        language.quantity(digest.total(urgency), _COUNTED[names[urgency]], spoken)
        for urgency in URGENCIES
        if digest.total(urgency)
    ]
    told = ", ".join(counts) or _NOTHING.within(spoken)
    unit = name_on_one_line(catalogue.units[digest.unit].name, spoken)
    room = max(SUBJECT_CHARACTERS - len(told) - len(" — "), 1)
    return f"{told} — {unit if len(unit) <= room else unit[: room - 1] + '…'}"


def _urgency_words(digest: Digest, catalogue: Catalogue) -> Mapping[Urgency, str]:
    """The word of each urgency. A preview may be of a day off, which is no file's last day."""
    last_day = "last_day" if catalogue.calendar().is_business_day(digest.day) else "run_out"
    words: dict[Urgency, str] = {urgency: urgency for urgency in URGENCIES}
    return {**words, "last_day": last_day}


def _urgencies(catalogue: Catalogue) -> Sequence[Urgency]:
    """Those that files of the catalogue can have."""
    reminds = any(
        terms.waiting is not None for one in catalogue.standards.values() for terms in one.terms
    )
    return [one for one in URGENCIES if reminds or one != "waiting_long"]


class _Section(NamedTuple):
    """The content of a digest, in either language."""

    digest: Digest
    catalogue: Catalogue
    public_url: str
    now: datetime

    def within(self, spoken: Language) -> Mapping[str, Any]:
        more = self.digest.unnamed
        words = {name: text.within(spoken) for name, text in _WORDS.items()}
        words["last_day"] = words[_urgency_words(self.digest, self.catalogue)["last_day"]]
        return {
            "spoken": spoken,
            "title": _WORDS["title"].within(spoken),
            "unit": name_on_one_line(self.catalogue.units[self.digest.unit].name, spoken),
            "day": language.day(self.digest.day, spoken),
            "words": words,
            "urgencies": _urgencies(self.catalogue),
            "lines": [self._cells(line, spoken) for line in self.digest.lines],
            "files": [self._file(file, spoken) for file in self.digest.files],
            "more": language.quantity(more, _MORE, spoken) if more else "",
            "link": f"{self.public_url}/worklist?unit={self.digest.unit}",
        }

    def _cells(self, line: DigestLine, spoken: Language) -> Mapping[str, str]:
        standard = self.catalogue.standards[line.standard]
        return {
            "standard": name_on_one_line(standard.name, spoken),
            **{name: language.number(getattr(line, name), spoken) for name in URGENCIES},
            "month": language.percent(line.month.ratio, spoken),
            "worst": language.percent(line.worst.ratio, spoken),
            "target": language.target(standard.current.target, spoken),
        }

    def _file(self, file: UrgentFile, spoken: Language) -> Mapping[str, str]:
        standard, state = self.catalogue.standards[file.standard], file.state
        calendar = self.catalogue.calendar_of_cycle(standard, state)
        left = what_remains(state, standard, calendar, self.now, spoken)
        words = _LAST_DAY if file.urgency == "last_day" else STAGE_WORDS[file.urgency]
        is_enough = file.urgency in ("last_day", "waiting_long") and left != "—"
        return {
            "id": file.file_id,
            "standing": left if is_enough else f"{words.within(spoken)}, {left}",
            "due": due_words(state, standard, self.catalogue.zone, spoken),
            "standard": name_on_one_line(standard.name, spoken),
            "link": f"{self.public_url}/files/{quote(file.file_id, safe='')}",
        }
