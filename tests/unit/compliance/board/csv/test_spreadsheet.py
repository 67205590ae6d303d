"""Spreadsheets in their reader's language: what Excel would read wrong, and what a cell could do to who opens it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.board.csv.spreadsheet import BYTE_ORDER_MARK, Cell, Sheet, download_headers
from shared.text.texts import Language, Text
from tests.builders import ZONE

SEPARATORS: dict[Language, str] = {"fr": ";", "en": ","}


def read(text: str, spoken: Language) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATORS[spoken]))


@pytest.mark.parametrize(
    ("cell", "french", "english"),
    [
        (0.885417, "0,885417", "0.885417"),
        (1.0, "1", "1"),
        (0.0, "0", "0"),
        (-3, "-3", "-3"),
        (True, "oui", "yes"),
        (False, "non", "no"),
        (None, "", ""),
        (date(2026, 11, 30), "2026-11-30", "2026-11-30"),
        (
            datetime(2026, 11, 30, 15, 4, 5, tzinfo=UTC),
            "2026-11-30 10:04:05",
            "2026-11-30 10:04:05",
        ),
        (
            "Montréal; Laval, « Estrie »",
            "Montréal; Laval, « Estrie »",
            "Montréal; Laval, « Estrie »",
        ),
        ("=1+1", "'=1+1", "'=1+1"),
    ],
)
def test_a_cell_is_what_the_language_writes(cell: Cell, french: str, english: str) -> None:
    expected: dict[Language, str] = {"fr": french, "en": english}
    for spoken, written in expected.items():
        assert read(Sheet(spoken, ZONE).lines([[cell, "end"]]), spoken) == [[written, "end"]]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
    st.sampled_from(("fr", "en")),
)
def test_no_text_is_a_formula_and_none_is_lost(texts: list[str], spoken: Language) -> None:
    row = ["first", *texts]
    [line] = read(Sheet(spoken, ZONE).lines([row]), spoken)
    for text, cell in zip(row, line, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert cell in (text, f"'{text}")


def test_the_first_line_says_that_it_is_utf_8() -> None:
    heading = Sheet("fr", ZONE).heading([Text("Échéance", "Due"), Text("Unité", "Unit")])
    assert heading == BYTE_ORDER_MARK + "Échéance;Unité\r\n"


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_download_is_named_in_ascii_and_as_it_is(parts: list[str]) -> None:
    header = download_headers([*parts, "2026-11-28"], "csv", "fr")["content-disposition"]
    found = re.fullmatch(
        r"attachment; filename=\"([\w.-]*)\"; filename\*=UTF-8''([\w.%~-]+)", header, re.ASCII
    )
    assert found is not None and found[1].endswith("2026-11-28.csv")
    assert not re.search(r"[\s/\\:\"]", unquote(found[2]))


def test_a_download_says_what_was_chosen() -> None:
    named = download_headers(["dossiers à traiter", "courriel", "", "2026-11-28"], "csv", "fr")[
        "content-disposition"
    ]
    assert 'filename="dossiers-a-traiter_courriel_2026-11-28.csv"' in named
    assert "filename*=UTF-8''dossiers-%C3%A0-traiter_courriel_2026-11-28.csv" in named
