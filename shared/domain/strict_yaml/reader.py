"""Strict YAML: every value with its line and column.

Pure. Duplicate keys are refused (YAML parsers silently take the last), and a validation error is
reported in French and English at the place in the file to correct. The size of a document is
bounded: a few kilobytes can unfold, by aliases of aliases, into more than a machine holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, NamedTuple, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import override

from shared.domain.strict_yaml.fault_texts import (
    KEYS,
    REQUIRED,
    UnusableValueError,
    key_of_another_place,
    no_such_key,
    some_of_keys,
    text_of_error,
    text_of_syntax,
)
from shared.text import Language, Text

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_OWN_PARTS = "[<"
"""The first characters of parts of pydantic's path that are no keys: ``[key]``, a union's tag."""

_UNREADABLE = (ValueError, KeyError, IndexError, AttributeError, OverflowError)
"""What PyYAML raises for a value that is not what it looks like, or is tagged as."""

MOST_DOCUMENT_CHARACTERS: Final = 500_000
MOST_NODES: Final = 50_000
"""Values and keys in a file, aliases followed."""
MOST_FAULTS: Final = 100
_DEEPEST: Final = 100
_LONGEST_NUMBER: Final = 100
_NUMBERS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))


class Fault(NamedTuple):
    """A fault at a 1-based line and column; the path is dotted, empty for the whole file."""

    line: int
    column: int
    path: str
    message: Text | str

    def within(self, language: Language) -> str:
        """The fault as a line of text."""
        message = self.message
        words = message.within(language) if isinstance(message, Text) else message
        colon = "\u00a0: " if language == "fr" else ": "
        return f"{self.line}:{self.column}: {self.path}{colon if self.path else ''}{words}"

    @override
    def __str__(self) -> str:
        return self.within("en")


class FaultsError(ValueError):
    """A YAML file cannot be used; ``faults`` are where and why, each once despite aliases."""

    def __init__(self, name: str, faults: Sequence[Fault], unlisted: int = 0) -> None:
        self.name = name
        self._unlisted = unlisted
        self.faults = tuple(_each_once(faults))
        super().__init__(self.within("en"))

    def within(self, language: Language) -> str:
        """The first hundred faults, one a line."""
        lines = [f"{self.name}:{fault.within(language)}" for fault in self.faults[:MOST_FAULTS]]
        if unlisted := self._unlisted + len(self.faults) - len(lines):
            lines.append(f"{self.name}: {_MORE.within(language).format(n=unlisted)}")
        return "\n".join(lines)


_MORE = Text("… et {n} de plus", "… and {n} more")


def _each_once(faults: Sequence[Fault]) -> Sequence[Fault]:
    """In the order of the file; a fault in a part with several aliases is at the first."""
    unique: dict[tuple[int, int, str, str], Fault] = {}
    for fault in sorted(faults, key=lambda fault: fault[:3]):
        key = fault.line, fault.column, fault.path.rpartition(".")[2], str(fault.message)
        unique.setdefault(key, fault)
    return list(unique.values())


class Document(NamedTuple):
    """A parsed file and the nodes its values came from."""

    value: Any
    node: yaml.Node

    def keys_of(self, path: Sequence[str | int]) -> Path:
        """Pydantic's path of an error without the parts that are no keys."""
        node: yaml.Node | None = self.node
        keys: list[str | int] = []
        for part in path:
            child = _child(node, part) if node is not None else None
            if child is not None or str(part)[:1] not in _OWN_PARTS:
                node = None if child is None else child[1]
                keys.append(part)
        return tuple(keys)

    def fault(self, path: Sequence[str | int], message: Text | str) -> Fault:
        """A fault at the deepest node of the path that exists."""
        node, known = self.node, []
        for part in path:
            child = _child(node, part)
            if child is not None:
                _, node = child
                known.append(str(part))
        missing = [str(path[-1])] if path and message == REQUIRED else []
        return _fault_at(node, ".".join(known + missing), message)

    def key_fault(self, path: Sequence[str | int], message: Text | str) -> Fault:
        """A fault at the key that ends the path."""
        key = node = self.node
        for part in path:
            child = _child(node, part)
            if child is None:
                return self.fault(path, message)
            key, node = child
        return _fault_at(key, ".".join(map(str, path)), message)

    def scalars(self) -> Iterator[tuple[Path, yaml.ScalarNode]]:
        """Every scalar value and every key, in order, once each whatever aliases repeat."""
        seen: set[int] = set()
        left: list[tuple[Path, yaml.Node]] = [((), self.node)]
        while left:
            path, node = left.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.ScalarNode):
                yield path, node
            elif isinstance(node, yaml.SequenceNode):
                left += [((*path, index), item) for index, item in enumerate(node.value)][::-1]
            elif isinstance(node, yaml.MappingNode):
                for key, value in reversed(node.value):
                    left += [((*path, key.value), value), ((*path, key.value), key)]


