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
    try:
        return model.model_validate(document.value), document
    except ValidationError as error:
        faults = sorted({document.fault(e["loc"], e["msg"]) for e in error.errors()})
        raise FaultsError(name, faults) from None


def parse(text: str, name: str) -> Document:
    """A document read strictly; raises :class:`FaultsError`."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise FaultsError(name, [Fault(1, 1, "", "the file is empty")])
        faults = list(_duplicate_keys(node))
        value = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FaultsError(name, [Fault(line, column, "", str(error.problem))]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise FaultsError(name, [Fault(1, 1, "", str(error))]) from None
    if faults:
        raise FaultsError(name, faults)
    return Document(value, node)


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


def _duplicate_keys(node: yaml.Node) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                mark = key.start_mark
                yield Fault(mark.line + 1, mark.column + 1, str(key.value), "this key stands twice")
            seen.add(key.value)
            yield from _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)
