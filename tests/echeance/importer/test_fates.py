"""Every row that is read is told what became of it, and the fates add up to the rows."""

from __future__ import annotations

import gzip
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echeance.importer.fates import Fates, UnaccountedRowsError
from tests.echeance.command import echeance, english, told
from tests.echeance.importer.exports import (
    HEADER,
    MAPPING,
    NAMED,
    ROWS,
    Imported,
    import_of,
    imported,
    refused,
)
from tests.paths import ROOT

FIXTURES = ROOT / "tests/fixtures/import"
WABO = ROOT / "examples/wabo/mapping.yaml"
LONG = "x" * 65


# The identity


@pytest.mark.parametrize(
    ("name", "mapping"),
    [("receipt.csv", WABO), ("receipt.xes", WABO), ("demandes.csv", FIXTURES / "demandes.yaml")],
)
def test_the_rows_of_every_fixture_add_up(name: str, mapping: Path) -> None:
    arguments = ("import", FIXTURES / name, "--mapping", mapping, "--format", "json")
    assert Imported(echeance(*arguments)).rows["counted"] >= 5


IDS = st.sampled_from(["A", "B", "C", "D", "a b", LONG, ""])
ACTIVITIES = st.sampled_from(
    ["in", "out", "ask", "back", "gone", "in ", "OUT", "noted", "", "back\u0301"]
)
TIMES = st.sampled_from(
    [
        "2025-04-28",
        "2025-04-28T10:00",
        "2025-04-28T10:00:30",
        "2025-04-28T00:00:00",
        "2025-04-29",
        "2025-04-29 09:15",
        "2025-05-20T10:00Z",
        "1999-01-04",
        "2050-12-30",
        "2060-01-04",
        "0001-01-01",
        "yesterday",
        "",
    ]
)
UNITS = st.sampled_from(["M", "L", "Q", ""])
ROW = st.tuples(IDS, ACTIVITIES, TIMES, UNITS)
CSV_ROW = st.one_of(
    ROW.map(",".join),
    ROW.map(lambda cells: ",".join(cells[:3])),
    ROW.map(lambda cells: ",".join((*cells, "more"))),
)
RUN = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RUN
@given(st.lists(CSV_ROW, min_size=1, max_size=25), st.integers(0, 2**32))
def test_random_rows_add_up_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("dirt")
    first = imported(folder, "".join(f"{row}\n" for row in rows))
    assert first.rows["read"] == len(rows)
    assert (first.status == 0) == (first.rows["counted"] > 0)
    random.Random(seed).shuffle(rows)
    second = imported(folder, "".join(f"{row}\n" for row in rows))
    assert second.standing == first.standing
    assert second.all_reasons == first.all_reasons


@RUN
@given(st.lists(CSV_ROW, min_size=1, max_size=25), st.lists(st.integers(0, 400), max_size=3))
def test_rows_with_stray_quotes_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], places: list[int]
) -> None:
    text = "".join(f"{row}\n" for row in rows)
    for place in places:
        cut = place % len(text)
        text = f'{text[:cut]}"{text[cut:]}'
    found = imported(tmp_path_factory.mktemp("quotes"), text)
    assert found.rows["read"] <= len(rows)


XES_MAPPING = MAPPING.replace(
    "{file_id: file, activity: activity, time: time}",
    '{file_id: "case:id", activity: act, time: at}',
)


def as_xes(rows: list[tuple[str, str, str, str]]) -> bytes:
    """Each row as a trace of one event; an empty cell is an attribute that is not there."""
    traces = []
    for file_id, activity, time, unit in rows:
        cells = [("act", activity), ("at", time), ("unit", unit)]
        written = "".join(f'<string key="{key}" value="{cell}"/>' for key, cell in cells if cell)
        of_case = f'<string key="id" value="{file_id}"/>' if file_id else ""
        traces.append(f"<trace>{of_case}<event>{written}</event></trace>\n")
    return f"<log>{''.join(traces)}</log>".encode()


@RUN
@given(st.lists(ROW, min_size=1, max_size=25))
def test_a_log_and_a_table_of_the_same_rows_come_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]]
) -> None:
    rows = [*rows, ("E", "in", "2025-04-28", "M")]  # each key stands somewhere
    folder = tmp_path_factory.mktemp("log")
    table = imported(folder, "".join(f"{','.join(row)}\n" for row in rows))
    log = imported(folder, as_xes(rows), mapping=XES_MAPPING)
    assert log.rows["read"] == table.rows["read"] == len(rows)
    assert log.rows["counted"] == table.rows["counted"]
    assert log.all_reasons == table.all_reasons


