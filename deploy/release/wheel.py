"""The wheel of a commit, byte for byte the same each time it is built."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.release.lock import ROOT
from deploy.release.provenance import Source


class DirtyTreeError(Exception):
    """The work tree differs from its commit."""


def source(*, allow_dirty: bool = False) -> Source:
    """The commit of the work tree; raises :class:`DirtyTreeError` if something is not committed."""
    if not allow_dirty and _git("status", "--porcelain").strip():
        raise DirtyTreeError(
            "the work tree has changes: commit them, so that the provenance is true"
        )
    commit, made_at = _git("log", "-1", "--format=%H %ct").split()
    return Source(commit.decode(), int(made_at))


def build_wheel(of: Source, folder: Path) -> Path:
    """Build the wheel of a commit, with nothing else of the work tree, into a folder.

    The setuptools of the development lock builds it; nothing is downloaded.
    """
    with TemporaryDirectory() as name:
        tree = Path(name)
        with tarfile.open(
            fileobj=io.BytesIO(_git("archive", "--format=tar", of.commit))
        ) as archive:
            archive.extractall(tree, filter="data")
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
        subprocess.run(
            [*command, "--no-build-isolation", "--wheel-dir", str(folder.resolve()), "."],
            cwd=tree,
            env={"SOURCE_DATE_EPOCH": str(of.made_at), "PATH": "/usr/bin:/bin"},
            check=True,
        )
    [wheel] = folder.glob("echeance-*.whl")
    return wheel


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout
