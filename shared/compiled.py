"""The compiled core: which form of the law this process runs, the sources or what mypyc made of them.

A wheel may have compiled modules beside their sources. A working tree has them in a folder of its
own, with the digest of every source that they were made from: as soon as one differs, all are left
aside, so what runs is always what stands in the tree. ``ECHEANCE_INTERPRETED=1`` leaves them aside
too. Which modules, and why only these: decision 21.

Imports little, since a health check imports it every ten seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "build" / "compiled"
"""Where a working tree has its compiled modules, under the paths of their sources."""
MANIFEST: Final = "sources.json"
"""The file in :data:`FOLDER` that has, by the path of a source, its digest."""
_OWN: Final = ("shared", "services", "echeance")

Form = Literal["compiled", "switched_off", "absent", "stale"]
"""What the core runs as: compiled, or interpreted and why (the variable says so, nothing is compiled, a source changed)."""


class _CompiledFinder:
    """Finds the compiled modules of a folder before the sources are looked for."""

    def __init__(self, folder: Path) -> None:
        suffix = EXTENSION_SUFFIXES[0]
        self._folders = {
            ".".join(path.relative_to(folder).parts).removesuffix(suffix): str(path.parent)
            for path in folder.rglob(f"*{suffix}")
        }

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        folder = self._folders.get(fullname)
        if folder is None:
            return None
        return FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES)).find_spec(fullname)


class _SourceFinder:
    """Finds sources alone, where compiled modules lie beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or fullname.partition(".")[0] not in _OWN:
            return None
        finders = (FileFinder(one, (SourceFileLoader, SOURCE_SUFFIXES)) for one in path)
        found = (finder.find_spec(fullname) for finder in finders)
        return next((spec for spec in found if spec is not None and spec.loader is not None), None)


def source_digest(source: Path) -> str:
    """The digest of a source in the manifest."""
    from hashlib import blake2b

    return blake2b(source.read_bytes(), digest_size=16).hexdigest()


def _install() -> Form:
    """Have modules found in the form that this process runs; ``shared`` imports this before any of them."""
    if os.environ.get("ECHEANCE_INTERPRETED", "0") not in ("", "0"):  # noqa: TID251 — settings are imported after this
        sys.meta_path.insert(0, _SourceFinder())
        return "switched_off"
    if any((ROOT / "shared" / "domain").glob(f"*{EXTENSION_SUFFIXES[0]}")):
        return "compiled"  # a wheel's, beside their sources: Python prefers them
    try:
        manifest = (FOLDER / MANIFEST).read_bytes()
    except OSError:
        return "absent"
    if not _unchanged(manifest):
        return "stale"
    sys.meta_path.insert(0, _CompiledFinder(FOLDER))
    return "compiled"


def _unchanged(manifest: bytes) -> bool:
    import json

    sources: Mapping[str, str] = json.loads(manifest)
    try:
        return all(source_digest(ROOT / path) == made_of for path, made_of in sources.items())
    except OSError:
        return False


CORE_FORM: Final = _install()
"""What the core runs as in this process."""