def read(model: type[M], text: str, name: str) -> tuple[M, Document]:
    """A validated model and its document; raises :class:`FaultsError` with every fault."""
    document = parse(text, name)
    return validated(model, document, name), document


def validated(
    model: type[M],
    document: Document,
    name: str,
    others: Sequence[Fault] = (),
    context: object = None,
) -> M:
    """The model of a document; raises :class:`FaultsError` with every fault, ``others`` included.

    ``context`` is what the validators of the model are given (pydantic's validation context).
    """
    if not isinstance(document.node, yaml.MappingNode):
        raise FaultsError(name, [document.fault((), _NO_KEYS)])
    try:
        instance = model.model_validate(document.value, context=context)
    except ValidationError as error:
        places = {(fault.line, fault.column) for fault in others}
        faults = faults_of(error, model, document)
        more = [fault for fault in faults if (fault.line, fault.column) not in places]
        unlisted = max(0, error.error_count() - MOST_FAULTS)
        raise FaultsError(name, [*others, *more], unlisted) from None
    if others:
        raise FaultsError(name, others)
    return instance


def faults_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Fault]:
    """Where and why a model refuses a document: the first hundred."""
    errors = error.errors(include_url=False, include_input=False)
    return [_fault_of(model, document, one) for one in errors[:MOST_FAULTS]]


def parse_keys(text: str, name: str) -> Document:
    """A document whose value is keys and their values; raises :class:`FaultsError`."""
    document = parse(text, name)
    if not isinstance(document.node, yaml.MappingNode):
        raise FaultsError(name, [document.fault((), _NO_KEYS)])
    return document


_NO_KEYS = Text(
    "le fichier doit être des clés et leurs valeurs", "the file must be keys and their values"
)


def _fault_of(model: type[BaseModel], document: Document, error: ErrorDetails) -> Fault:
    """A pydantic error, at the key or value to correct, in our words."""
    path = document.keys_of(error["loc"])
    message = text_of_error(error)
    if error["type"] == "extra_forbidden":
        return document.key_fault(path, _unknown_key(model, error["loc"]))
    if error["loc"] and error["loc"][-1] == "[key]":
        return document.key_fault(path, message)
    if message == KEYS:
        message = some_of_keys(_known_keys(_models_at(model, error["loc"])))
    cause = error.get("ctx", {}).get("error")
    at = cause.at if isinstance(cause, UnusableValueError) else ()
    return document.fault((*path, *at), message)


def _unknown_key(model: type[BaseModel], path: Path) -> Text:
    """What to write instead of an unknown key: what replaced it, or the known keys."""
    models = _models_at(model, path[:-1])
    for one in models:
        moved: Mapping[str, Text] = getattr(one, "moved_keys", {})
        if path[-1] in moved:
            return moved[str(path[-1])]
    known = _known_keys(models)
    if place := _place_of(str(path[-1]), model, path[:-1], known):
        return key_of_another_place(place, known)
    return no_such_key(known)


