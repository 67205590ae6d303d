"""``echeance import``: an export comes to the same figures, twice, in parts or without a directory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.builders import TEXT
from tests.echeance.command import done, echeance, english, told
from tests.echeance.importer.exports import FIGURES, MAPPING, ROWS, events_in, import_of, imported


def test_the_figures_are_those_a_hand_counts_and_the_same_file_again_changes_nothing(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        assert imported(tmp_path, data=True).whole == FIGURES


def test_two_halves_in_any_order_make_the_whole(tmp_path: Path) -> None:
    rows = ROWS.splitlines(keepends=True)
    assert imported(tmp_path, "".join(rows[1::2]), data=True).figures["files"] < 6
    second = imported(tmp_path, "".join(rows[::2]), data=True)
    assert {**second.whole, "ignored": 1} == FIGURES


def test_an_import_without_a_directory_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert imported(tmp_path).whole == FIGURES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.csv", "m.yaml"]


def test_rows_that_cannot_be_read_are_told_with_their_lines_and_the_others_go_through(
    tmp_path: Path,
) -> None:
    bad = "X,in,yesterday,M\nY,in,2025-05-05 09:00,Z\n,in,2025-05-05 09:00,M\n"
    found = imported(tmp_path, bad + ROWS).whole
    assert [one["line"] for one in found["rejections"]] == [2, 3, 4]
    assert all(one["reason"] for one in found["rejections"])
    assert found == {**FIGURES, "rejected": 3, "rejections": found["rejections"]}
    result = echeance(*import_of(tmp_path, bad + ROWS), variables=english())
    assert result.exit_code == 0
    said = [line.split(":")[0] for line in result.stderr.splitlines()]
    assert said == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fr",
            ["Période : toutes les années", "dans le délai", "66,67 %", "Réponse aux courriels"],
        ),
        ("en", ["Period: all years", "on time", "66.67%", "Answer to e-mails"]),
    ],
)
def test_the_report_is_printed_with_the_figures_in_each_language(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    output = done(*import_of(tmp_path), variables={"ECHEANCE_LANGUAGE": language})
    for word in words:
        assert word in output.replace("\u00a0", " ")


def test_files_that_are_not_there_are_told_by_their_names(tmp_path: Path) -> None:
    _, export, _, mapping = import_of(tmp_path)
    absent = tmp_path / "absent"
    assert str(absent) in told("import", absent, "--mapping", mapping, status=2)
    assert str(absent) in told("import", export, "--mapping", absent, status=2)
    assert "--mapping" in told("import", export)


def test_a_mapping_with_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = MAPPING.replace("out: decided", "out: settled")
    said = told(*import_of(tmp_path, mapping=wrong))
    assert "m.yaml:5:" in said and "activities.out" in said


def test_an_import_under_another_catalogue_than_the_directorys_is_refused(tmp_path: Path) -> None:
    imported(tmp_path, data=True)
    other = TEXT.replace("catalogue: mifi-2021-10", "catalogue: another")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    command = import_of(tmp_path, mapping=MAPPING + "catalogue: other.yaml\n")
    said = told(*command, "--data", tmp_path / "data")
    assert "'mifi-2021-10'" in said and "'another'" in said
    assert imported(tmp_path, data=True).whole == FIGURES
    assert asyncio.run(events_in(tmp_path / "data")) == 13
