"""Whoever opens a directory finds the catalogue that it is counted with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.builders import TEXT
from tests.echeance.command import done, told
from tests.echeance.importer.exports import MAPPING, import_of, imported


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory counted with a catalogue that only its mapping names."""
    own = TEXT.replace("catalogue: mifi-2021-10", "catalogue: town")
    (tmp_path / "town.yaml").write_text(own, "utf-8")
    imported(tmp_path, mapping=MAPPING + "catalogue: town.yaml\n", data=True)
    (tmp_path / "town.yaml").rename(tmp_path / "moved.yaml")
    return tmp_path / "data"


def test_report_and_explain_find_it_after_an_import(data: Path) -> None:
    report = done("report", "--data", data, "--period", "all", "--format", "json")
    assert json.loads(report)["rows"][0]["measured"] == 3
    assert "en attente du client" in done("explain", "D", "--data", data)
    assert "mêmes chiffres" in done("rebuild", "--data", data)
    assert "renvoyés : 0" in done("dead-letters", "replay", "--reason", "conflict", "--data", data)


def test_an_import_whose_mapping_names_none_is_counted_with_it(data: Path) -> None:
    done(*import_of(data.parent), "--data", data)


def test_a_catalogue_that_is_named_wins_and_is_compared(data: Path) -> None:
    (data.parent / "other.yaml").write_text(TEXT, "utf-8")
    other = data.parent / "other.yaml"
    assert "'town'" in told("report", "--data", data, "--catalogue", other)
    variables = {"ECHEANCE_CATALOGUE": str(other)}
    assert "'town'" in told("explain", "D", "--data", data, variables=variables)
    moved = data.parent / "moved.yaml"
    assert "Période" in done("report", "--data", data, "--catalogue", moved, "--period", "all")


def test_a_revision_of_ones_own_is_found_and_a_newer_program_brings_its_own(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    for revision in (TEXT, re.sub(r"revision: \d+", "revision: 99", TEXT, count=1)):
        (tmp_path / "own.yaml").write_text(revision, "utf-8")
        imported(tmp_path, mapping=MAPPING + "catalogue: own.yaml\n", data=True)
        assert "Période" in done("report", *data, "--period", "all")


def test_a_copy_that_was_altered_is_refused(data: Path) -> None:
    kept = data / "catalogue-in-use.yaml"
    kept.write_text(kept.read_text("utf-8") + "# altered\n", "utf-8")
    assert "another text under the same revision" in told("report", "--data", data)


def test_every_period_is_reported_in_every_form(data: Path) -> None:
    for form in ("markdown", "csv", "json", "html"):
        printed = done("report", "--data", data, "--period", "all", "--format", form)
        assert "0001" not in printed
        assert "9999" not in printed
