"""CSV for a spreadsheet in its reader's language, and the headers that name the file.

Pure. French Excel separates cells by semicolons and decimals by a comma; English Excel takes commas
and points. A byte order mark says that the text is UTF-8. For programs: ``report_formats``.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Final
from urllib.parse import quote

from shared.text import Language, Text

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
BYTE_ORDER_MARK: Final = "\ufeff"
Cell = str | bool | int | float | date | datetime | None

_YES, _NO = Text("oui", "yes"), Text("non", "no")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNSAFE: Final = re.compile(r"[^\w.-]+")


class Sheet:
    """Lines of one spreadsheet; instants are local to a time zone."""

    def __init__(self, spoken: Language, zone: tzinfo) -> None:
        self._spoken = spoken
        self._zone = zone

    def lines(self, rows: Iterable[Sequence[Cell]]) -> str:
        """Rows as text."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";" if self._spoken == "fr" else ",")
        writer.writerows([self._cell(cell) for cell in row] for row in rows)
        return out.getvalue()

    def heading(self, names: Iterable[Text]) -> str:
        """The first line, after the byte order mark."""
        return BYTE_ORDER_MARK + self.lines([[name.within(self._spoken) for name in names]])

    def _cell(self, value: Cell) -> str:
        match value:
            case None:
                return ""
            case bool():
                return (_YES if value else _NO).within(self._spoken)
            case float():
                written = f"{value:.6f}".rstrip("0").rstrip(".")
                return written.replace(".", ",") if self._spoken == "fr" else written
            case int():
                return str(value)
            case datetime():
                return f"{value.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"
            case date():
                return value.isoformat()
            case str():
                # An apostrophe keeps a formula text (OWASP, CSV injection).
                return f"'{value}" if value.startswith(_FORMULA) else value


def download_headers(parts: Iterable[str], form: str, spoken: Language) -> dict[str, str]:
    """The name of a download (RFC 6266: ASCII, and UTF-8 for newer clients) and its language."""
    name = "_".join(_UNSAFE.sub("-", part).strip("-") for part in parts if part) + f".{form}"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {
        "content-disposition": f'attachment; filename="{plain}"; '
        f"filename*=UTF-8''{quote(name, safe='')}",
        "content-language": spoken,
    }
