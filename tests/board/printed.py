"""The text of a PDF that Chromium printed, page by page: enough of the format to read what Skia writes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s*(.*?)\s*endobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.S)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>")
_ONE = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,})>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,})>")


def pages(pdf: bytes) -> Sequence[str]:
    """What each page says, without its spaces: glyphs are placed one by one."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    found = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    return [_text(body, objects) for body in found]


def _text(page: bytes, objects: Mapping[int, bytes]) -> str:
    fonts = {
        name: _letters(objects[int(number)], objects)
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)
    }
    letters: Mapping[int, str] = {}
    said = ""
    for number in re.findall(rb"/Contents (\d+) 0 R", page):
        for font, shown in _SHOWN.findall(_stream(objects[int(number)])):
            if font:
                letters = fonts.get(font, {})
            said += "".join(
                letters.get(int(shown[at : at + 4], 16), "") for at in range(0, len(shown), 4)
            )
    return said


def _letters(font: bytes, objects: Mapping[int, bytes]) -> Mapping[int, str]:
    """The letters of a font by their glyphs."""
    unicode = re.search(rb"/ToUnicode (\d+) 0 R", font)
    if unicode is None:
        return {}
    table = _stream(objects[int(unicode[1])])
    letters: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
        letters |= {int(glyph, 16): _utf16(letter) for glyph, letter in _ONE.findall(block)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, letter in _RANGE.findall(block):
            begins = int(letter, 16)
            for glyph in range(int(first, 16), int(last, 16) + 1):
                letters[glyph] = chr(begins + glyph - int(first, 16))
    return letters


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")


def _stream(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    assert stream is not None
    return zlib.decompress(stream[1]) if b"FlateDecode" in body else stream[1]
