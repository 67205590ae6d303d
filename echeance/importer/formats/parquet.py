"""The rows of a Parquet file, some at a time. Needs the extra ``import`` of the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from echeance.importer.formats.archives import seekable
from echeance.importer.formats.recognition import columns_not_in_sheet
from echeance.importer.formats.source import Row, Rows, Source
from shared.mapping import ExportError, text_of

_BATCH_ROWS = 10_000


def read_parquet(source: Source) -> Rows:
    """The wanted columns; times without a zone are those of the mapping's."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise ExportError(1, "extra_missing", "Parquet") from None
    try:
        file = parquet.ParquetFile(seekable(source.stream, source.opened))
    except (ArrowException, OSError) as error:
        raise ExportError(1, "parquet_broken", str(error)[:200]) from error
    columns = source.columns or file.schema_arrow.names
    if not set(columns) <= set(file.schema_arrow.names):
        raise columns_not_in_sheet(columns, file.schema_arrow.names)
    return columns, _cells(file, list(columns), ArrowException)


def _cells(file: Any, columns: list[str], fault: type[Exception]) -> Iterator[Row]:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
            values = [batch.column(column).to_pylist() for column in columns]
            for cells in zip(*values, strict=True):
                number += 1
                yield number, [text_of(cell) for cell in cells]
    except (fault, OSError) as error:
        raise ExportError(number + 1, "parquet_broken", str(error)[:200]) from error
