"""A mapping read from its text, with the place of every fault.

Pure. A fault has its line and column: an event that lacks what it needs, a word that the catalogue
does not list; of a mapping of JSON values also a column that is no JSON pointer. A mapping with a
fault is not used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from shared.domain import (
    EVENT_TYPES,
    WORD,
    Catalogue,
    EventName,
    IdentifierPattern,
    WordList,
    WordOf,
    data_members,
    short_name,
)
from shared.domain.strict_yaml import REQUIRED, Document, Fault, FaultsError, cited, reader
from shared.mapping.export_mapping import (
    POINTER,
    ExportMapping,
    KeyPath,
    RowKind,
    folded,
    no_pointer,
    word_keys,
)
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


def read_mapping(text: str, name: str = "mapping") -> tuple[ExportMapping, Document]:
    """A mapping and its document; raises :class:`FaultsError` with every fault's place."""
    document = reader.parse_keys(text, name)
    mapping, faults = validated_mapping(document)
    if mapping is None or faults:
        raise FaultsError(name, faults)
    return mapping, document


def read_value_mapping(text: str, name: str, catalogue: Catalogue) -> ExportMapping:
    """A mapping of JSON values, whose columns are JSON pointers and whose words the catalogue has.

    Raises :class:`FaultsError` with every fault's place.
    """
    document = reader.parse_keys(text, name)
    mapping, faults = validated_mapping(document)
    faults += [document.fault(path, text) for path, text in _no_mapping_of_values(document.value)]
    faults += catalogue_faults(document, catalogue)
    if mapping is None or faults:
        raise FaultsError(name, faults)
    return mapping


def validated_mapping(document: Document) -> tuple[ExportMapping | None, list[Fault]]:
    """The mapping, if it is valid, and every fault of it; of one with open questions only those."""
    unanswered = [document.fault(path, _UNANSWERED) for path in _unanswered(document.value)]
    if unanswered:
        return None, unanswered
    mapping, faults = None, []
    try:
        mapping = ExportMapping.model_validate(document.value)
    except ValidationError as error:
        faults = reader.faults_of(error, ExportMapping, document)
    for check in (_keys_of_another_row, _what_events_lack, _same_activities):
        faults += [document.fault(path, message) for path, message in check(document.value)]
    return mapping, faults


def catalogue_faults(document: Document, catalogue: Catalogue) -> list[Fault]:
    """The words that the mapping writes and the catalogue does not list."""
    return [
        document.fault(
            where,
            Text(
                f"le catalogue {cited(catalogue.catalogue)} n’a rien sous {kind} du nom de {cited(word)}",
                f"the catalogue {catalogue.catalogue!r} has no {kind} {word!r}",
            ),
        )
        for where, kind, word in _unlisted_words(document.value, catalogue)
    ]


QUESTION: Final = "?"
"""What a suggested mapping has where only its reader knows the answer."""
_UNANSWERED: Final = Text(
    "remplacez ce « ? » par la réponse\u00a0: le commentaire de la ligne dit ce qui est demandé",
    "replace this “?” by the answer: the comment of its line says what is asked",
)
_OF_SIGNS: Final = ("csv", "empty", "only")
_NAMES_ASKED: Final = ("activities", "events")


def _unanswered(keys: Keys) -> Iterator[KeyPath]:
    """Where a question stands instead of a value, or of an event or an activity."""
    for key in _NAMES_ASKED:
        if QUESTION in _named_under(keys, key):
            yield key, QUESTION
    left: list[tuple[KeyPath, Any]] = [((key,), keys[key]) for key in keys if key not in _OF_SIGNS]
    for path, value in left:
        if isinstance(value, dict):
            left += [((*path, name), one) for name, one in value.items()]
        elif value == QUESTION:
            yield path


class _RowKeys(NamedTuple):
    """The keys of one kind of row: those it needs, and those of the other kinds."""

    needed: Sequence[KeyPath]
    foreign: Sequence[KeyPath]


_ACTIVITY, _STATE = ("columns", "activity"), ("columns", "state")
_TIME, _EVENT_ID = ("columns", "time"), ("columns", "event_id")
_KEYS_OF_ROWS: Final[Mapping[RowKind, _RowKeys]] = {
    "event": _RowKeys((_ACTIVITY, _TIME, ("activities",)), (("events",), ("states",), _STATE)),
    "file": _RowKeys(
        (("events",),), (("activities",), ("states",), _ACTIVITY, _STATE, _TIME, _EVENT_ID)
    ),
    "state": _RowKeys(
        (_STATE, _TIME, ("states",)), (("activities",), ("events",), _ACTIVITY, _EVENT_ID)
    ),
}
_EVENTS_OF_STATES: Final[Mapping[str, Sequence[EventName]]] = {
    "in_hand": ("received",),
    "waiting": ("documents_requested", "documents_received"),
    "ended": ("decided",),
    "withdrawn": ("withdrawn",),
}
"""What a mapping must say for each state; a file that is in hand again needs a ``reason``."""


