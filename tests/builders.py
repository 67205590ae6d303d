"""Events and snapshots of tests: one vocabulary, whatever they are posted to, stored in or computed from.

Times are local to Montréal, as a person writes them: ``2025-04-28`` (midnight) or ``2025-04-28 10:00``; an offset, where there
is one, holds. An event is recorded when it happens unless ``recorded`` says otherwise, and is identified by its file, kind and
time unless ``named`` says otherwise.

>>> received("A", "2025-04-28"), requested("A", "2025-04-29"), snapshot(received("A", "2025-04-28"), now="2025-05-06")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TypedDict
from zoneinfo import ZoneInfo

import msgspec
from typing_extensions import Unpack

from services.clock.evaluator import Evaluator
from services.clock.histories import of_events
from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.events import OPERATOR, Event, encode
from shared.domain.records import ClockSnapshot, decode_snapshot
from tests.paths import ROOT

ZONE: Final = ZoneInfo("America/Toronto")
SOURCE: Final = "https://gestion.example.org/dossiers"
SHIPPED: Final = "mifi-2021-10.yaml"
TEXT: Final = (ROOT / "shared" / "catalogues" / SHIPPED).read_text(encoding="utf-8")
CATALOGUE: Final = load_catalogue_text(TEXT, SHIPPED)
ACCESS: Final = load_catalogue_text(
    (ROOT / "tests" / "fixtures" / "access" / "catalogue.yaml").read_text(encoding="utf-8"),
    "access.yaml",
)
"""A service of two standards, with extensions, kinds of request, a milestone and a unit on a calendar of its own."""


def at(local: str) -> datetime:
    """An instant from its local time, or from the offset that is written."""
    written = datetime.fromisoformat(local)
    return written if written.tzinfo else written.replace(tzinfo=ZONE)


@cache
def revised(revision: int, *changes: tuple[str, str]) -> Catalogue:
    """The shipped catalogue (revision 1) under another revision, with parts of its text replaced."""
    number = CATALOGUE.revision - 1 + revision
    changed = TEXT.replace(f"revision: {CATALOGUE.revision}\n", f"revision: {number}\n")
    assert f"\nrevision: {number}\n" in changed
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new)
    return load_catalogue_text(changed, "revised.yaml")


PARTICULAR_DAYS = (
    "    opening_hours: *hours\n",
    """\
    opening_hours: *hours
    half_days:
      - {name: {fr: Matin de fête, en: Festive morning}, law: {fr: Décret 1, en: Order 1}, days: [2026-12-22], closes: "12:00"}
    extra_working_days:
      - {name: {fr: Rattrapage, en: In exchange}, law: {fr: Décret 2, en: Order 2}, days: [2026-12-19]}
    extra_opening:
      - {opening_hours: complaints, days: [2026-12-19, 2027-01-09], hours: ["10:00-12:00", "22:00-24:00"]}
""",
)
"""A change of the shipped catalogue: days of ``qc-public-service`` that are neither off nor like the others."""


def members(
    kind: str,
    file_id: str,
    time: str,
    data: Mapping[str, Any],
    *,
    named: str | None = None,
    source: str = SOURCE,
) -> dict[str, Any]:
    """A CloudEvent in JSON as a publisher writes it; ``kind`` is the event's word, ``time`` RFC 3339."""
    return {
        "specversion": "1.0",
        "id": named or f"{file_id}/{kind}",
        "source": source,
        "type": f"org.echeance.file.{kind}.v1",
        "subject": file_id,
        "time": time,
        "data": data,
    }


def stored(posted: Mapping[str, Any], recorded_at: datetime) -> Event:
    """The event of a CloudEvent, as the log has it; nothing but its shape is checked."""
    event: Event = msgspec.convert({**posted, "recordedtime": recorded_at}, Event)
    return event


def cloudevent(event: Event) -> bytes:
    """An event as a publisher writes it: without the time at which it was recorded."""
    posted = json.loads(encode(event))
    del posted["recordedtime"]
    return json.dumps(posted).encode()


