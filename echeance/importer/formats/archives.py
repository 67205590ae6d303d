"""What is compressed, or packed with nothing else, is read as what is in it."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from typing import Any, Final, TypeAlias

from echeance.importer.formats.source import broken
from shared.mapping import ExportError, shown

PEEKED_BYTES: Final = 1 << 20
_PEEKED_OF_PACKED: Final = 1 << 13
"""Less, since what breaks off within what is looked at cannot be read up to there."""
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_DEEPEST: Final = 2
_MOST_SEEKABLE_BYTES: Final = 4 << 30
_OF_WORKBOOKS: Final = ("xl/", "[Content_Types].xml", "mimetype")
"""What a ZIP has that is a workbook."""


Stream: TypeAlias = "io.BufferedReader[Any] | io.BufferedRandom"


def unpacked(file: Stream, opened: ExitStack) -> Stream:
    """The bytes of an export: of a gzip, or of the only file of a ZIP, one in the other at most."""
    stream = file
    for _ in range(_DEEPEST):
        beginning = beginning_of(stream)
        if beginning.startswith(_GZIP):
            packed = opened.enter_context(gzip.GzipFile("", "rb", fileobj=stream))
            stream = io.BufferedReader(packed, _PEEKED_OF_PACKED)
        elif beginning.startswith(_ZIP):
            stream = seekable(stream, opened)
            archive = _directory(stream)
            if any(name.startswith(_OF_WORKBOOKS) for name in archive.namelist()):
                stream.seek(0)
                break
            stream = _only_file(archive, opened)
    return stream


def beginning_of(stream: Stream) -> bytes:
    """The first bytes, or :class:`ExportError` when there are none."""
    try:
        first = stream.peek(PEEKED_BYTES)
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise broken(error, 1) from error
    if not first:
        raise ExportError(1, "file_empty")
    return first


def _only_file(archive: zipfile.ZipFile, opened: ExitStack) -> Stream:
    files = [one for one in archive.infolist() if not one.is_dir()]
    if len(files) != 1:
        names = ", ".join(shown(one.filename) for one in files[:_SHOWN])
        raise ExportError(1, "zip_of_several", names)
    try:
        packed = opened.enter_context(archive.open(files[0]))
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ExportError(1, "zip_broken", str(error)) from error
    return io.BufferedReader(packed, _PEEKED_OF_PACKED)


_SHOWN: Final = 5


def _directory(file: Stream) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ExportError(1, "zip_broken", str(error)) from error


def seekable(stream: Stream, opened: ExitStack) -> Stream:
    """The bytes as a file in which one can go back, from the first on; bounded."""
    if isinstance(stream.raw, io.FileIO):
        stream.seek(0)
        return stream
    copy = opened.enter_context(tempfile.TemporaryFile(prefix="echeance-"))  # noqa: SIM115 — it is entered
    assert isinstance(copy, io.BufferedRandom)
    try:
        left = _MOST_SEEKABLE_BYTES
        while chunk := stream.read(PEEKED_BYTES):
            left -= len(chunk)
            if left < 0:
                raise ExportError(1, "too_large", f"> {_MOST_SEEKABLE_BYTES >> 30} Gio")
            copy.write(chunk)
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise broken(error, 1) from error
    copy.seek(0)
    return copy
