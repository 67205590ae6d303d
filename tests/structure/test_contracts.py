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
from tests.structure.test_packages import TOP

UNTESTED: Final = frozenset(
    {
        "echeance.demo.intake",
        "echeance.demo.lives",
        "echeance.demo.ministry",
        "echeance.demo.profiles",
        "echeance.importer.cells",
        "echeance.importer.mapping",
        "echeance.importer.plan",
        "echeance.importer.reasons",
        "echeance.importer.rows",
        "echeance.importer.times",
        "services.clock.evaluator",
        "services.clock.event_allowance",
        "services.clock.incoming",
        "services.compliance.alerts.law",
        "services.compliance.attainment.measures",
        "services.compliance.attainment.report_formats",
        "services.compliance.attainment.samples",
        "services.compliance.periods",
        "services.compliance.projection.corrections",
        "services.compliance.projection.listing_key",
        "services.compliance.projection.tally_scope",
        "services.ingest.cloudevents.faults",
        "services.ingest.cloudevents.members",
        "services.ingest.cloudevents.texts",
        "shared.domain.calendars.calendar_file",
        "shared.domain.calendars.opening_hours",
        "shared.domain.commitments",
        "shared.domain.counting",
        "shared.domain.deadline_words",
        "shared.domain.delay",
        "shared.domain.instants",
        "shared.domain.ledger_days",
        "shared.domain.list_order",
        "shared.domain.records",
        "shared.domain.uri",
        "shared.domain.vocabulary",
        "shared.domain.what_if",
        "shared.metrics.series",
        "shared.text.formats",
        "shared.text.moments",
        "shared.text.texts",
    }
)
"""Pure modules without a test of their own yet, which others test by what they use: the list only shrinks."""


def contracts() -> list[dict[str, object]]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: list[dict[str, object]] = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return found


def pure_modules() -> Iterator[str]:
    """Every module of the packages that the contract of purity names."""
    [contract] = [one for one in contracts() if str(one["name"]).startswith("pure")]
    names = contract["source_modules"]
    assert isinstance(names, list)
    for name in names:
        path = ROOT / name.replace(".", "/")
        for module in path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
            if module.name != "__init__.py":
                yield ".".join(module.relative_to(ROOT).with_suffix("").parts)


def mirror(module: str) -> Path:
    """Where the tests of a module are: ``shared`` and ``services`` are left out."""
    *folders, name = module.removeprefix("shared.").removeprefix("services.").split(".")
    return ROOT.joinpath("tests", "unit", *folders, f"test_{name}.py")


def test_a_pure_module_has_a_pure_test_in_its_place():
    missing = {module for module in pure_modules() if not mirror(module).exists()}
    assert missing - UNTESTED == set()


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
