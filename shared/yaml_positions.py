"""YAML read strictly, each value with the line and column it stands at.

Pure. Duplicate keys are refused (YAML parsers keep the last one silently), and a validation error is told at the place in the
file where a person must write something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from typing_extensions import override

M = TypeVar("M", bound=BaseModel)


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
        super().__init__("\n".join(f"{name}:{fault}" for fault in self.faults))


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
    document = parse(text, name)
    if not isinstance(document.node, yaml.MappingNode):
        raise FaultsError(name, [document.fault((), "the file must be keys and their values")])
    try:
        return model.model_validate(document.value), document
    except ValidationError as error:
        faults = sorted({document.fault(e["loc"], _plain(e["msg"])) for e in error.errors()})
        raise FaultsError(name, faults) from None


def parse(text: str, name: str) -> Document:
    """A document read strictly; raises :class:`FaultsError`."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        faults = [Fault(1, 1, "", "the file is empty")] if node is None else list(_misshapen(node))
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
    return message.removeprefix("Value error, ")


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


def _misshapen(node: yaml.Node, within: tuple[int, ...] = ()) -> Iterator[Fault]:
    """Keys that stand twice or are no words, and parts that contain themselves."""
    if id(node) in within:
        yield _fault_at(node, "", "this part contains itself")
        return
    inside = (*within, id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _misshapen(item, inside)
    if isinstance(node, yaml.MappingNode):
        yield from _misshapen_keys(node)
        for _, value in node.value:
            yield from _misshapen(value, inside)


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
