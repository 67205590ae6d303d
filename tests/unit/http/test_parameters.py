from __future__ import annotations

from typing import Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import FILE_ID
from shared.http import FileKey, Int64, ProblemError, read_cursor, write_cursor


class Key(NamedTuple):
    instant: Int64
    file_id: FileKey
    stage: Literal["at_risk", "overdue"]


keys = st.builds(
    Key,
    st.integers(-(2**63), 2**63 - 1),
    st.from_regex(FILE_ID, fullmatch=True),
    st.sampled_from(["at_risk", "overdue"]),
)


@given(keys)
def test_a_cursor_reads_back_as_the_key_it_was_written_for(key: Key) -> None:
    assert read_cursor(Key, write_cursor(key)) == key


def test_the_first_page_has_no_cursor() -> None:
    assert read_cursor(Key, None) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "~",
        "12",
        "12~A",
        "12~A~overdue~",
        "12~A~waiting",
        "12~a b~overdue",
        "12~A\n~overdue",
        "1.5~A~overdue",
        "١~A~overdue",
        "+1~A~overdue",
        f"{2**63}~A~overdue",
        "9" * 5_000 + "~A~overdue",
        "null~A~overdue",
    ],
)
def test_what_no_list_returned_is_no_cursor(written: str) -> None:
    with pytest.raises(ProblemError, match="422 bad_cursor"):
        read_cursor(Key, written)
