"""The overlays built: what ``kustomize build`` gives is kept, so that it can be read, compared and applied without kustomize."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
OVERLAYS: Final = ("dev", "production")
_SOURCES: Final = ("base", "components", "overlays")
_HEAD: Final = "# Written by `python -m deploy.k8s`; of the sources"


class NoKustomizeError(Exception):
    """Neither kustomize nor kubectl is on PATH."""


def rendered(overlay: str) -> Path:
    """The file in which an overlay's build is kept."""
    return FOLDER / "rendered" / f"{overlay}.yaml"


def build(overlay: str, folder: Path = FOLDER) -> str:
    """What kustomize makes of an overlay; raises :class:`NoKustomizeError`, or ``CalledProcessError`` where it refuses."""
    source = str(folder / "overlays" / overlay)
    for program, *words in (("kustomize", "build"), ("kubectl", "kustomize")):
        if found := shutil.which(program):
            command = [found, *words, source]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    raise NoKustomizeError("install kustomize or kubectl, and have it on PATH")


def head(folder: Path = FOLDER) -> str:
    """The first line of a rendering. It tells from which sources it was made, so that an old one is seen without kustomize."""
    return f"{_HEAD} {digest(folder)}\n"


def digest(folder: Path = FOLDER) -> str:
    """Another for other sources."""
    summed = hashlib.sha256()
    for file in _sources(folder):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        summed.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return summed.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    for name in _SOURCES:
        yield from sorted(file for file in (folder / name).rglob("*") if file.is_file())
