"""A small file system of its own that a test can fill: what a server does when its disk is full.

A file system in memory, mounted, which only root may do. There is no honest substitute: a limit on the size of files is told to the
server as another error than a full disk.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_CHUNK = bytes(65_536)


class SmallDisk(NamedTuple):
    """A mounted file system."""

    folder: Path

    def fill(self) -> None:
        """Take every free byte of it."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while filler.write(_CHUNK):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Give back what was taken."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """A file system of this size at a new folder; raises ``CalledProcessError`` where none may be mounted."""
    folder.mkdir()
    size = f"size={megabytes}m"
    mounting = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    subprocess.run(mounting, check=True, capture_output=True, text=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
