"""A sample of an export, and the mapping that it suggests."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from echeance.importer.formats import PEEKED_BYTES, Row, Wanted, open_rows
from echeance.importer.suggestion.columns import sample_of
from echeance.importer.suggestion.writing import SampledExport, mapping_text
from shared.domain import Catalogue
from shared.mapping import Csv, ExportError, Reason
from shared.process import regular_files
from shared.text import Language, Text

_ROWS = 20_000
_MOST_CHARACTERS = 20_000_000


def suggest(
    path: Path,
    sheet: str | None,
    catalogue: Catalogue,
    catalogue_path: str | None,
    spoken: Language,
) -> str:
    """A mapping with comments, from the first rows of an export.

    Raises :class:`ExportError` for what is no export, ``UnusableFileError`` for a pipe or device.
    """
    remarks: list[Text] = []
    with ExitStack() as opened:
        raw = opened.enter_context(io.FileIO(regular_files.open_regular(path)))
        file = opened.enter_context(io.BufferedReader(raw, PEEKED_BYTES))
        wanted = Wanted((), (), "", Csv(), sheet)
        names, rows = open_rows(file, wanted, opened, [], remarks)
        sample = _first(rows)
    columns = sample_of(names, sample)
    if not sample or not columns:
        raise ExportError(1, "file_empty")
    export = SampledExport(path.name, sheet, remarks, names, columns, sample)
    return mapping_text(export, catalogue, catalogue_path, spoken)


def _first(rows: Iterator[Row]) -> Sequence[Sequence[str]]:
    """The first rows that can be read, those that say the same once; bounded."""
    sample: dict[tuple[str, ...], None] = {}
    characters = 0
    try:
        for _, cells in islice(rows, _ROWS):
            if isinstance(cells, Reason):
                continue
            characters += sum(map(len, cells))
            sample[tuple(cells)] = None
            if characters > _MOST_CHARACTERS:
                break
    except ExportError:
        if not sample:
            raise
    return list(sample)
