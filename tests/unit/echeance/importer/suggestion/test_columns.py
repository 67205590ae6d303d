"""The columns of a sample say what they hold."""

from __future__ import annotations

import pytest

from echeance.importer.suggestion.columns import SampleColumn, sample_of


def column(*cells: str) -> SampleColumn:
    (found,) = sample_of(["a"], [[cell] for cell in cells])
    return found


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2025-04-28", "2025-04-29T10:00:00Z"], "iso"),
        (["29-08-2025 08:46", ""], "%d-%m-%Y %H:%M"),
        (["12/31/2025 1:05 PM"], "%m/%d/%Y %I:%M %p"),
        (["3 févr. 2025"], "%d %B %Y"),
        (["February 3, 2025"], "%B %d, %Y"),
        (["20250428", "20250501"], "%Y%m%d"),
        (["45857.30972222", "45864"], "excel"),
        (["1752924360"], "epoch"),
        (["1752924360250"], "epoch-ms"),
    ],
)
def test_times_are_known_by_a_format_that_reads_all(cells: list[str], first: str) -> None:
    assert column(*cells).time_formats[0] == first


@pytest.mark.parametrize("cells", [[], ["12"], ["2025-04-28", "soon"], ["2 000"], ["1950"], ["V0"]])
def test_what_is_no_time_has_no_format(cells: list[str]) -> None:
    assert not column(*cells).is_time


def test_a_date_that_can_be_read_in_two_ways_has_both_formats() -> None:
    assert {"%d/%m/%Y", "%m/%d/%Y"} <= set(column("07/04/2025", "01/02/2025").time_formats)
    assert "%m/%d/%Y" not in column("07/04/2025", "13/02/2025").time_formats


def test_words_are_few_and_come_again() -> None:
    assert column("b", "a", "b", "").words == ["b", "a"]
    assert column(*map(str, range(30))).words == ()
    assert column(*map(str, range(300)), "1").words == ()


def test_a_column_tells_rows_apart_where_no_cell_comes_again() -> None:
    assert column("a", "b").tells_apart
    assert not column("a", "b", "a").tells_apart
    assert not column("a").tells_apart


def test_what_no_identifier_has_is_replaced() -> None:
    assert column("2 000", "2 001").replacements == {" ": ""}
    assert column("A 1/2", "B.2_3:x-1").replacements == {" ": "-", "/": "-"}
    assert column("A1").replacements == {}


def test_columns_without_a_name_of_their_own_are_left_out() -> None:
    assert [one.name for one in sample_of(["a", "", "b", "b"], [["1"] * 4])] == ["a"]