def test_rows_that_are_nowhere_are_a_fault_that_says_so() -> None:
    fates = Fates()
    fates.read, fates.counted = 3, 2
    with pytest.raises(UnaccountedRowsError, match=r"3 rows read ≠ .* 2 counted"):
        fates.require_sum()


# What becomes of rows


def test_a_day_told_in_another_import_takes_its_place_too(tmp_path: Path) -> None:
    imported(tmp_path, "A,in,2025-04-28T10:00,M\n", data=True)
    found = imported(tmp_path, "A,out,2025-04-28,M\n", data=True)
    assert (found.figures["on_time"], found.figures["open"]) == (1, 0)


def test_dates_outside_the_coverage_are_set_aside_and_told(tmp_path: Path) -> None:
    rows = "".join(f"F{n},in,1999-04-28,M\n" for n in range(1_200)) + "A,in,2025-04-28,M\n"
    found = imported(tmp_path, rows)
    assert found.reasons("set_aside") == {"outside_coverage": 1_200}
    assert (found.figures["received"], found.rows["counted"], found.status) == (1, 1, 0)


def test_rows_that_change_nothing_are_told_by_reason(tmp_path: Path) -> None:
    rows = (
        "A,in,2025-04-28,M\nA,in,2025-04-28,M\nA,in,2025-04-29,M\nA,back,2025-04-29 10:00,M\n"
        "A,out,2025-04-30,M\nA,out,2025-05-02,M\nB,ask,2025-05-02,M\n"
    )
    assert imported(tmp_path, rows, data=True).reasons("changed_nothing") == {
        "repeated": 1,
        "already_received": 1,
        "nothing_outstanding": 1,
        "after_end": 1,
        "before_reception": 1,
    }
    again = imported(tmp_path, rows, data=True)
    assert again.reasons("changed_nothing")["already_imported"] == 2
    assert (again.rows["counted"], again.status) == (0, 0)


def test_an_event_identifier_that_is_not_unique_is_refused_before_anything(tmp_path: Path) -> None:
    mapping = MAPPING.replace("time: time}", "time: time, event_id: file}")
    data = tmp_path / "data"
    said = refused(tmp_path, (HEADER + ROWS).encode(), "--data", data, mapping=mapping)
    assert "the column 'file', given as “event_id”" in said
    assert "'A' (2, 3)" in said
    assert not data.exists()


def test_the_same_row_twice_shares_its_identifier_and_is_told_as_repeated(tmp_path: Path) -> None:
    rows = "A,in,2025-04-28,M,1\nA,in,2025-04-28,M,1\nA,out,2025-04-28,M,2\n"
    found = imported(tmp_path, rows, mapping=NAMED, header="file,activity,time,unit,id\n")
    assert found.reasons("changed_nothing") == {"repeated": 1}
    assert (found.rows["counted"], found.figures["on_time"]) == (2, 1)


def test_an_activity_spelt_otherwise_is_matched_and_told(tmp_path: Path) -> None:
    found = imported(tmp_path, "A,\u00a0IN,2025-04-28,M\n")
    assert found.figures["received"] == 1
    respelt = {"written": "\u00a0IN", "read_as": "in", "rows": 1}
    assert found.figures["activities_respelt"] == [respelt]


def test_a_cell_of_only_is_compared_in_the_same_way(tmp_path: Path) -> None:
    mapping = MAPPING + "only: {unit: [m]}\n"
    found = imported(tmp_path, "A,in,2025-04-28,M\nB,in,2025-04-28,L\n", mapping=mapping)
    assert found.rows["ignored"] == {"count": 1, "by_activity": {}, "outside_only": {"in": 1}}


def test_many_rows_rejected_for_one_reason_are_one_line(tmp_path: Path) -> None:
    rows = "".join(f"F{n},in,yesterday,M\n" for n in range(2_000)) + "A,in,2025-04-28,M\n"
    result = echeance(*import_of(tmp_path, rows), variables=english())
    assert result.stderr == (
        "lines 2, 3, 4, 5, 6 and 1,995 more: date or time unreadable by “time_formats”: "
        "time = 'yesterday'\n"
    )
    assert result.exit_code == 0


def test_the_name_of_a_zone_that_is_no_offset_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING + 'time_formats: ["%Y-%m-%d %H:%M %Z"]\n'
    found = imported(tmp_path, "A,in,2025-04-28 02:00 EST,M\n", mapping=mapping)
    assert found.reasons("rejected") == {"zone_unknown": 1}
    assert "write UTC, GMT, Z or an offset" in found.stderr + str(found.figures["rejections"])


