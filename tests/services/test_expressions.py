"""No regular expression of the product takes more than linear time: each is pumped with 20,000 characters of what might make it go back.

Bounded is the processor's time, by twenty times what the longest of them takes.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.types import StringConstraints
from starlette.routing import compile_path

import echeance
import services
import shared
from echeance.cli import openapi
from shared.http.cookies import cookies_of
from shared.http.negotiation import language_preferred, page_preferred

CHARACTERS = 20_000
SECONDS = 0.25
ROOT = Path(__file__).parents[2]

_UNITS = (
    " ", "\t", "\n", '"', "'", "\\", '\\"', "a", "A", "0", "9", ",", ", ", ";", "; ", ":", "::", "=", "a=b;", "/", "//", "?", "#", "@",
    "%", "%41", "%%", "-", "a-", ".", "a.", "_", "~", "~0", "(", ")", "[", "]", "{", "}", "{}", "<", ">", "&", "+", "*", "|", "$", "é",
    "\u00a0", "2026-", "T00:00", "00:", "a/b", "q=0.", ";q=0.5,", "a b", "\r\n", "x\n", "--", "..", "1.",
)  # fmt: skip
_LEADS = ("", "a", '"', "https://", "2026-11-23T", "en;q=", "[", "application/json;", "/v1/files/")


def pumps() -> Iterator[str]:
    for lead in _LEADS:
        for unit in _UNITS:
            pumped = unit * (CHARACTERS // len(unit))
            yield lead + pumped
            yield lead + pumped + "\x00"  # so that what matched so far cannot match whole


class Expression(NamedTuple):
    where: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


_METHODS = ("match", "fullmatch", "search", "split", "sub", "findall", "finditer")


def _modules() -> Iterator[tuple[str, Any]]:
    for package in (shared, services, echeance):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and ".migrations." not in found.name:
                yield found.name, importlib.import_module(found.name)


def _source_of(name: str) -> Path:
    """The text of a module, which may run compiled."""
    path = ROOT.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _used(path: Path, name: str) -> frozenset[str]:
    """How a module, or another that imports the name, applies an expression."""
    texts = [path.read_text(encoding="utf-8")]
    if not name.startswith("_"):
        texts = [
            one.read_text(encoding="utf-8")
            for top in ("shared", "services", "echeance")
            for one in (ROOT / top).rglob("*.py")
        ]
    used = {method for method in _METHODS for text in texts if f"{name}.{method}(" in text}
    return frozenset(used or {"fullmatch", "match"})


def _literals(path: Path) -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Expressions written where they are applied: ``re.sub("…", …)``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _METHODS
            and isinstance(node.args[0], ast.Constant)
        ):
            yield f"{path.name}:{node.lineno}", re.compile(node.args[0].value), node.func.attr


def expressions() -> list[Expression]:
    found: dict[tuple[Any, int], Expression] = {}
    for name, module in _modules():
        for attribute, value in vars(module).items():
            if isinstance(value, re.Pattern):
                path = _source_of(name)
                known = found.get((value.pattern, value.flags))
                methods = _used(path, attribute) | (known.methods if known else frozenset())
                where = known.where if known else f"{name}.{attribute}"
                found[value.pattern, value.flags] = Expression(where, value, methods)
    for top in ("shared", "services", "echeance"):
        for path in (ROOT / top).rglob("*.py"):
            for where, pattern, method in _literals(path):
                found.setdefault(
                    (pattern.pattern, pattern.flags),
                    Expression(where, pattern, frozenset({method})),
                )
    for path_of_route in openapi.document()["paths"]:
        pattern, *_ = compile_path(path_of_route)
        found[pattern.pattern, pattern.flags] = Expression(
            path_of_route, pattern, frozenset({"match"})
        )
    return sorted(found.values(), key=lambda one: one.where)


def _apply(expression: Expression, text: str) -> None:
    given = text.encode() if isinstance(expression.pattern.pattern, bytes) else text
    for method in expression.methods:
        match method:
            case "sub":
                expression.pattern.sub(given[:0], given)
            case "finditer":
                for _ in expression.pattern.finditer(given):
                    pass
            case _:
                getattr(expression.pattern, method)(given)


def _slowest(apply: Any) -> tuple[float, str]:
    worst = (0.0, "")
    for text in pumps():
        began = time.process_time()
        apply(text)
        worst = max(worst, (time.process_time() - began, text[:40]))
        if worst[0] > SECONDS:
            break
    return worst


EXPRESSIONS = expressions()


def test_expressions_are_found_wherever_they_are_written() -> None:
    assert len(EXPRESSIONS) > 40
    modules = {one.where.partition(".")[0] for one in EXPRESSIONS}
    assert {"shared", "services", "echeance"} <= modules


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda one: one.where)
def test_no_expression_goes_back_over_what_it_has_read(expression: Expression) -> None:
    seconds, text = _slowest(lambda text: _apply(expression, text))
    assert seconds < SECONDS, text


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for member in value.values():
            yield from _patterns(member)
    elif isinstance(value, list):
        for member in value:
            yield from _patterns(member)


@pytest.mark.parametrize("pattern", sorted(set(_patterns(openapi.document()))))
def test_no_pattern_of_the_interface_does(pattern: str) -> None:
    held = TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])

    def apply(text: str) -> None:
        with contextlib.suppress(ValidationError):
            held.validate_python(text)

    assert _slowest(apply)[0] < SECONDS


@pytest.mark.parametrize("header", ["accept", "accept-language", "cookie"])
def test_headers_that_anybody_may_send_are_read_in_linear_time(header: str) -> None:
    read = {
        "accept": page_preferred,
        "accept-language": language_preferred,
        "cookie": lambda text: cookies_of({"headers": [(b"cookie", str(text).encode())]}),
    }[header]
    assert _slowest(read)[0] < SECONDS / 10


def test_an_expression_that_does_is_found() -> None:
    """As that of ``Accept-Language`` was: 32,000 spaces took five seconds of the processor."""
    former = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01]))?\s*")
    assert _slowest(lambda text: former.fullmatch("a" + text))[0] > SECONDS