class Envelope(TypedDict, total=False):
    """What an event may say beside its file, time and data."""

    named: str | None
    recorded: str
    source: str


_WORDS = {"requested": "documents_requested", "answered": "documents_received"}


def _event(
    builder: str, file_id: str, local: str, data: Mapping[str, Any], **said: Unpack[Envelope]
) -> Event:
    time = at(local).astimezone(UTC)
    named = said.get("named") or f"{file_id}-{builder}-{local.replace(' ', 'T')}"
    posted = members(
        _WORDS.get(builder, builder),
        file_id,
        time.isoformat(),
        data,
        named=named,
        source=said.get("source", SOURCE),
    )
    return stored(posted, at(said["recorded"]).astimezone(UTC) if "recorded" in said else time)


def received(
    file_id: str,
    local: str,
    *,
    standard: str = "caq-etudes",
    unit: str = "montreal",
    attributes: Mapping[str, str] | None = None,
    **said: Unpack[Envelope],
) -> Event:
    data = {"standard": standard, "unit": unit, "attributes": dict(attributes or {})}
    return _event("received", file_id, local, data, **said)


def requested(
    file_id: str,
    local: str,
    request_id: str | None = None,
    *,
    kind: str | None = None,
    answer_by: str | None = None,
    **said: Unpack[Envelope],
) -> Event:
    """Documents are requested, of the client unless the kind says otherwise."""
    data = {"request_id": request_id, "kind": kind, "answer_by": answer_by}
    return _event("requested", file_id, local, data, **said)


def answered(
    file_id: str, local: str, request_id: str | None = None, **said: Unpack[Envelope]
) -> Event:
    """The client's documents are received."""
    return _event("answered", file_id, local, {"request_id": request_id}, **said)


def decided(file_id: str, local: str, outcome: str = "accepted", **said: Unpack[Envelope]) -> Event:
    return _event("decided", file_id, local, {"outcome": outcome}, **said)


def withdrawn(
    file_id: str, local: str, reason: str | None = None, **said: Unpack[Envelope]
) -> Event:
    return _event("withdrawn", file_id, local, {"reason": reason}, **said)


def extended(
    file_id: str, local: str, extension: str, until: str | None = None, **said: Unpack[Envelope]
) -> Event:
    """The limit is extended, by what the extension is worth or until a date."""
    return _event("extended", file_id, local, {"extension": extension, "until": until}, **said)


def reached(file_id: str, local: str, milestone: str, **said: Unpack[Envelope]) -> Event:
    """A milestone is reached."""
    return _event("reached", file_id, local, {"milestone": milestone}, **said)


def transferred(file_id: str, local: str, unit: str, **said: Unpack[Envelope]) -> Event:
    """Another unit has the file."""
    return _event("transferred", file_id, local, {"unit": unit}, **said)


def reopened(file_id: str, local: str, **said: Unpack[Envelope]) -> Event:
    return _event("reopened", file_id, local, {"reason": "sent-back"}, **said)


def voided(file_id: str, local: str, event_id: str, **said: Unpack[Envelope]) -> Event:
    return _event("voided", file_id, local, {"event_id": event_id}, **said)


def assigned(file_id: str, local: str, source: str = SOURCE, *, named: str | None = None) -> Event:
    """An operator gives a file to a source."""
    return _event("assigned", file_id, local, {"source": source}, named=named, source=OPERATOR)


def allowance_raised(file_id: str, local: str, events: int, *, named: str | None = None) -> Event:
    """An operator allows a file more events of its source."""
    data = {"source": SOURCE, "events": events}
    return _event("allowance_raised", file_id, local, data, named=named, source=OPERATOR)


def snapshot(*story: Event, now: str, catalogue: Catalogue = CATALOGUE) -> ClockSnapshot:
    """What the clock publishes of a file with these events, at a moment."""
    evaluation = Evaluator(catalogue).evaluate(
        story[0].file_id, of_events(story), partition=0, generation=1, position=0, now=at(now)
    )
    return decode_snapshot(evaluation.snapshot)
