"""Cells become identifiers and words with certainty, or are refused with a reason."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from shared.domain import FILE_ID
from shared.mapping.cells import DateCell, IdentifierCell, TimeReader, WordCell, slug
from shared.mapping.export_mapping import IdentifierColumn, WordSource
from shared.mapping.reasons import UnreadableRowError

NUMBER = IdentifierCell(
    IdentifierColumn(column="No", prefix="CAQ-", replace={" ": "-"}), 0, FILE_ID
)


def reason_of(read: object, cell: str) -> str:
    assert callable(read)
    with pytest.raises(UnreadableRowError) as caught:
        read([cell])
    return caught.value.reason.code


def test_an_identifier_is_replaced_in_and_prefixed() -> None:
    assert NUMBER.read(["2025 17"]) == "CAQ-2025-17"
    assert NUMBER.read_if_any([""]) == ""


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "cell_empty"),
        ("a/b", "identifier_invalid"),
        ("7" * 61, "identifier_too_long"),
        ("a\udce9", "not_in_encoding"),
    ],
)
def test_an_identifier_that_is_none_says_why(cell: str, code: str) -> None:
    assert reason_of(NUMBER.read, cell) == code


def test_a_word_is_fixed_listed_otherwise_or_a_slug() -> None:
    listed = {"M": "montreal"}
    assert WordCell(WordSource(word="laval"), None).read([]) == "laval"
    assert WordCell(WordSource(column="u", words=listed), 0).read(["M"]) == "montreal"
    otherwise = WordSource(column="u", words=listed, otherwise="unknown")
    assert WordCell(otherwise, 0).read(["?"]) == "unknown"
    assert WordCell(WordSource(column="u", slugify=True), 0).read(["Région (Est)"]) == "region-est"
    assert reason_of(WordCell(WordSource(column="u", words=listed), 0).read, "X") == "word_unknown"
    assert reason_of(WordCell(WordSource(column="u"), 0).read, "") == "cell_empty"


def test_a_slug_has_neither_accents_nor_spaces() -> None:
    assert slug("Région de Québec (Est)") == "region-de-quebec-est"


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("", ""),
        ("2025-06-30", "2025-06-30"),
        ("30/06/2025", "2025-06-30"),
        ("2025-06-30 17:00", "2025-06-30"),
        ("2025-07-01T02:00:00Z", "2025-06-30"),
    ],
)
def test_a_date_is_the_local_day_of_what_is_written(cell: str, date: str) -> None:
    times = TimeReader(ZoneInfo("America/Toronto"), ["iso", "%d/%m/%Y"])
    assert DateCell("Until", 0, times).read_if_any([cell]) == date


@pytest.mark.parametrize("cell", ["soon", "2025-02-30", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_says_why(cell: str) -> None:
    reader = DateCell("Until", 0, TimeReader(ZoneInfo("America/Toronto"), ["iso"]))
    assert reason_of(reader.read_if_any, cell) in ("time_unreadable", "time_extreme")
