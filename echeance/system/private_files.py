"""A data directory that only its owner can enter, whatever the umask.

Whoever can read the database reads every event; whoever can open it can hold its lock, and the
service waits as long. Files are created with mode 0600; those that an earlier version left open to
others are closed, or refused where the process may not change them.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.process import regular_files
from shared.text import Text

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DIRECTORY = 0o700
_FILE = 0o600
_log = logging.getLogger("echeance")


class OpenToOthersError(Exception):
    """Others can access a path, and this process may not change that; says what to do."""

    def __init__(self, path: Path) -> None:
        self.text = Text(
            f"{path} est ouvert à d’autres utilisateurs, et ce processus ne peut pas le fermer\u00a0: son propriétaire doit exécuter "
            f"«\u00a0chmod -R go= {path}\u00a0»\u00a0; ou bien choisir un autre dossier (--data), sur un disque qui garde les droits",
            f"{path} is open to other users, and this process cannot close it: its owner must run `chmod -R go= {path}`; "
            "or name another directory (--data), on a disk that keeps permissions",
        )
        super().__init__(self.text.en)


def make_directory(path: Path) -> None:
    """Create a directory with mode 0700; an existing one is not changed."""
    path.mkdir(_DIRECTORY, parents=True, exist_ok=True)


def open_private(path: Path) -> IO[str]:
    """Open a file for appending; a new one has mode 0600."""
    return open(path, "a", opener=_private, encoding="utf-8", newline="")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, even where another version of it was there."""
    with open(path, "w", opener=_private, encoding="utf-8") as file:
        path.chmod(_FILE)
        file.write(text)


@contextmanager
def replace_private(path: Path) -> Iterator[IO[str]]:
    """Write a file that only its owner can read, and that replaces another once it is whole.

    Where writing fails, what was there stays. Raises ``UnusableFileError`` where it is no regular
    file: a device or a pipe would be replaced by a file.
    """
    path = path.resolve()
    if path.exists():
        os.close(regular_files.open_regular(path))
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE)


def close_to_others(paths: Iterable[Path]) -> None:
    """Remove the permissions of other users on existing paths, and log it once.

    Raises :class:`OpenToOthersError` where that is not allowed, or has no effect.
    """
    closed = [path for path in paths if _close(path)]
    if closed:
        names = ", ".join(map(str, closed))
        _log.warning("other users could reach this until now, and no longer can: %s", names)


def _close(path: Path) -> bool:
    """Whether a path had to be closed."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return False
    if not mode & _OTHERS:
        return False
    with suppress(PermissionError):
        path.chmod(mode & ~_OTHERS)
    if path.stat().st_mode & _OTHERS:
        raise OpenToOthersError(path)
    return True