def _keys_of_another_row(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    """Keys that a kind of row lacks, and those that belong to another kind."""
    row = keys.get("row", "event")
    of_row = next((one for kind, one in _KEYS_OF_ROWS.items() if kind == row), None)
    if of_row is None:
        return
    yield from ((path, REQUIRED) for path in of_row.needed if _at(keys, path) is None)
    for path in of_row.foreign:
        if _at(keys, path) is not None:
            wanted = ", ".join(".".join(map(str, one)) for one in of_row.needed)
            message = Text(
                f"cette clé n’est pas celle d’un export dont une ligne est un {_ROWS[row].fr} (row: {row})\u00a0: {wanted}",
                f"this key is not of an export of which a row is {_ROWS[row].en} (row: {row}): {wanted}",
            )
            yield path, message


_ROWS: Final[Mapping[str, Text]] = {
    "event": Text("événement", "an event"),
    "file": Text("dossier", "a file"),
    "state": Text("état", "a state"),
}


_KEYS_OF_EXPORTS: Final = ("catalogue", "csv", "sheet", "check_due")
_NOT_OF_VALUES: Final = Text(
    "cette clé n’a de sens que pour un export\u00a0: l’enlever",
    "this key has a meaning for an export only: remove it",
)
_STATES_OF_VALUES: Final = Text(
    "ce qu’un état veut dire dépend de celui d’avant, qu’un message ne dit pas\u00a0: écrire «\u00a0row: event\u00a0» ou «\u00a0row: file\u00a0»",
    "what a state means depends on the one before, which a message does not tell: write row: event or row: file",
)
_SAME_MEANING: Final = Text(
    "first et again demandent l’histoire du dossier, qu’un message ne dit pas\u00a0: écrire un seul événement",
    "first and again need the history of the file, which a message does not tell: write one event",
)


def _no_mapping_of_values(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    """What a mapping may say of an export and not of JSON values, which come one by one."""
    yield from (((key,), _NOT_OF_VALUES) for key in _KEYS_OF_EXPORTS if key in keys)
    if keys.get("row") == "state":
        yield ("row",), _STATES_OF_VALUES
    for name, meant in _named_under(keys, "activities").items():
        if isinstance(meant, dict) and meant.get("first") != meant.get("again"):
            yield ("activities", name), _SAME_MEANING
    for path, column in _columns(keys):
        if isinstance(column, str) and POINTER.fullmatch(column) is None:
            yield path, no_pointer(column)


def _columns(keys: Keys) -> Iterator[tuple[KeyPath, Any]]:
    """Every column that a mapping names, and where."""
    for name, column in _named_under(keys, "columns").items():
        where: KeyPath = ("columns", name)
        if isinstance(column, dict):
            where, column = (*where, "column"), column.get("column")
        yield where, column
    yield from ((("only", name), name) for name in _named_under(keys, "only"))
    for event, dated in _named_under(keys, "events").items():
        several = isinstance(dated, list)
        for index, one in enumerate(dated if several else [dated]):
            where = ("events", event, index) if several else ("events", event)
            if isinstance(one, dict):
                yield (*where, "at"), one.get("at")
                yield from (((*where, "when", name), name) for name in _named_under(one, "when"))
            else:
                yield where, one
    words: dict[KeyPath, Any] = {(key,): keys.get(key) for key in _keys_of_words()}
    words |= {("attributes", name): one for name, one in _named_under(keys, "attributes").items()}
    for where, source in words.items():
        if isinstance(source, dict):
            yield (*where, "column"), source.get("column")


def _at(keys: Any, path: KeyPath) -> Any:
    for part in path:
        keys = keys.get(part) if isinstance(keys, dict) else None
    return keys


def _what_events_lack(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    columns = keys.get("columns", {})
    for where, event in _events(keys):
        for alternatives in _needs(event):
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
                yield where, message


def _same_activities(keys: Keys) -> Iterator[tuple[KeyPath, Text]]:
    """Activities, or states, that differ only in spaces around, capitals or composition of accents."""
    for key, same in _SAME.items():
        first: dict[str, str] = {}
        for activity in _named_under(keys, key):
            other = first.setdefault(folded(activity), activity)
            if other != activity:
                message = Text(
                    f"{cited(activity)} se lit comme {same.fr} que {cited(other)}\u00a0: une seule fois suffit",
                    f"{activity!r} is read as {same.en} as {other!r}: write it once",
                )
                yield (key, activity), message


_SAME: Final[Mapping[str, Text]] = {
    "activities": Text("la même activité", "the same activity"),
    "states": Text("le même état", "the same state"),
}


def _named_under(keys: Keys, key: str) -> Mapping[str, Any]:
    """What stands under a key of the mapping, by its name."""
    named = keys.get(key)
    if not isinstance(named, dict):
        return {}
    return {name: value for name, value in named.items() if isinstance(name, str)}


def _events(keys: Keys) -> Iterator[tuple[KeyPath, str]]:
    """The events that rows give, and where the mapping says so."""
    for activity, event in _named_under(keys, "activities").items():
        meant = event.values() if isinstance(event, dict) else (event,)
        yield from ((("activities", activity), str(one)) for one in dict.fromkeys(map(str, meant)))
    yield from ((("events", event), event) for event in _named_under(keys, "events"))
    for name, state in _named_under(keys, "states").items():
        yield from ((("states", name), event) for event in _EVENTS_OF_STATES.get(str(state), ()))


def _keys_of_words() -> Mapping[str, WordList]:
    """The keys that say where a word comes from, and the list of the catalogue that it is in."""
    return {
        key: member.holds.words
        for event_type in EVENT_TYPES
        for member in data_members(event_type)
        if isinstance(member.holds, WordOf)
        for key in word_keys(event_type, member.holds)
    }


def _unlisted_words(keys: Keys, catalogue: Catalogue) -> Iterator[tuple[KeyPath, str, str]]:
    """Words that the mapping writes and the catalogue does not list: where, of what, and which."""
    sources: list[tuple[KeyPath, Any, Collection[str]]] = [
        ((key,), keys.get(key), catalogue.listed(words)) for key, words in _keys_of_words().items()
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
