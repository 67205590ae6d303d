"""The packages hold their shape: each has one sentence and one door, and nothing is imported past it.

A door is the ``__init__`` of a package: what it imports (or, where it has code of its own, lists in ``__all__``) is for everybody,
names as well as modules. Within a package (and the packages inside it) modules import each other directly. The direction of imports and the purity of packages are import-linter's.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]
TOP: Final = ("shared", "services", "echeance")
NAMESPACES: Final = frozenset({"shared", "services"})
"""Folders of packages, without a door of their own."""
MOST_MODULES: Final = 20
SAME_MEANING: Final = frozenset(
    {"FILES_PER_YIELD", "SERVICE", "WORDS", "main", "metadata", "router", "serve", "service"}
)
"""Public names that mean the same wherever they are defined."""
TO_RENAME: Final[frozenset[str]] = frozenset()
"""Aliases and constants that still have two meanings; no name is added to these."""


class Module(NamedTuple):
    """A module of the product by its dotted name."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]


def modules(root: Path) -> Mapping[str, Module]:
    """Every module below the folders of the product, revisions of the schema aside."""
    found = {}
    for top in TOP:
        for path in sorted((root / top).rglob("*.py")):
            if "versions" in path.parts:
                continue
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found[name] = Module(name, ast.parse(path.read_text("utf-8")), is_package)
    return found


def exported(package: Module) -> frozenset[str]:
    """What a door gives to everybody: its ``__all__``, or whatever it imports."""
    imported: set[str] = set()
    for node in package.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return frozenset(ast.literal_eval(value))
            case ast.ImportFrom(names=names):
                imported.update(alias.asname or alias.name for alias in names)
            case _:
                continue
    return frozenset(imported)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imports(module: Module) -> Iterator[tuple[str, str]]:
    """(module, name) of each import of something of the product."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""


def past_doors(known: Mapping[str, Module]) -> list[str]:
    """Each import of what a package does not give to everybody, from outside of it."""
    doors = {name: exported(one) for name, one in known.items() if one.is_package}
    faults = []
    for module in known.values():
        for source, name in imports(module):
            package = source if source in doors else source.rpartition(".")[0]
            if package not in doors or package in NAMESPACES or inside(module.name, package):
                continue
            given = doors[package]
            asked = name if source == package else source.rpartition(".")[2]
            if f"{package}.{asked}" in doors:  # a package inside, which has a door of its own
                continue
            if asked not in given:
                faults.append(f"{module.name} imports {source}.{name}, past the door of {package}")
    return faults


def outsiders(root: Path) -> Iterator[Module]:
    """The modules of the tests, the benchmark and the deployment, which use the product from outside."""
    for top in ("tests", "bench", "deploy"):
        for path in (root / top).rglob("*.py"):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            yield Module(name, ast.parse(path.read_text("utf-8")), is_package=False)


def uses(module: Module) -> Iterator[str]:
    """The dotted name of whatever a module imports, or takes from a module that it imports."""
    names = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    yield from names.values()
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in names:
                yield f"{names[name]}.{attribute}"


def unused_exports(known: Mapping[str, Module], others: Iterable[Module]) -> list[str]:
    """What a door gives to everybody, and nobody outside of its package takes."""
    users: dict[str, set[str]] = defaultdict(set)
    for module in (*known.values(), *others):
        for use in uses(module):
            for part in accumulate(use.split("."), "{}.{}".format):
                users[part].add(module.name)
    return [
        f"{name}.{export}"
        for name, package in known.items()
        if package.is_package
        for export in exported(package)
        if all(inside(user, name) for user in users[f"{name}.{export}"])
    ]


def public_names(known: Mapping[str, Module]) -> Mapping[str, Sequence[str]]:
    """Where each public class, alias and constant, and each function of a door, is defined."""
    defined: dict[str, list[str]] = defaultdict(list)
    for module in known.values():
        given = exported(known[module.package])
        for node in module.tree.body:
            for name in names_of(node, given):
                if not name.startswith("_") and len(name) > 1:  # one letter: a type variable
                    defined[name].append(module.name)
    return defined


def names_of(node: ast.stmt, exports: frozenset[str]) -> Sequence[str]:
    """The names that a statement of a module defines; of functions those that are exported."""
    match node:
        case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name] if name in exports else []
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case _:
            return []


KNOWN: Final = modules(ROOT)


def test_every_folder_is_a_package_with_a_sentence_and_a_door():
    doorless = [
        one.name
        for one in KNOWN.values()
        if one.is_package and one.name not in NAMESPACES and ast.get_docstring(one.tree) is None
    ]
    folders = {module.package for module in KNOWN.values()}
    assert doorless == []
    assert folders - KNOWN.keys() == set()


def test_nothing_is_imported_past_a_door():
    assert past_doors(KNOWN) == []


def test_what_a_door_gives_is_used_outside():
    assert unused_exports(KNOWN, outsiders(ROOT)) == []


def test_a_public_name_is_defined_once():
    twice = {
        name: places
        for name, places in public_names(KNOWN).items()
        if len(places) > 1 and name not in SAME_MEANING
    }
    assert twice.keys() - TO_RENAME == set()
    assert TO_RENAME - twice.keys() == set(), "renamed: no longer in TO_RENAME"


def test_no_folder_has_more_than_twenty_modules():
    counts = Counter(one.package for one in KNOWN.values() if not one.is_package)
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_a_prefix_that_three_modules_share_is_a_package():
    prefixes = Counter(
        (one.package, one.name.rpartition(".")[2].partition("_")[0])
        for one in KNOWN.values()
        if not one.is_package and "_" in one.name.rpartition(".")[2].strip("_")
    )
    assert {where: count for where, count in prefixes.items() if count >= 3} == {}


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("shared/b.py", "from shared.a.inner import x\n", past_doors),
        ("services/b.py", "class Twice:\n    pass\n", None),
        ("services/b.py", "Twice = int\n", None),
        ("services/b.py", "Twice: type = int\n", None),
    ],
)
def test_planted_violations_are_found(tmp_path: Path, path: str, text: str, found: object):
    for name, content in {
        "shared/__init__.py": "",
        "services/__init__.py": "",
        "echeance/__init__.py": "",
        "shared/a/__init__.py": "from shared.a.inner import y\n",
        "shared/a/inner.py": "x = y = 1\n\n\nclass Twice:\n    pass\n",
        path: text,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    known = modules(tmp_path)
    assert unused_exports(known, ()) == ["shared.a.y"]
    if found is past_doors:
        assert past_doors(known) != []
    else:
        assert len(public_names(known)["Twice"]) == 2


_EXCEPTION = re.compile(r"# (noqa: \w+ — \S|type: ignore\[[\w-]+\]  # \S)")


def test_every_exception_from_a_check_has_its_reason():
    without = [
        f"{path.relative_to(ROOT)}:{number}"
        for top in (*TOP, "tests", "bench", "deploy")
        for path in (ROOT / top).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if re.search(r"# (noqa|type: ignore)", line) and not _EXCEPTION.search(line)
    ]
    assert without == []
