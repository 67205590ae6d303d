"""YAML in which Helm computes values, leaves parts out, or writes parts of its own.

A tree of dicts and lists is written by PyYAML with marks in it, which are words; each mark is then replaced.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml
from typing_extensions import override

_MARK: Final = re.compile(r"HELM\d+MARK")
_LINE: Final = re.compile(r"^( *)((?:- )?(?:[\w./-]+: )?)(HELM\d+MARK)(?:: null)?$", re.MULTILINE)


class Marks:
    """The marks of one file, and what stands for each."""

    def __init__(self) -> None:
        self._next = itertools.count(1)
        self._values: dict[str, str] = {}
        self._blocks: dict[str, str] = {}
        self._lines: dict[str, str] = {}

    def value(self, expression: str) -> str:
        """A scalar that an expression gives; it may stand within a longer one. Equal expressions have equal marks."""
        for mark, known in self._values.items():
            if known == expression:
                return mark
        return self._mark(self._values, expression)

    def block(self, expression: str) -> str:
        """A mapping or a sequence that an expression gives, in the place of a value."""
        return self._mark(self._blocks, expression)

    def line(self, statement: str) -> str:
        """A statement on a line of its own: as the item of a list, or as a key whose value is None."""
        return self._mark(self._lines, statement)

    def _mark(self, kind: dict[str, str], text: str) -> str:
        mark = f"HELM{next(self._next)}MARK"
        kind[mark] = text
        return mark

    def written(self, tree: Mapping[str, Any]) -> str:
        """The tree as a template."""
        text = yaml.dump(tree, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)
        text = _LINE.sub(self._whole_line, text)
        return _MARK.sub(lambda found: f"{{{{ {self._values[found[0]]} }}}}", text)

    def _whole_line(self, found: re.Match[str]) -> str:
        indent, before, mark = found.groups()
        if mark in self._lines:
            return f"{indent}{{{{- {self._lines[mark]} }}}}"
        if mark in self._blocks:
            return f"{indent}{before}{{{{- {self._blocks[mark]} | nindent {len(indent) + 2} }}}}"
        return found[0]


def literal(value: object) -> str:
    """A value as an expression of Helm's has it."""
    return json.dumps(value)


class _Plain(yaml.SafeDumper):
    """Anchors are nothing that a reader of a template looks for."""

    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True
