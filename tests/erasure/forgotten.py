"""Requests to forget, and where bytes name a file all the same."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from pathlib import Path

from shared.domain.events import OPERATOR, Forgotten, ForgottenData
from shared.erasure import pseudonyms
from tests.builders import at


def forgotten(
    file_id: str, local: str, *, source: str = OPERATOR, named: str = "", partitions: int = 2
) -> Forgotten:
    """A request as ingest or the command appends it."""
    return Forgotten(
        id=named or f"forget-{file_id}",
        source=source,
        file_id=file_id,
        time=at(local),
        recorded_at=at(local),
        data=ForgottenData(pseudonym=pseudonyms.random_pseudonym(file_id, partitions)),
    )


def naming(stored: bytes, names: Collection[str]) -> set[str]:
    """Which of these identifiers stand in bytes as they are, or in what dead letters hold in base64."""
    found = set(_named(stored, names))
    for encoded in re.findall(rb'"(?:key|value)":"([A-Za-z0-9+/]+={0,2})"', stored):
        found |= set(_named(base64.b64decode(encoded), names))
    return found


def _named(stored: bytes, names: Collection[str]) -> set[str]:
    pattern = re.compile(b"|".join(re.escape(one.encode()) for one in names))
    return {one.decode() for one in pattern.findall(stored)}


def files_naming(folder: Path, names: Collection[str]) -> dict[str, set[str]]:
    """The files in a folder, at any depth, in which an identifier stands."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (named := naming(path.read_bytes(), names)):
            found[str(path.relative_to(folder))] = named
    return found
