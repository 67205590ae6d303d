"""``echeance import``: an export goes the whole way into a directory, twice or shuffled, and comes to the same figures."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from shared.log.ports import FILE_EVENTS
from tests.builders import TEXT
from tests.echeance.command import done, echeance, english, told
from tests.services.world import world

MAPPING = """
source: https://example.org/small
zone: America/Toronto
columns: {file_id: file, activity: activity, time: time}
activities: {in: received, out: decided, ask: documents_requested, back: documents_received, gone: withdrawn}
standard: courriel
unit: {column: unit, words: {M: montreal, L: laval}}
outcome: answered
"""
HEADER = "file,activity,time,unit\n"
ROWS = """A,in,2025-05-05 09:00,M
A,out,2025-05-07 16:00,M
B,in,2025-05-05 09:00,M
B,out,2025-05-08 10:00,M
C,in,2025-05-05 10:00,L
C,ask,2025-05-06 10:00,L
C,back,2025-05-20 10:00,L
C,out,2025-05-21 10:00,L
D,in,2025-05-05 11:00,L
D,ask,2025-05-06 11:00,L
E,in,2025-05-05 12:00,L
F,in,2025-05-05 12:00,L
F,gone,2025-05-06 12:00,L
G,noted,2025-05-06 12:00,L
"""
FIGURES = {
    "files": 6,
    "received": 6,
    "decided": 3,
    "on_time": 2,
    "late": 1,
    "open": 1,
    "waiting": 1,
    "withdrawn": 1,
    "attainment": 2 / 3,
    "rejected": 0,
    "ignored": 1,
    "rejections": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "export.csv").write_text(HEADER + ROWS, encoding="utf-8")
    return tmp_path


async def events_in(data: Path) -> int:
    async with world(data, partitions=8) as known:
        return sum(await known.embedded.log.ends(FILE_EVENTS))


def imported(folder: Path, name: str = "export.csv", **how: Any) -> dict[str, Any]:
    """The figures of a whole directory; those of the rows are looked at in test_import_fates."""
    mapping = ("--mapping", folder / "mapping.yaml", "--data", folder / "data")
    return figures(done("import", folder / name, *mapping, "--format", "json", **how))


def figures(output: str) -> dict[str, Any]:
    printed = json.loads(output)
    return {name: printed[name] for name in FIGURES}


def test_the_figures_are_those_a_hand_counts(folder: Path) -> None:
    assert imported(folder) == FIGURES


def test_the_same_file_twice_changes_nothing(folder: Path) -> None:
    assert imported(folder) == imported(folder) == FIGURES


def test_shuffled_rows_come_to_the_same_figures(folder: Path) -> None:
    rows = ROWS.splitlines(keepends=True)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        (folder / "shuffled.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
        assert imported(folder, "shuffled.csv") == FIGURES


def test_two_halves_in_any_order_make_the_whole(folder: Path) -> None:
    rows = ROWS.splitlines(keepends=True)
    for number, part in enumerate((rows[1::2], rows[::2])):
        (folder / f"{number}.csv").write_text(HEADER + "".join(part), encoding="utf-8")
    assert imported(folder, "0.csv")["files"] < 6
    assert {**imported(folder, "1.csv"), "ignored": 1} == FIGURES


def test_a_compressed_export_is_read_as_it_is(folder: Path) -> None:
    (folder / "export.csv.gz").write_bytes(gzip.compress((HEADER + ROWS).encode()))
    assert imported(folder, "export.csv.gz") == FIGURES


def test_an_import_without_a_directory_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    mapping = ("--mapping", folder / "mapping.yaml")
    output = done("import", folder / "export.csv", *mapping, "--format", "json")
    assert figures(output) == FIGURES
    assert sorted(folder.iterdir()) == before


def test_rows_that_cannot_be_read_are_told_with_their_lines_and_the_others_go_through(
    folder: Path,
) -> None:
    bad = "X,in,yesterday,M\nY,in,2025-05-05 09:00,Z\n,in,2025-05-05 09:00,M\n"
    (folder / "export.csv").write_text(HEADER + bad + ROWS, encoding="utf-8")
    found = imported(folder)
    assert [one["line"] for one in found["rejections"]] == [2, 3, 4]
    assert all(one["reason"] for one in found["rejections"])
    assert found == {**FIGURES, "rejected": 3, "rejections": found["rejections"]}
    result = echeance(
        "import", folder / "export.csv", "--mapping", folder / "mapping.yaml", variables=english()
    )
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "line 2",
        "line 3",
        "line 4",
    ]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, ["Période : toutes les années", "dans le délai", "66,67 %", "Réponse aux courriels"]),
        (english(), ["Period: all years", "on time", "66.67%", "Answer to e-mails"]),
    ],
)
def test_the_report_is_printed_with_the_figures_in_each_language(
    folder: Path, variables: dict[str, str], words: list[str]
) -> None:
    mapping = ("--mapping", folder / "mapping.yaml")
    output = done("import", folder / "export.csv", *mapping, variables=variables)
    for word in words:
        assert word in output.replace("\u00a0", " ")


def test_an_imported_file_can_be_explained_reported_and_rebuilt(folder: Path) -> None:
    imported(folder)
    data = ("--data", folder / "data")
    assert "en attente du client" in done("explain", "C", *data)
    report = json.loads(done("report", *data, "--period", "2025-05", "--format", "json"))
    assert (report["rows"][0]["standard"], report["rows"][0]["measured"]) == ("courriel", 3)
    assert "mêmes chiffres" in done("rebuild", *data)
    assert imported(folder) == FIGURES


def test_files_that_are_not_there_are_told_by_their_names(folder: Path) -> None:
    export, mapping = folder / "export.csv", folder / "mapping.yaml"
    absent = folder / "absent"
    assert str(absent) in told("import", absent, "--mapping", mapping, status=2)
    assert str(absent) in told("import", export, "--mapping", absent, status=2)
    assert "--mapping" in told("import", export, status=2)


def test_a_mapping_with_a_fault_is_told_with_its_line(folder: Path) -> None:
    mapping = folder / "mapping.yaml"
    mapping.write_text(MAPPING.replace("out: decided", "out: settled"), encoding="utf-8")
    said = told("import", folder / "export.csv", "--mapping", mapping)
    assert "mapping.yaml:5:" in said and "activities.out" in said


def test_an_import_under_another_catalogue_than_the_directorys_is_refused(folder: Path) -> None:
    imported(folder)
    other = TEXT.replace("catalogue: mifi-2021-10", "catalogue: another")
    (folder / "other.yaml").write_text(other, encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING + "catalogue: other.yaml\n", encoding="utf-8")
    mapping = ("--mapping", folder / "mapping.yaml", "--data", folder / "data")
    said = told("import", folder / "export.csv", *mapping)
    assert "'mifi-2021-10'" in said and "'another'" in said
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    assert imported(folder) == FIGURES
    assert asyncio.run(events_in(folder / "data")) == 13
