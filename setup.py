"""What pyproject.toml cannot say: the modules of ``tool.echeance.compiled`` are compiled where ECHEANCE_COMPILE asks for it.

Its value is the folder for what mypyc writes. A wheel then has the compiled modules beside their
sources; a working tree has them elsewhere (``python -m deploy.compiled``), where they cannot be
taken for newer than a source.
"""

from __future__ import annotations

import gc
import os
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent


def extensions() -> list[Extension]:
    """The compiled modules, if they are asked for."""
    folder = os.environ.get("ECHEANCE_COMPILE")  # noqa: TID251 — an argument: setuptools has no other way to hand one in
    if not folder:
        return []
    if "editable_wheel" in sys.argv or "develop" in sys.argv:
        sys.exit("a working tree is compiled by `make compile`, never beside its sources")
    from mypyc.build import mypycify

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    modules = [f"{name.replace('.', '/')}.py" for name in settings["tool"]["echeance"]["compiled"]]
    found = mypycify(
        ["--follow-imports=silent", *modules],  # errors of other modules are for `make check`
        opt_level="2",
        debug_level="0",
        target_dir=folder,
        group_name="echeance",
    )
    # The interpreter collects mypy's trees several times before it ends: 15 s of 60.
    gc.freeze()
    return found


setup(ext_modules=extensions())
