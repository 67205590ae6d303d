"""A mapping read from its file, with the catalogue of its words.

A fault of either has its line and column: an event that lacks what it needs, a word that the
catalogue does not list. A mapping with a fault imports nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from echeance.importer.mapping import ExportMapping, KeyPath, folded, word_keys
from shared.domain import (
    EVENT_TYPES,
    WORD,
    Catalogue,
    IdentifierPattern,
    WordOf,
    data_members,
    short_name,
)
from shared.domain import catalogue as catalogues
from shared.domain.strict_yaml import Document, Fault, FaultsError, cited, reader
from shared.process import regular_files
from shared.text import Text

Keys = Mapping[str, Any]

_TYPES = {short_name(event_type): event_type for event_type in EVENT_TYPES}
_VOIDS = ("columns.event_id", "columns.voids")


def _needs(event: str) -> Sequence[Sequence[str]]:
    """The keys of a mapping that an event cannot do without, each with those that do as well."""
    event_type = _TYPES.get(event)
    if event_type is None:
        return ()
    needed: list[Sequence[str]] = []
    for member in data_members(event_type):
        if not member.required:
            continue
        if isinstance(member.holds, WordOf):
            needed.append(word_keys(event_type, member.holds))
        elif isinstance(member.holds, IdentifierPattern):
            needed += [(key,) for key in _VOIDS]
    return needed


def read(text: str, name: str = "mapping") -> tuple[ExportMapping, Document]:
    """A mapping and its document; raises :class:`FaultsError` with every fault's place."""
    document = reader.parse_keys(text, name)
    mapping, faults = _validated(document)
    if mapping is None or faults:
        raise FaultsError(name, faults)
    return mapping, document


def load(path: Path, unless_named: Catalogue) -> tuple[ExportMapping, Catalogue]:
    """A mapping file, and the catalogue that it names, or else ``unless_named``.

    Raises :class:`FaultsError` for either file, and OSError when one cannot be read at all.
    """
    document = reader.parse_keys(regular_files.read_text(path), path.name)
    mapping, faults = _validated(document)
    name = document.value.get("catalogue")
    catalogue = unless_named
    if isinstance(name, str):
        beside = path.parent / name
        try:
            catalogue = catalogues.load_catalogue_text(regular_files.read_text(beside), beside.name)
        except (FaultsError, OSError):
            if faults:  # a mapping's own faults come first: the catalogue may be the wrong one
                raise FaultsError(path.name, faults) from None
            raise
    faults += [
        document.fault(
            where,
            Text(
                f"le catalogue {cited(catalogue.catalogue)} n’a rien sous {kind} du nom de {cited(word)}",
                f"the catalogue {catalogue.catalogue!r} has no {kind} {word!r}",
            ),
        )
        for where, kind, word in _unlisted_words(document.value, catalogue)
    ]
    if mapping is None or faults:
        raise FaultsError(path.name, faults)
    return mapping, catalogue


def _validated(document: Document) -> tuple[ExportMapping | None, list[Fault]]:
    """The mapping, if it is valid, and every fault of it."""
    mapping, faults = None, []
    try:
        mapping = ExportMapping.model_validate(document.value)
    except ValidationError as error:
        faults = reader.faults_of(error, ExportMapping, document)
    faults += [document.fault(path, message) for path, message in _what_events_lack(document.value)]
    faults += [document.fault(path, message) for path, message in _same_activities(document.value)]
    return mapping, faults


def _what_events_lack(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    columns = keys.get("columns", {})
    for activity, event in _activities(keys):
        for alternatives in _needs(str(event)):
            needed = alternatives[0]
            within, _, _ = needed.rpartition(".")
            within_keys = columns if within else keys
            if isinstance(within_keys, dict) and all(
                within_keys.get(one.rpartition(".")[2]) is None for one in alternatives
            ):
                message = Text(
                    f"l’événement {event} demande {cited(needed)} dans la correspondance",
                    f"the event {event} needs {needed!r} in the mapping",
                )
                yield ("activities", activity), message


def _same_activities(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    """Activities that differ only in spaces around, capitals or composition of accents."""
    first: dict[str, str] = {}
    for activity, _ in _activities(keys):
        other = first.setdefault(folded(activity), activity)
        if other != activity:
            message = Text(
                f"{cited(activity)} se lit comme la même activité que {cited(other)}\u00a0: écrivez-la une seule fois",
                f"{activity!r} is read as the same activity as {other!r}: write it once",
            )
            yield ("activities", activity), message


def _activities(keys: Keys) -> Iterator[tuple[str, Any]]:
    activities = keys.get("activities")
    if isinstance(activities, dict):
        yield from ((name, event) for name, event in activities.items() if isinstance(name, str))


def _unlisted_words(keys: Keys, catalogue: Catalogue) -> Iterator[tuple[KeyPath, str, str]]:
    """Words that the mapping writes and the catalogue does not list: where, of what, and which."""
    listed = {
        key: member.holds.words
        for event_type in EVENT_TYPES
        for member in data_members(event_type)
        if isinstance(member.holds, WordOf)
        for key in word_keys(event_type, member.holds)
    }
    sources: list[tuple[KeyPath, Any, Collection[str]]] = [
        ((key,), keys.get(key), catalogue.listed(words)) for key, words in listed.items()
    ]
    attributes = keys.get("attributes")
    for name, source in attributes.items() if isinstance(attributes, dict) else ():
        sources.append((("attributes", name), source, catalogue.attributes.get(name, ())))
    for path, source, words in sources:
        for where, word in _possible_words(source):
            if isinstance(word, str) and WORD.fullmatch(word) and word not in words:
                yield (*path, *where), " ".join(map(str, path)), word


def _possible_words(source: Any) -> Iterator[tuple[KeyPath, Any]]:
    """The words that a word source writes, and where."""
    if not isinstance(source, dict):
        yield (), source
        return
    yield ("word",), source.get("word")
    yield ("otherwise",), source.get("otherwise")
    words = source.get("words")
    if isinstance(words, dict):
        yield from ((("words", raw), word) for raw, word in words.items())
