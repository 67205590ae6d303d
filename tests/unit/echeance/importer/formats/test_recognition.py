"""The row that names the columns, and the signs of a text, are told from its beginning."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from echeance.importer.formats.csv_text import dialect_of
from echeance.importer.formats.recognition import header_of
from shared.mapping import Csv

HEADER = ["id", "received", "closed"]
ROW = ["1", "2025-01-06", ""]


@pytest.mark.parametrize(
    "above", [[], [["Log of 2025", "", ""]], [["Log of 2025"], ["Run on", "2025-02-01"]]]
)
def test_a_header_may_have_titles_above_it(above: Sequence[Sequence[str]]) -> None:
    assert header_of([*above, HEADER, ROW, ROW], ()) == HEADER
    assert header_of([*above, HEADER, ROW], ["closed"]) == HEADER


def test_where_no_row_has_the_wanted_columns_the_likely_header_is_shown() -> None:
    assert header_of([["Titles"], HEADER, ROW], ["absent"]) == HEADER
    assert header_of([ROW, ROW], ()) == ROW
    assert header_of([], ()) == ()


@pytest.mark.parametrize(
    ("text", "delimiter", "quote"),
    [
        ("id,received\n1,2025-01-06\n", ",", '"'),
        ("id;amount;paid\n1;12,5;13,5\n2;12,5;13,5\n", ";", '"'),
        ("sep=|\nid|received\n1|2025-01-06\n", "|", '"'),
        ("Log, of\n\nid\treceived\tclosed\n1\tx\ty\n", "\t", '"'),
        ("'id','received'\n'1','a, b'\n", ",", "'"),
        ("'id;received\n1;2\n", ";", '"'),
    ],
)
def test_delimiter_and_quote_are_those_that_read_most_rows_alike(
    text: str, delimiter: str, quote: str
) -> None:
    found = dialect_of(text.encode(), (), Csv())
    assert (found.delimiter, found.quote) == (delimiter, quote)
    key = found.guessed(Csv())
    assert (key is None) == ((delimiter, quote) == (",", '"'))
    assert dialect_of(text.encode(), (), Csv(delimiter=delimiter, quote=quote)) == found


def test_what_has_the_wanted_columns_is_read_so_whatever_else_looks_regular() -> None:
    text = b"id;a,b\n1;2,3\n"
    assert dialect_of(text, ["a,b"], Csv()).delimiter == ";"
    assert dialect_of(text, ["b"], Csv()).delimiter == ","
