"""Compilers and libraries of other languages: of the machine, and from the package indexes, each pinned by its checksum.

What is fetched stays in the caches of the languages' own tools. A test is skipped where its language is not.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.servers import java

HERE: Final = Path(__file__).parent
_ARCHIVES: Final = HERE / "archives.sha256"
_LONGEST_SECONDS: Final = 300


def program(name: str) -> str:
    """Where a program is; the test is skipped where it is not."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here")
    return path


def run(
    command: Sequence[object], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program that succeeds, in an environment or in that of the tests."""
    ended = subprocess.run(
        [str(one) for one in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
    )
    assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
    return ended


def java_archives() -> str:
    """The class path of Java's libraries, exactly those that are written down."""
    from jgo.maven import MavenContext

    repository, archives = MavenContext(), []
    with java.alone():
        for line in _ARCHIVES.read_text(encoding="utf-8").splitlines():
            digest, coordinates = line.split()
            group, name, version = coordinates.split(":")
            component = repository.project(group, name).at_version(version)
            archive = component.artifact().resolve()
            assert hashlib.sha256(archive.read_bytes()).hexdigest() == digest, coordinates
            archives.append(str(archive))
    return ":".join(archives)


def node_modules(folder: Path) -> None:
    """Put the libraries of JavaScript in a folder."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "javascript" / name, folder)
    quietly = ("--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
    run([program("npm"), "ci", *quietly], folder)
