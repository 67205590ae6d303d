"""A digest as an e-mail: French, then English, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.compliance.digest import Digest, Line
from shared import language
from shared.catalogue import Catalogue
from shared.texts import Language, Text

_TEMPLATES = Environment(
    loader=PackageLoader("services.compliance"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WORDS: Mapping[str, Text] = {
    "title": Text("Délais du jour", "Deadlines today"),
    "standard": Text("Engagement", "Commitment"),
    "overdue": Text("Dépassés", "Overdue"),
    "critical_today": Text("Critiques dès aujourd’hui", "Critical from today"),
    "critical_this_week": Text("Critiques d’ici dimanche", "Critical by Sunday"),
    "month": Text("Mois, à ce jour", "Month so far"),
    "worst": Text("Mois, si rien n’est fait", "Month, if nothing is done"),
    "target": Text("Cible", "Target"),
    "list": Text("Dossiers ouverts, les plus urgents d’abord", "Open files, the most urgent first"),
}


class Envelope(NamedTuple):
    """From whom, to whom, when, and where links lead."""

    sender: str
    to: Sequence[str]
    at: datetime
    public_url: str


def message(digest: Digest, catalogue: Catalogue, envelope: Envelope) -> EmailMessage:
    """The e-mail; its identifier is the unit and the day, so that one sent twice is one."""
    spoken = [_section(digest, catalogue, "fr"), _section(digest, catalogue, "en")]
    domain = envelope.sender.partition("@")[2]
    mail = EmailMessage()
    mail["Subject"] = " / ".join(f"{one['title']} — {one['unit']}" for one in spoken)
    mail["From"], mail["To"] = envelope.sender, ", ".join(envelope.to)
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<digest.{digest.unit}.{digest.day.isoformat()}@{domain}>"
    link = f"{envelope.public_url.rstrip('/')}/worklist?unit={digest.unit}"
    mail.set_content(_TEMPLATES.get_template("digest.txt").render(sections=spoken, link=link))
    html = _TEMPLATES.get_template("digest.html").render(sections=spoken, link=link)
    mail.add_alternative(html, subtype="html")
    return mail


def _section(digest: Digest, catalogue: Catalogue, spoken: Language) -> Mapping[str, Any]:
    return {
        "spoken": spoken,
        "title": _WORDS["title"].within(spoken),
        "unit": catalogue.units[digest.unit].name.text().within(spoken),
        "day": language.day(digest.day, spoken),
        "words": {name: text.within(spoken) for name, text in _WORDS.items()},
        "lines": [_cells(line, catalogue, spoken) for line in digest.lines],
    }


def _cells(line: Line, catalogue: Catalogue, spoken: Language) -> Mapping[str, str]:
    standard = catalogue.standards[line.standard]
    return {
        "standard": standard.name.text().within(spoken),
        "overdue": language.number(line.overdue, spoken),
        "critical_today": language.number(line.critical_today, spoken),
        "critical_this_week": language.number(line.critical_this_week, spoken),
        "month": language.percent(line.month.ratio, spoken),
        "worst": language.percent(line.worst.ratio, spoken),
        "target": language.target(standard.current.target, spoken),
    }
