"""The columns of a sample say what they hold."""

from __future__ import annotations

import pytest

from echeance.importer.suggestion.columns import SampleColumn, sample_of
from shared.mapping.times import DAY, read_time


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
        (["2025 Mar 03 10:11:12 PM"], "%Y %b %d %I:%M:%S %p"),
        (["1/15/2025, 2:15 PM"], "%m/%d/%Y, %I:%M %p"),
        (["1er avril 2025 à 14 h 15", "3 mai 2025 à 9 h 05"], "%d %B %Y à %H h %M"),
        (["2025-03-04 09:05:10 UTC"], "%Y-%m-%d %H:%M:%S %Z"),
        (["2025-03-04 9h05"], "%Y-%m-%d %Hh%M"),
        (["Mon, 03 Mar 2025 10:11:12 -0500"], "%a, %d %b %Y %H:%M:%S %z"),
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


@pytest.mark.parametrize(
    ("end", "day", "first"),
    [
        ("T00:00:00.000", "2025-04-{:02}", "%Y-%m-%d"),
        (" 12:00:00 AM", "12/{}/2025", "%m/%d/%Y"),
        (" 0:00", "2025/04/{:02}", "%Y/%m/%d"),
    ],
)
def test_midnights_alone_are_days(end: str, day: str, first: str) -> None:
    cells = [day.format(number) + end for number in (20, 21, 22)]
    formats = column(*cells).time_formats
    assert formats[0] == first + end
    assert read_time(cells[0], formats[0]).width == DAY
    noon = cells[0].replace(end, end.replace("00:00", "12:00").replace("AM", "PM"))
    assert column(*cells, noon.replace(" 0:00", " 9:00")).time_formats[0] != first + end


def test_totals_and_remarks_do_not_hide_a_column_of_times() -> None:
    days = [f"2025-04-{day:02}" for day in range(1, 25)]
    found = column(*days, "see note")
    assert (found.time_formats[0], found.unreadable) == ("iso", ["see note"])
    assert not column(*days, "see note", "later").is_time
    assert not column(*days[:18], "see note").is_time
    assert not column(*days).unreadable and not column("x").unreadable
    assert found.first_time() == column(*days).first_time()