def _place_of(key: str, model: type[BaseModel], path: Path, known: Sequence[str]) -> str | None:
    """Where a key belongs that is unknown at a path: the nearest place around, or one inside."""
    around = (path[:length] for length in range(len(path) - 1, 0, -1))
    inside = ((*path, name) for name in known)
    for place in (*around, *inside):
        within = (place, (*place, 0))  # a list's items have the keys
        if any(key in _known_keys(_models_at(model, one)) for one in within):
            return ".".join(str(part) for part in place if str(part)[:1] not in _OWN_PARTS)
    return None


def _known_keys(models: Sequence[Any]) -> Sequence[str]:
    return list(dict.fromkeys(name for one in models for name in _keys(one)))


def _models_at(model: type[BaseModel], path: Sequence[str | int]) -> Sequence[Any]:
    """The models whose keys may stand at a path."""
    alternatives: list[Any] = [model]
    for part in path:
        if str(part)[:1] in _OWN_PARTS:
            # The kind of a union is no key: it may say which of the alternatives was meant.
            meant = [one for one in alternatives if str(part)[1:-1] in _keys(one)]
            alternatives = meant or alternatives
        else:
            alternatives = [one for outer in alternatives for one in _within(outer, part)]
    return [one for one in alternatives if _keys(one)]


def _keys(annotation: Any) -> Sequence[str]:
    known = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if not known:
        return ()
    return [field.alias or name for name, field in annotation.model_fields.items()]


def _within(annotation: Any, part: str | int) -> Sequence[Any]:
    """The types that may stand under a key or an index of a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return _alternatives(field.annotation) if field else ()
    inner, origin = get_args(annotation), get_origin(annotation)
    if not inner or (origin is Sequence and not isinstance(part, int)):
        return ()
    return _alternatives(inner[-1])


def _alternatives(annotation: Any) -> Sequence[Any]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [one for inner in get_args(annotation) for one in _alternatives(inner)]
    return [annotation]


def parse(text: str, name: str) -> Document:
    """A document read strictly; raises :class:`FaultsError`."""
    node: yaml.Node | None = None
    if len(text) > MOST_DOCUMENT_CHARACTERS:
        raise FaultsError(name, [Fault(1, 1, "", _TOO_LONG)])
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        faults = [Fault(1, 1, "", _EMPTY)] if node is None else _Shape(node).faults
        value = None if faults else loader.construct_document(node)
    except _UnboundedError as error:
        raise FaultsError(name, [Fault(error.line, error.column, "", error.problem)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = text_of_syntax(str(error.problem))
        raise FaultsError(name, [Fault(line, column, "", problem)]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise FaultsError(name, [Fault(line, column, "", _CHARACTER)]) from None
    except RecursionError:
        raise FaultsError(name, [Fault(1, 1, "", _DEEP)]) from None
    except _UNREADABLE:
        none = list(_no_values(node)) if node else []
        raise FaultsError(name, none or [Fault(1, 1, "", _NO_VALUE)]) from None
    if faults or node is None:
        raise FaultsError(name, faults)
    return Document(value, node)


_EMPTY = Text("le fichier est vide", "the file is empty")
_DEEP = Text("trop de niveaux emboîtés", "nested too deeply")
_CHARACTER = Text(
    "ce caractère de commande n’est pas admis\u00a0: retirez-le",
    "this control character has no place: remove it",
)
_NO_VALUE = Text("cette date ou ce nombre n’existe pas", "there is no such date, or no such number")
_TOO_LONG = Text(
    f"plus de {MOST_DOCUMENT_CHARACTERS} caractères\u00a0: ce n’est pas un fichier de ce genre",
    f"more than {MOST_DOCUMENT_CHARACTERS} characters: this is no file of that kind",
)


def _no_values(node: yaml.Node) -> Iterator[Fault]:
    """Values that look like a date or a number and are not, such as 2025-02-30."""
    for path, scalar in Document(None, node).scalars():
        try:
            yaml.SafeLoader("").construct_object(scalar)
        except _UNREADABLE:
            yield _fault_at(scalar, ".".join(map(str, path)), _NO_VALUE)


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value under a part of a path; an item of a list is its own key."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


class _Loader(yaml.SafeLoader):
    """A loader that stops at a document too deep or too large, before it fills the memory."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._depth = 0

    @override
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._nodes += 1
        self._depth += 1
        if self._nodes > MOST_NODES:
            raise _UnboundedError(_TOO_MANY, parent)
        if self._depth > _DEEPEST:
            raise _UnboundedError(_DEEP, parent)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _UnboundedError(Exception):
    """A document is larger or deeper than what people write."""

    def __init__(self, problem: Text, node: yaml.Node | None) -> None:
        super().__init__(problem.en)
        self.problem = problem
        self.line = node.start_mark.line + 1 if node is not None else 1
        self.column = node.start_mark.column + 1 if node is not None else 1


