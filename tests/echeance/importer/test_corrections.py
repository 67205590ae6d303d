"""A corrected export takes back what the one before it said otherwise, once however often it is imported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.log.ports import FILE_EVENTS
from tests.echeance.importer.test_command import MAPPING
from tests.echeance.importer.test_fates import Imported, imported, refused
from tests.services.world import world

FIRST = "A,in,2025-04-28T10:00,M\nA,out,2025-05-20T10:00,M\nB,in,2025-04-28,M\nB,out,2025-04-29,M\n"
CORRECTED = "A,in,2025-04-28T10:00,M\nA,out,2025-04-29T10:00,M\nB,in,2025-04-28,M\n"
NAMED = MAPPING.replace("time: time}", "time: time, event_id: id}")
FIGURES = ("received", "decided", "on_time", "late", "open", "waiting", "withdrawn")


def standing(found: Imported) -> Mapping[str, int]:
    return {name: found.figures[name] for name in FIGURES}


async def events_in(data: Path) -> int:
    async with world(data, partitions=8) as known:
        return sum(await known.embedded.log.ends(FILE_EVENTS))


def test_a_corrected_export_is_not_ignored_in_silence(tmp_path: Path) -> None:
    imported(tmp_path, FIRST, data=True)
    found = imported(tmp_path, CORRECTED, data=True)
    assert found.figures["earlier"] == {"absent": 2, "contradicted_files": 1}


def test_an_export_that_only_adds_contradicts_nothing(tmp_path: Path) -> None:
    rows = FIRST.splitlines(keepends=True)
    imported(tmp_path, rows[0] + rows[2], data=True)
    found = imported(tmp_path, rows[1] + rows[3], data=True)
    assert found.figures["earlier"] == {"absent": 2, "contradicted_files": 0}


def test_corrections_come_to_what_the_corrected_export_alone_does(tmp_path: Path) -> None:
    imported(tmp_path, FIRST, data=True)
    found = imported(tmp_path, CORRECTED, "--corrections", data=True)
    assert found.figures["corrections"] == {"voided": 2, "restored": 0}
    assert standing(found) == standing(imported(tmp_path, CORRECTED))


def test_corrections_made_twice_are_made_once(tmp_path: Path) -> None:
    imported(tmp_path, FIRST, data=True)
    imported(tmp_path, CORRECTED, "--corrections", data=True)
    before = asyncio.run(events_in(tmp_path / "data"))
    again = imported(tmp_path, CORRECTED, "--corrections", data=True)
    assert again.figures["corrections"] == {"voided": 0, "restored": 0}
    assert asyncio.run(events_in(tmp_path / "data")) == before


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
    content = f"file,activity,time,unit\n{CORRECTED}B,out,soon,M\n".encode()
    said = refused(tmp_path, content, MAPPING, "--corrections", "--data", tmp_path / "data")
    assert "every row must be readable" in said
    assert standing(imported(tmp_path, FIRST, data=True))["decided"] == 2


def test_a_file_of_endless_rows_is_not_corrected_by_parts(tmp_path: Path) -> None:
    rows = "".join(
        f"A,in,2025-04-28T10:{n // 600 % 60:02}:{n % 60:02}.{n},M\n" for n in range(20_000)
    )
    content = f"file,activity,time,unit\n{rows}".encode()
    assert "far more rows" in refused(tmp_path, content, MAPPING, "--corrections")


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
    assert standing(last) == standing(imported(folder, exports[-1]))
