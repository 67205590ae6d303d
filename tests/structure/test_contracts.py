"""The contracts of import-linter fail where they should, and a pure module has a pure test."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.paths import ROOT
from tests.structure.test_packages import KNOWN, TOP, imports, inside

UNTESTED: Final = frozenset(
    {
        "echeance.demo.intake",
        "echeance.demo.lives",
        "echeance.demo.profiles",
        "services.ingest.cloudevents.texts",
        "shared.domain.commitments",
        "shared.domain.counting",
        "shared.domain.delay",
        "shared.domain.ledger_days",
        "shared.domain.records",
    }
)
"""Pure modules without a test of their own: the tests of others cover them. The list only shrinks."""


def contracts() -> list[dict[str, object]]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: list[dict[str, object]] = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return found


def pure_names() -> list[str]:
    """The packages and modules that the contract of purity names."""
    [contract] = [one for one in contracts() if str(one["name"]).startswith("pure")]
    names = contract["source_modules"]
    assert isinstance(names, list)
    return names


def pure_modules() -> Iterator[str]:
    """Every module of them."""
    for name in pure_names():
        path = ROOT / name.replace(".", "/")
        for module in path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
            if module.name != "__init__.py":
                yield ".".join(module.relative_to(ROOT).with_suffix("").parts)


def mirror(module: str) -> Path:
    """Where the tests of a module are: ``shared`` and ``services`` are left out."""
    *folders, name = module.removeprefix("shared.").removeprefix("services.").split(".")
    return ROOT.joinpath("tests", "unit", *folders, f"test_{name}.py")


def test_every_pure_module_but_the_untested_has_a_pure_test_in_its_place():
    assert {module for module in pure_modules() if not mirror(module).exists()} == UNTESTED


def test_a_pure_module_imports_pure_modules_only():
    pure = {name for name in KNOWN for one in pure_names() if inside(name, one)}
    impure = {
        f"{name} imports {source}.{item}"
        for name in pure
        for source, item in imports(KNOWN[name])
        if source.split(".")[0] in TOP and not {source, f"{source}.{item}"} & pure
    }
    assert impure == set()


def test_planted_violations_of_direction_and_purity_are_found(tmp_path: Path):
    for top in TOP:
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, planted in {
        "shared/text/texts.py": "import services.ingest.publisher\n",
        "shared/domain/instants.py": "import os\n",
    }.items():
        with (tmp_path / path).open("a", encoding="utf-8") as module:
            module.write(planted)
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    broken = {line for line in done.stdout.splitlines() if line.endswith("BROKEN")}
    assert done.returncode == 1
    assert any("shared knows no service" in line for line in broken), done.stdout
    assert any(line.startswith("pure packages") for line in broken), done.stdout
