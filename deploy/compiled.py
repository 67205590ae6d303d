"""``python -m deploy.compiled``: compile the core of this working tree (``tool.echeance.compiled`` of pyproject.toml).

With nothing to compile with, it says so and leaves the core interpreted, which is a failure only
under ``CI=true``. The compiled modules replace those in place at once, none of them is ever
overwritten: processes at work keep theirs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import grimp

from shared import compiled

_NEW: Final = compiled.FOLDER.with_name("compiling")
_CACHE: Final = compiled.FOLDER.with_name("mypy")
"""Its own: one process writes a cache of mypy's at a time, and ``make check`` may run beside."""


def main() -> None:
    """Compile, or say why not."""
    missing = list(_missing())
    if missing:
        _interpreted(f"{' and '.join(missing)} not found")
    # Before they are read: what is edited meanwhile is not what was compiled.
    manifest = {
        str(path.relative_to(compiled.ROOT)): compiled.source_digest(path) for path in sources()
    }
    shutil.rmtree(_NEW, ignore_errors=True)
    done = subprocess.run(
        [
            *(sys.executable, "setup.py", "--quiet", "build_ext"),
            *("--build-lib", str(_NEW / "modules"), "--build-temp", str(_NEW / "objects")),
        ],
        cwd=compiled.ROOT,
        env={
            **os.environ,  # noqa: TID251 — handed on
            "ECHEANCE_COMPILE": str(_NEW / "c"),
            "MYPY_CACHE_DIR": str(_CACHE),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        _interpreted("\n".join([*done.stdout.splitlines()[-20:], "the compilation failed"]))
    (_NEW / "modules" / compiled.MANIFEST).write_text(json.dumps(manifest, indent=1))
    shutil.rmtree(compiled.FOLDER, ignore_errors=True)
    (_NEW / "modules").rename(compiled.FOLDER)
    shutil.rmtree(_NEW)


def _missing() -> Iterator[str]:
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        yield f"the C compiler {compiler}"
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        yield "Python's headers (Debian: python3-dev)"


def _interpreted(reason: str) -> None:
    sys.stderr.write(f"{reason}: the core runs interpreted, half as fast and otherwise the same\n")
    sys.exit(os.environ.get("CI") == "true")  # noqa: TID251 — CI tests both


def names() -> Sequence[str]:
    """The modules that are compiled."""
    settings = tomllib.loads((compiled.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(settings["tool"]["echeance"]["compiled"])


def sources() -> Sequence[Path]:
    """The files that the compiled modules were made from: theirs, and all that these import.

    Of an interpreted module too: types and constants of it are part of what was compiled.
    """
    graph = grimp.build_graph("shared", "services", cache_dir=None)
    modules = set(names()).union(*map(graph.find_upstream_modules, names()))
    return [_path(name) for name in sorted(modules)]


def _path(module: str) -> Path:
    path = compiled.ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


if __name__ == "__main__":
    main()
