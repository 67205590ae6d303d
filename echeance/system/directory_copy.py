"""A copy of a data directory, to try on it what must not change it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from echeance.system import directory_catalogue
from echeance.system.embedded import DATABASE


@contextmanager
def directory_copy(data: Path | None) -> Iterator[Path]:
    """A temporary directory with what is in another, which may be in use; empty without one.

    It takes the room of the database, and is removed at the end.
    """
    with tempfile.TemporaryDirectory(prefix="echeance-") as name:
        copy = Path(name)
        if data is not None and (data / DATABASE).exists():
            source = sqlite3.connect(f"{(data / DATABASE).resolve().as_uri()}?mode=ro", uri=True)
            with closing(source), closing(sqlite3.connect(copy / DATABASE)) as target:
                source.backup(target)
            if (data / directory_catalogue.NAME).exists():
                shutil.copy(data / directory_catalogue.NAME, copy)
        for path in copy.iterdir():
            path.chmod(0o600)
        yield copy
