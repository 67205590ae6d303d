"""A corrected export takes back what the one before it said otherwise, once however often it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.echeance.importer.exports import HEADER, NAMED, imported, refused

FIRST = "A,in,2025-04-28T10:00,M\nA,out,2025-05-20T10:00,M\nB,in,2025-04-28,M\nB,out,2025-04-29,M\n"
CORRECTED = "A,in,2025-04-28T10:00,M\nA,out,2025-04-29T10:00,M\nB,in,2025-04-28,M\n"


def test_a_corrected_export_is_told_and_corrects_once_where_it_is_asked_to(tmp_path: Path) -> None:
    imported(tmp_path, FIRST, data=True)
    found = imported(tmp_path, CORRECTED, data=True)
    assert found.figures["earlier"] == {"absent": 2, "contradicted_files": 1}
    for voided in (2, 0):
        found = imported(tmp_path, CORRECTED, "--corrections", data=True)
        assert found.figures["corrections"] == {"voided": voided, "restored": 0}
        assert found.standing == imported(tmp_path, CORRECTED).standing


def test_an_export_that_only_adds_contradicts_nothing(tmp_path: Path) -> None:
    rows = FIRST.splitlines(keepends=True)
    imported(tmp_path, rows[0] + rows[2], data=True)
    found = imported(tmp_path, rows[1] + rows[3], data=True)
    assert found.figures["earlier"] == {"absent": 2, "contradicted_files": 0}


def test_an_event_corrected_under_its_own_identifier_is_told_then_corrected(tmp_path: Path) -> None:
    header = "file,activity,time,unit,id\n"
    first = "A,in,2025-04-28,M,1\nA,out,2025-05-20,M,2\n"
    corrected = "A,in,2025-04-28,M,1\nA,out,2025-04-29,M,2\n"
    imported(tmp_path, first, mapping=NAMED, header=header, data=True)
    told = imported(tmp_path, corrected, mapping=NAMED, header=header, data=True)
    assert told.reasons("set_aside") == {"conflict": 1}
    assert told.figures["earlier"]["contradicted_files"] == 1
    for options in (["--corrections"], ["--corrections"], []):
        found = imported(tmp_path, corrected, *options, mapping=NAMED, header=header, data=True)
        assert (found.figures["on_time"], found.figures["late"]) == (1, 0)
        assert found.reasons("set_aside") == {}


def test_nothing_is_voided_for_a_row_that_cannot_be_read(tmp_path: Path) -> None:
    imported(tmp_path, FIRST, data=True)
    content = f"{HEADER}{CORRECTED}B,out,soon,M\n".encode()
    said = refused(tmp_path, content, "--corrections", "--data", tmp_path / "data")
    assert "every row must be readable" in said
    assert imported(tmp_path, FIRST, data=True).standing["decided"] == 2


def test_a_file_of_endless_rows_is_not_corrected_by_parts(tmp_path: Path) -> None:
    rows = "".join(
        f"A,in,2025-04-28T10:{n // 600 % 60:02}:{n % 60:02}.{n},M\n" for n in range(20_000)
    )
    assert "far more rows" in refused(tmp_path, (HEADER + rows).encode(), "--corrections")


ROW = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(["in", "out", "ask", "back", "gone"]),
    st.sampled_from(["2025-04-28", "2025-04-28T10:00", "2025-04-29T09:00", "2025-05-20"]),
).map(lambda cells: f"{','.join(cells)},M\n")
EXPORT = st.lists(ROW, max_size=6, unique=True).map(
    lambda rows: "A,in,2025-04-25,M\nB,in,2025-04-25,M\n" + "".join(rows)
)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(EXPORT, min_size=2, max_size=4))
def test_after_any_exports_the_last_one_with_corrections_is_what_stands(
    tmp_path_factory: pytest.TempPathFactory, exports: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("corrected")
    *_, last = [imported(folder, export, "--corrections", data=True) for export in exports]
    assert last.standing == imported(folder, exports[-1]).standing