def test_days_of_a_commitment_in_minutes_are_told(tmp_path: Path) -> None:
    mapping = MAPPING.replace("standard: courriel", "standard: telephone")
    found = imported(tmp_path, "A,in,2025-04-28,M\nA,out,2025-04-28T10:31,M\n", mapping=mapping)
    assert found.figures["days_in_minutes"] == 1


# No import that counted nothing ends well


@pytest.mark.parametrize(
    "rows", ["", "A,noted,2025-04-28,M\n", "A,in,yesterday,M\n", "A,out,2025-04-28,M\n"]
)
def test_an_import_of_which_nothing_counted_fails(rows: str, tmp_path: Path) -> None:
    found = imported(tmp_path, rows)
    assert found.status == 1
    assert "no row of" in found.stderr


def test_a_file_that_breaks_off_is_imported_up_to_there_and_fails(tmp_path: Path) -> None:
    rows = "".join(f"F{n},in,2025-04-28,M\n" for n in range(3_000))
    packed = gzip.compress((HEADER + rows).encode())
    found = imported(tmp_path, packed[: len(packed) // 2])
    assert found.status == 1
    assert found.rows["counted"] == found.rows["read"] > 100
    assert "breaks off at line" in found.stderr
    assert found.figures["breaks_off"]["line"] > 100


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + b"\x00" * 26 + b"export.csv", "the ZIP is damaged"),
        (b"PAR1\x15\x04\x15", "the Parquet file is damaged"),
        (b"ORC", "ORC; save or export it as CSV"),
        (b'[{"file": "A"}]', "JSON; write one object a line"),
        (b"BZh91AY&SY", "an archive: bzip2"),
        (gzip.compress(gzip.compress(gzip.compress(b"a"))), "an archive: gzip (3 ×)"),
        (gzip.compress(bytes(1_000_000)), "the file is no text"),
        ((HEADER + ROWS).replace("time", "tiem", 1).encode(), "did you mean 'tiem'?"),
        ((HEADER + ROWS).replace("unit", "Unit ", 1).encode(), "did you mean 'Unit '?"),
        ((HEADER + "A,in,2025-04-28,M" + "x" * 2_000_000).encode(), "longer than 1 MiB"),
        (b"<html><body/></html>", "not an XES log"),
        (b'<log><trace><event><string key="act" value="in"/></event></trace></log>', "'file'"),
    ],
)
def test_what_is_no_export_is_refused_with_what_would_be_right(
    content: bytes, said: str, tmp_path: Path
) -> None:
    assert said in refused(tmp_path, content)


def test_a_header_in_another_encoding_names_the_encoding(tmp_path: Path) -> None:
    mapping = MAPPING.replace("file_id: file", "file_id: Numéro") + "csv: {encoding: utf-8}\n"
    content = (HEADER.replace("file", "Numéro") + ROWS).encode("cp1252")
    assert "write “csv: {encoding: cp1252}”" in refused(tmp_path, content, mapping=mapping)


def test_how_an_export_was_read_is_told_where_it_is_guessed(tmp_path: Path) -> None:
    found = imported(tmp_path, (HEADER + ROWS).replace(",", ";").encode("utf-16"))
    assert found.figures["remarks"] == [
        'read as if the mapping said “csv: {delimiter: ";", encoding: utf-16}”: write it there, or what is right'
    ]
    assert found.figures["files"] == 6


def test_a_key_that_no_event_of_a_log_has_is_told(tmp_path: Path) -> None:
    mapping = XES_MAPPING + "attributes: {regime: {column: regime, words: {p: temps-complet}}}\n"
    found = imported(tmp_path, as_xes([("A", "in", "2025-04-28", "M")]), mapping=mapping)
    assert found.figures["keys_never_seen"] == ["regime"]


def test_a_tag_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    content = b'<log><trace><string key="id" value="' + b"x" * 20_000_000 + b'"/></trace></log>'
    assert "longer than 1 MiB" in refused(tmp_path, content, mapping=XES_MAPPING)


def test_a_line_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    content = gzip.compress((HEADER + "A,in,").encode() + b"x" * 300_000_000, 1)
    assert "longer than 1 MiB" in refused(tmp_path, content)


@pytest.mark.parametrize("key", ["--mapping", "catalogue", "file"])
def test_a_path_that_leads_to_no_file_is_refused(key: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    mapping = MAPPING + (f"catalogue: {pipe}\n" if key == "catalogue" else "")
    _, export, _, read_by = import_of(tmp_path, mapping=mapping)
    export, read_by = (pipe if key == "file" else export), (pipe if key == "--mapping" else read_by)
    said = told("import", export, "--mapping", read_by, variables=english())
    assert "is not a regular file" in said


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    *_, mapping = import_of(tmp_path)
    told("import", "a\0b", "--mapping", mapping, status=2)
