"""The lock files: every package that is installed, its version and the hashes of its files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
RUN_TIME: Final = ROOT / "requirements.lock"
IMAGE: Final = ROOT / "requirements-otel.lock"
DEVELOPMENT: Final = ROOT / "requirements-dev.lock"

_PACKAGE: Final = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: ; ([^\\]+?))? \\")
_HASH: Final = re.compile(r"    --hash=sha256:([0-9a-f]{64})")
_REQUIRED_BY: Final = re.compile(r"    # (?:via|  ) *([A-Za-z0-9._-]+)(?: \(pyproject\.toml\))?")


class LockedPackage(NamedTuple):
    """One package of a lock: ``hashes`` are SHA-256 in hexadecimal, ``marker`` says where it is installed."""

    name: str
    version: str
    marker: str
    hashes: Sequence[str]
    required_by: Sequence[str]

    def applies(self, environment: dict[str, str]) -> bool:
        """Whether it is installed in an environment, in the terms of PEP 508."""
        return not self.marker or Marker(self.marker).evaluate(environment)

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(path: Path) -> Sequence[LockedPackage]:
    """The packages of a lock, by name; raises :class:`ValueError` for a line that it should not have."""
    return list(_packages(path.read_text("utf-8").splitlines()))


def _packages(lines: Sequence[str]) -> Iterator[LockedPackage]:
    package: LockedPackage | None = None
    for line in lines:
        if found := _PACKAGE.fullmatch(line):
            if package is not None:
                yield package
            name, version, marker = found.groups()
            package = LockedPackage(canonicalize_name(name), version, marker or "", [], [])
        elif package is None:
            raise ValueError(f"a lock begins with a package, not with {line!r}")
        elif found := _HASH.match(line):
            package = package._replace(hashes=[*package.hashes, found[1]])
        elif found := _REQUIRED_BY.fullmatch(line):
            package = package._replace(required_by=[*package.required_by, found[1]])
        elif not line.startswith("    #"):
            raise ValueError(f"a lock has no line {line!r}")
    if package is not None:
        yield package
