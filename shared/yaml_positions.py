"""YAML read strictly, each value with the line and column it stands at.

Pure. Duplicate keys are refused (YAML parsers keep the last one silently), and a validation error is told at the place in the
file where a person must write something else. What is read is bounded: a text of a few kilobytes can unfold, by aliases of aliases,
into more than a machine holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from typing_extensions import override

M = TypeVar("M", bound=BaseModel)

MOST_CHARACTERS: Final = 500_000
MOST_NODES: Final = 50_000
"""How many values and keys a file may have, aliases followed."""
MOST_FAULTS: Final = 100
_DEEPEST: Final = 100
_LONGEST_NUMBER: Final = 100
_LONGEST_MESSAGE: Final = 1_000
_NUMBERS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))


class Fault(NamedTuple):
    """Something to mend, at a 1-based line and column; the path is dotted, empty for the whole file."""

    line: int
    column: int
    path: str
    message: str

    @override
    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.line}:{self.column}: {where}{self.message}"


class FaultsError(ValueError):
    """A YAML file cannot be used; ``faults`` says where and why."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        told = [f"{name}:{fault}" for fault in self.faults[:MOST_FAULTS]]
        if unlisted := len(self.faults) - len(told):
            told.append(f"{name}: … and {unlisted} more")
        super().__init__("\n".join(told))


class Document(NamedTuple):
    """A parsed file and the nodes its values came from."""

    value: Any
    node: yaml.Node

    def fault(self, path: Sequence[str | int], message: str) -> Fault:
        """A fault at the deepest node of the path that exists."""
        node, known = self.node, []
        for part in path:
            child = _child(node, part)
            if child is not None:
                node = child
                known.append(str(part))
        mark = node.start_mark
        missing = [str(path[-1])] if path and _is_missing(message) else []
        return Fault(mark.line + 1, mark.column + 1, ".".join(known + missing), message)


def read(model: type[M], text: str, name: str) -> tuple[M, Document]:
    """A validated model and its document, or :class:`FaultsError` with every fault found."""
    document = parse_keys(text, name)
    try:
        return model.model_validate(document.value), document
    except ValidationError as error:
        raise FaultsError(name, faults_of(error, document)) from None


def faults_of(error: ValidationError, document: Document) -> list[Fault]:
    """Where and why a model refuses a document, in the order of the text; the first hundred of a model's own order."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return sorted({document.fault(one["loc"], _plain(one["msg"])) for one in found[:MOST_FAULTS]})


def parse_keys(text: str, name: str) -> Document:
    """A document whose value is keys and their values; raises :class:`FaultsError`."""
    document = parse(text, name)
    if not isinstance(document.node, yaml.MappingNode):
        raise FaultsError(name, [document.fault((), "the file must be keys and their values")])
    return document


def parse(text: str, name: str) -> Document:
    """A document read strictly; raises :class:`FaultsError`."""
    if len(text) > MOST_CHARACTERS:
        too_long = f"{len(text)} characters; a file may have {MOST_CHARACTERS}"
        raise FaultsError(name, [Fault(1, 1, "", too_long)])
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        faults = [Fault(1, 1, "", "the file is empty")] if node is None else list(_faults(node))
        value = None if faults else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FaultsError(name, [Fault(line, column, "", str(error.problem))]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise FaultsError(name, [Fault(line, column, "", str(error.reason))]) from None
    except RecursionError:
        raise FaultsError(name, [Fault(1, 1, "", "nested too deeply")]) from None
    except ValueError as error:
        raise FaultsError(name, [Fault(1, 1, "", str(error))]) from None
    if faults or node is None:
        raise FaultsError(name, faults)
    return Document(value, node)


def _plain(message: str) -> str:
    """A validator's own words, without the kind of exception that carried them."""
    words = message.removeprefix("Value error, ")
    return words if len(words) <= _LONGEST_MESSAGE else f"{words[:_LONGEST_MESSAGE]}…"


def _is_missing(message: str) -> bool:
    return message == "Field required"


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value  # type: ignore[no-any-return]
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]  # type: ignore[no-any-return]
    return None


class _Loader(yaml.SafeLoader):
    """Stops at a document that is too deep, or has too many nodes, before it is held in memory."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._depth = 0

    @override
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._nodes += 1
        self._depth += 1
        if self._nodes > MOST_NODES:
            self._refuse(f"more than {MOST_NODES} values and keys", parent)
        if self._depth > _DEEPEST:
            self._refuse("nested too deeply", parent)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refuse(self, problem: str, parent: yaml.Node | None) -> NoReturn:
        mark = parent.start_mark if parent is not None else None
        raise yaml.composer.ComposerError(None, None, problem, mark)


def _faults(node: yaml.Node) -> list[Fault]:
    """What is wrong with the shape of a document, whatever it says."""
    shape = _Shape()
    shape.size(node, ())
    return shape.faults


class _Shape:
    """Keys that stand twice or are no words, numbers too long to read, parts that contain themselves or unfold without end.

    Each part is looked at once, however many aliases name it.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._sizes: dict[int, int] = {}

    def size(self, node: yaml.Node, within: tuple[int, ...]) -> int:
        """How many nodes a part unfolds into."""
        if id(node) in within:
            self._add(_fault_at(node, "", "this part contains itself"))
            return 1
        known = self._sizes.get(id(node))
        if known is None:
            known = self._sizes[id(node)] = self._looked_at(node, (*within, id(node)))
        return known

    def _looked_at(self, node: yaml.Node, inside: tuple[int, ...]) -> int:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            for fault in _misshapen_keys(node):
                self._add(fault)
            parts = [part for pair in node.value for part in pair]
        elif node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
            message = f"a number or date of {len(node.value)} characters; write a text in quotes"
            self._add(_fault_at(node, "", message))
        size = 1
        for part in parts:
            size += self.size(part, inside)
            if size > MOST_NODES:
                message = f"unfolds into more than {MOST_NODES} values, by aliases of aliases"
                self._add(_fault_at(part, "", message))
                return 1
        return size

    def _add(self, fault: Fault) -> None:
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append(fault)


def _misshapen_keys(node: yaml.MappingNode) -> Iterator[Fault]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            yield _fault_at(key, "", "a key must be a word")
        elif key.value in seen:
            yield _fault_at(key, str(key.value), "this key stands twice")
        else:
            seen.add(key.value)


def _fault_at(node: yaml.Node, path: str, message: str) -> Fault:
    return Fault(node.start_mark.line + 1, node.start_mark.column + 1, path, message)
