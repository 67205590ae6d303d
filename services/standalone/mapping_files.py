"""A mapping read from its file, together with the catalogue it speaks the words of.

What is wrong with either is told at the line and column where a person must write something else: an event that lacks what it
needs, a word that the catalogue does not list. Nothing is imported by a mapping that is only nearly right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path

from services.standalone.mapping import ExportMapping, KeyPath, WordSource
from shared import catalogue as catalogues
from shared import yaml_positions
from shared.catalogue import Catalogue
from shared.yaml_positions import Document, FaultsError

# What each event cannot do without; the events not named here need nothing more.
_NEEDS: Mapping[str, Sequence[str]] = {
    "received": ["standard", "unit"],
    "decided": ["outcome"],
    "reopened": ["reason"],
    "voided": ["columns.event_id", "columns.voids"],
}


def read(text: str, name: str = "mapping") -> tuple[ExportMapping, Document]:
    """A mapping and where its values stand, or :class:`FaultsError` with the line and column of every fault."""
    mapping, document = yaml_positions.read(ExportMapping, text, name)
    faults = [document.fault(path, message) for path, message in _what_events_lack(mapping)]
    if faults:
        raise FaultsError(name, faults)
    return mapping, document


def load(path: Path, shipped: Catalogue) -> tuple[ExportMapping, Catalogue]:
    """A mapping file, and the catalogue it brings or else the shipped one; the mapping's words are the catalogue's.

    Raises :class:`FaultsError` for either file, and OSError or UnicodeDecodeError when one cannot be read at all.
    """
    mapping, document = read(path.read_text("utf-8"), path.name)
    catalogue = shipped
    if mapping.catalogue is not None:
        beside = path.parent / mapping.catalogue
        catalogue = catalogues.load(beside.read_text("utf-8"), beside.name)
    faults = [
        document.fault(where, f"the catalogue {catalogue.catalogue!r} has no {kind} {word!r}")
        for where, kind, word in _unlisted_words(mapping, catalogue)
    ]
    if faults:
        raise FaultsError(path.name, faults)
    return mapping, catalogue


def _what_events_lack(mapping: ExportMapping) -> Iterator[tuple[KeyPath, str]]:
    for activity, event in mapping.activities.items():
        for needed in _NEEDS.get(event, ()):
            if attrgetter(needed)(mapping) is None:
                yield ("activities", activity), f"the event {event} needs {needed!r} in the mapping"


def _unlisted_words(
    mapping: ExportMapping, catalogue: Catalogue
) -> Iterator[tuple[KeyPath, str, str]]:
    """Words that the mapping writes and the catalogue does not list: where, of what, and which."""
    sources: list[tuple[KeyPath, WordSource | None, Collection[str]]] = [
        (("standard",), mapping.standard, catalogue.standards),
        (("unit",), mapping.unit, catalogue.units),
        (("outcome",), mapping.outcome, catalogue.outcomes),
        (("reason",), mapping.reason, catalogue.reasons),
    ]
    for name, source in mapping.attributes.items():
        sources.append((("attributes", name), source, catalogue.attributes.get(name, ())))
    for path, found, listed in sources:
        for where, word in found.possible_words() if found else ():
            if word not in listed:
                yield (*path, *where), " ".join(map(str, path)), word
