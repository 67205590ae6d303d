"""Files named on a command line, read with a bound.

A path may lead to a pipe without a writer, to an endless device, or to gigabytes: each is refused
before it takes time or memory.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from shared.text import Text

MOST_TEXT_BYTES: Final = 1 << 20
"""The most bytes of a catalogue or a mapping: eighty times the shipped catalogue."""

_NOT_REGULAR: Final = Text(
    "n’est pas un fichier ordinaire (tube, périphérique ou autre)\u00a0: en donner un sur le disque",
    "is not a regular file (a pipe, a device or the like): give one that is on a disk",
)
_DIRECTORY: Final = Text(
    "est un dossier : donner le fichier", "is a directory: give the file itself"
)
_NUL: Final = Text(
    "un chemin ne peut contenir de caractère nul", "a path cannot hold a NUL character"
)


_REASONS: Final = {
    errno.ENOENT: Text("ce fichier ou ce dossier n’existe pas", "No such file or directory"),
    errno.EACCES: Text(
        "accès refusé\u00a0: en vérifier les droits", "Permission denied: check its rights"
    ),
    errno.EISDIR: Text("est un dossier", "Is a directory"),
    errno.ENOSPC: Text("plus de place sur le disque", "No space left on device"),
}


def reason_of(number: int | None) -> Text:
    """Why the system refused a file, by its ``errno``, in words that quote nothing of the file."""
    system = os.strerror(number or errno.EIO)
    return _REASONS.get(number or errno.EIO, Text(system, system))


class UnusableFileError(OSError):
    """A file that cannot be used; ``text`` says why and what to do, without its name."""

    def __init__(self, number: int, text: Text, path: Path) -> None:
        super().__init__(number, text.en, str(path))
        self.text = text


def open_regular(path: Path) -> int:
    """Open a file for reading; raises ``OSError``, :class:`UnusableFileError` if not regular."""
    try:
        # Without O_NONBLOCK, opening a pipe waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError:
        raise UnusableFileError(errno.EINVAL, _NUL, path) from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise UnusableFileError(errno.EISDIR, _DIRECTORY, path)
    raise UnusableFileError(errno.EINVAL, _NOT_REGULAR, path)


def read_text(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """A UTF-8 text, perhaps with a BOM; raises ``OSError``, :class:`UnusableFileError`."""
    with os.fdopen(open_regular(path), "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        text = Text(
            f"plus de {most_bytes >> 10} Kio\u00a0: ce n’est pas un fichier de ce genre",
            f"larger than {most_bytes >> 10} KiB: this is no file of that kind",
        )
        raise UnusableFileError(errno.EFBIG, text, path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, f"0x{content[error.start]:02x}"
        text = Text(
            f"pas en UTF-8 (octet {byte}, ligne {line}) : l’enregistrer en UTF-8",
            f"not UTF-8 text (byte {byte}, line {line}): save it as UTF-8",
        )
        raise UnusableFileError(errno.EILSEQ, text, path) from None
