"""Which form the core takes: compiled only where every source is what it was compiled from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from deploy.compiled import names
from shared import compiled
from tests.paths import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree of two sources, and a manifest of what was compiled from them."""
    for name in ("shared/__init__.py", "shared/compiled.py", "shared/domain/cycles.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    folder = tmp_path / compiled.FOLDER.relative_to(ROOT)
    folder.mkdir(parents=True)
    source = "shared/domain/cycles.py"
    sources = {source: compiled.source_digest(tmp_path / source)}
    (folder / compiled.MANIFEST).write_text(json.dumps(sources))
    return tmp_path


def form(tree: Path, interpreted: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", "import shared; print(shared.compiled.CORE_FORM)"],
        cwd=tree,
        env={**os.environ, "ECHEANCE_INTERPRETED": interpreted},  # noqa: TID251 — handed on
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_what_was_compiled_from_these_sources_is_taken(tree: Path) -> None:
    assert form(tree) == form(tree, "0") == "compiled"


def test_an_edited_source_wins_even_with_the_time_and_the_size_it_had(tree: Path) -> None:
    source = tree / "shared" / "domain" / "cycles.py"
    before, text = source.stat(), source.read_text("utf-8")
    source.write_text(text.replace("Pure.", "pure."), "utf-8")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.stat().st_size == before.st_size
    assert form(tree) == "stale"
    source.write_text(text, "utf-8")
    assert form(tree) == "compiled"


def test_a_source_that_is_gone_leaves_the_rest_interpreted(tree: Path) -> None:
    (tree / "shared" / "domain" / "cycles.py").unlink()
    assert form(tree) == "stale"


def test_it_can_be_switched_off(tree: Path) -> None:
    assert form(tree, "1") == "switched_off"


def test_nothing_compiled_is_interpreted(tree: Path) -> None:
    shutil.rmtree(tree / "build")
    assert form(tree) == "absent"


def test_what_is_compiled_is_not_inherited_from_by_what_is_not() -> None:
    """Compiled code takes a class of its own for one of those that it knows when it is compiled."""
    for path in (ROOT / "shared" / "domain").rglob("*.py"):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for door in ("services.ingest", "services.clock", "services.compliance"):
        import_module(door)
    listed = names()
    classes = [
        one
        for name in listed
        for one in vars(import_module(name)).values()
        if isinstance(one, type) and one.__module__ == name
    ]
    assert len(classes) > 20
    heirs: list[type] = []
    for one in classes:
        heirs += type.__subclasses__(one)
    assert [heir for heir in heirs if heir.__module__ not in listed] == []