class _Shape:
    """Duplicate and non-text keys, overlong numbers, cycles, and aliases that unfold without bound.

    Each node is visited once, however many aliases it has.
    """

    def __init__(self, document: yaml.Node) -> None:
        self.faults: list[Fault] = []
        self._sizes: dict[int, int] = {}
        self._size(document, ())

    def _size(self, node: yaml.Node, within: tuple[int, ...]) -> int:
        """How many nodes a part unfolds into."""
        if id(node) in within:
            self._add(_fault_at(node, "", _CYCLE))
            return 1
        known = self._sizes.get(id(node))
        if known is None:
            known = self._sizes[id(node)] = self._size_of_parts(node, (*within, id(node)))
        return known

    def _size_of_parts(self, node: yaml.Node, inside: tuple[int, ...]) -> int:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            for fault in _misshapen_keys(node):
                self._add(fault)
            parts = [part for pair in node.value for part in pair]
        elif node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
            self._add(_fault_at(node, "", _LONG_NUMBER))
        size = 1
        for part in parts:
            size += self._size(part, inside)
            if size > MOST_NODES:
                self._add(_fault_at(part, "", _UNFOLDS))
                return 1
        return size

    def _add(self, fault: Fault) -> None:
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append(fault)


def _misshapen_keys(node: yaml.MappingNode) -> Iterator[Fault]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            yield _fault_at(key, "", _KEY)
        elif key.tag not in _TEXT_TAGS:
            yield _fault_at(key, str(key.value), _QUOTE)
        elif key.value in seen:
            yield _fault_at(key, str(key.value), _TWICE)
        else:
            seen.add(key.value)


_TOO_MANY = Text(f"plus de {MOST_NODES} valeurs et clés", f"more than {MOST_NODES} values and keys")
_LONG_NUMBER = Text(
    f"un nombre ou une date de plus de {_LONGEST_NUMBER} caractères\u00a0: mettez un texte entre guillemets",
    f"a number or date of more than {_LONGEST_NUMBER} characters: write a text in quotes",
)
_UNFOLDS = Text(
    f"se déplie en plus de {MOST_NODES} valeurs, par des alias d’alias",
    f"unfolds into more than {MOST_NODES} values, by aliases of aliases",
)
_CYCLE = Text("cette partie se contient elle-même", "this part contains itself")
_KEY = Text("une clé est un seul mot ou texte", "a key must be a word")
_QUOTE = Text(
    "mettez cette clé entre guillemets\u00a0: elle se lit comme un nombre, une date ou oui/non",
    "put this key in quotes: it is read as a number, a date or yes/no",
)
_TEXT_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")
_TWICE = Text("cette clé figure deux fois", "this key stands twice")


def _fault_at(node: yaml.Node, path: str, message: Text | str) -> Fault:
    return Fault(node.start_mark.line + 1, node.start_mark.column + 1, path, message)
