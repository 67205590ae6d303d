"""A suggested mapping imports the export it was made from, or says what it could not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.echeance.command import done, echeance, english, told
from tests.paths import ROOT

CATALOGUE = """
catalogue: tickets
revision: 1
name: {fr: Billets, en: Tickets}
organization: {fr: Une ville, en: A town}
default_calendar: week
calendars:
  week:
    version: "1"
    name: {fr: Semaine, en: Week}
    zone: America/Recife
    coverage: {first_year: 2020, last_year: 2035}
    working_weekdays: [monday, tuesday, wednesday, thursday, friday]
units:
  it: {name: {fr: Informatique, en: IT}}
  roads: {name: {fr: Voirie, en: Roads}}
outcomes: [done]
reasons: [again]
standards:
  ticket:
    name: {fr: Billet, en: Ticket}
    closes_with: {fr: solution, en: solution}
    source: {fr: Règlement, en: By-law}
    terms:
      - limit: {business_days: 2}
        target_percent: 80
        summary: {fr: Résoudre, en: Solve}
"""
TABLE = """ID;Título;Fila;Status;Data de abertura;Data da solução;Prazo
2 000;Um;IT;Fechado;29-08-2025 08:46;01-09-2025 09:00;02-09-2025
2 001;Dois;Roads;Novo;05-09-2025 08:46;;09-09-2025
2 002;Três;IT;Cancelado;05-09-2025 08:46;05-09-2025 10:00;09-09-2025
2 003;"Quatro
cinco";Roads;Fechado;05-09-2025 08:46;19-09-2025 10:00;10-09-2025
"""
STATES = """ticket,status,changed
T1,New,2025-01-06 10:00
T2,New,2025-01-06 11:00
T1,Pending,2025-01-07 10:00
T1,In progress,2025-01-10 10:00
T1,Closed,2025-01-13 10:00
T2,Closed,2025-01-06 12:00
T2,In progress,2025-01-20 12:00
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.yaml"
    path.write_text(CATALOGUE, "utf-8")
    return path


def suggested(export: Path, catalogue: Path) -> str:
    return done("import", "--suggest", export, "--catalogue", catalogue, variables=english())


def figures(export: Path, mapping: str, *options: object) -> Any:
    path = export.parent / "mapping.yaml"
    path.write_text(mapping.replace('unit: "?"', "unit: it"), "utf-8")
    said = echeance("import", export, "--mapping", path, "--format", "json", *options)
    return json.loads(said.stdout)


def test_a_table_of_files_is_imported_by_its_suggestion(tmp_path: Path, catalogue: Path) -> None:
    export = tmp_path / "tickets.csv"
    export.write_bytes(TABLE.encode("cp1252"))
    mapping = suggested(export, catalogue)
    assert 'csv: {delimiter: ";", encoding: cp1252}' in mapping
    assert "unit: {column: Fila, slugify: true}" in mapping
    found = figures(export, mapping)
    counts = {
        name: found[name]
        for name in ("received", "decided", "withdrawn", "open", "on_time", "late")
    }
    assert counts == {
        "received": 4,
        "decided": 2,
        "withdrawn": 1,
        "open": 1,
        "on_time": 1,
        "late": 1,
    }
    assert (found["rejected"], found["rows"]["read"]) == (0, 12)
    assert found["due"]["different"] == 1
    assert found["due"]["differences"][0]["export"] == "2025-09-10"


def test_a_log_of_states_is_imported_by_its_suggestion(tmp_path: Path, catalogue: Path) -> None:
    export = tmp_path / "states.csv"
    export.write_text(STATES, "utf-8")
    mapping = suggested(export, catalogue)
    assert "row: state" in mapping and "Pending: waiting  # 1 ×" in mapping
    found = figures(export, mapping)
    assert (found["received"], found["decided"], found["open"], found["on_time"]) == (3, 2, 1, 2)
    assert (found["rejected"], found["rows"]["counted"]) == (0, 7)


def test_a_date_that_can_be_read_in_two_ways_is_left_to_choose(
    tmp_path: Path, catalogue: Path
) -> None:
    export = tmp_path / "dates.csv"
    export.write_text("id,received,decided\n1,04/05/2025,05/05/2025\n2,04/05/2025,\n", "utf-8")
    mapping = suggested(export, catalogue)
    assert '# time_formats: ["%d/%m/%Y"]  # May 4, 2025' in mapping
    assert '# time_formats: ["%m/%d/%Y"]  # April 5, 2025' in mapping
    assert figures(export, mapping)["rejected"] == 3
    right = mapping.replace('# time_formats: ["%d', 'time_formats: ["%d')
    assert figures(export, right)["received"] == 2


def test_another_column_may_say_which_of_two_ways(tmp_path: Path, catalogue: Path) -> None:
    export = tmp_path / "dates.csv"
    export.write_text("id,received,decided\n1,04/05/2025,25/05/2025\n2,04/05/2025,\n", "utf-8")
    assert '\ntime_formats: ["%d/%m/%Y"]\n' in suggested(export, catalogue)


@pytest.mark.parametrize("example", ["complaints", "freedom-of-information-uk", "planning-england"])
def test_an_example_is_imported_by_its_suggestion_as_by_its_mapping(
    example: str, tmp_path: Path
) -> None:
    folder = ROOT / "examples" / example
    export = tmp_path / "month.csv"
    export.write_bytes((folder / "month.csv").read_bytes())
    found = figures(export, suggested(export, folder / "catalogue.yaml"))
    said = echeance("import", export, "--mapping", folder / "mapping.yaml", "--format", "json")
    meant = json.loads(said.stdout)
    assert [found[name] for name in ("received", "decided")] == [
        meant[name] for name in ("received", "decided")
    ]


def test_what_cannot_be_told_is_asked(tmp_path: Path) -> None:
    export = tmp_path / "odd.csv"
    export.write_text("alpha,beta\nx,1\nx,2\n", "utf-8")
    text = done("import", "--suggest", export, variables=english())
    assert (
        '  activity: "?"  # which column? alpha, beta\n  time: "?"  # which column? alpha' in text
    )
    assert "# or {column: …, words: {cell: word}}; caq-etudes, " in text
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text, "utf-8")
    assert "answer" in told("import", export, "--mapping", mapping, variables=english())


def test_what_is_no_export_has_no_suggestion(tmp_path: Path) -> None:
    export = tmp_path / "nothing.csv"
    export.write_text("", "utf-8")
    assert "the file is empty" in told("import", "--suggest", export, variables=english())
    export.write_text("id,received\n", "utf-8")
    assert "the file is empty" in told("import", "--suggest", export, variables=english())


def test_an_import_without_a_mapping_says_how_to_have_one(tmp_path: Path) -> None:
    export = tmp_path / "tickets.csv"
    export.write_text(TABLE, "utf-8")
    said = told("import", export, variables=english())
    assert f"`echeance import --suggest {export}` writes one" in said


def test_a_dry_run_changes_nothing_and_knows_what_is_there(tmp_path: Path, catalogue: Path) -> None:
    export, data = tmp_path / "tickets.csv", tmp_path / "data"
    export.write_text(TABLE, "utf-8")
    mapping = suggested(export, catalogue)
    assert figures(export, mapping, "--data", data, "--dry-run")["rows"]["counted"] == 7
    assert not data.exists()
    assert figures(export, mapping, "--data", data)["rows"]["counted"] == 7
    before = held(data)
    again = figures(export, mapping, "--data", data, "--dry-run")
    assert again["rows"]["changed_nothing"]["by_reason"][0]["reason"] == "already_imported"
    export.write_text(TABLE.replace("01-09-2025 09:00", "03-09-2025 09:00"), "utf-8")
    changed = figures(export, mapping, "--data", data, "--dry-run", "--corrections")
    assert (changed["late"], changed["corrections"]["voided"]) == (2, 1)
    assert held(data) == before


def held(data: Path) -> dict[str, bytes]:
    """What a directory holds, but for the files that readers of its database need beside it."""
    return {one.name: one.read_bytes() for one in data.iterdir() if "sqlite-" not in one.name}


MADE_UP = {
    "titles-and-pauses": (
        "Log of requests\nRun on:,01/10/2025\n\n"
        "Tracking Number,Received Date,Clock Stopped,Clock Restarted,Closed Date\n"
        "R-1,13/03/2025,14/03/2025,20/03/2025,21/03/2025\n"
        "R-2,14/03/2025,,,\n"
        "R-3,20/03/2025,,,28/03/2025\n",
        "  documents_requested: Clock Stopped",
    ),
    "placeholders": (
        "Ref No.,Date received,Date of response,Outcome\n"
        "FOI0001/25,13/03/2025,17/03/2025,Disclosed\n"
        "FOI0002/25,14/03/2025,N/A,-\n"
        "FOI0002/25,14/03/2025,N/A,-\n"
        "FOI0003/25,20/03/2025,28/03/2025,Disclosed\n",
        'empty: ["N/A", "-"]',
    ),
    "from-and-to": (
        "Issue key,Changed,From status,To status\n"
        "HD-1,03/Mar/25 09:15 AM,,Open\n"
        "HD-1,04/Mar/25 09:15 AM,Open,Waiting for customer\n"
        "HD-1,14/Mar/25 09:15 AM,Waiting for customer,In Progress\n"
        "HD-1,17/Mar/25 02:15 PM,In Progress,Resolved\n"
        "HD-2,03/Mar/25 10:15 AM,,Open\n"
        "HD-3,03/Mar/25 11:15 AM,,Open\n"
        "HD-3,11/Mar/25 11:15 AM,Open,Resolved\n",
        "  state: To status",
    ),
}
"""Exports as public bodies and help desks write them: three files, of which two are decided, one late."""


@pytest.mark.parametrize("shape", MADE_UP)
def test_shapes_of_open_data_import_with_what_is_suggested(tmp_path: Path, shape: str) -> None:
    text, line = MADE_UP[shape]
    export, catalogue, mapping = (tmp_path / one for one in ("e.csv", "c.yaml", "m.yaml"))
    export.write_text(text, "utf-8")
    catalogue.write_text(CATALOGUE, "utf-8")
    suggested = done("import", "--suggest", export, "--catalogue", catalogue, variables=english())
    assert line in suggested
    [unit] = [one for one in suggested.splitlines() if one.startswith("unit: ")]
    mapping.write_text(suggested.replace(unit, "unit: it"), "utf-8")
    figures = json.loads(done("import", export, "--mapping", mapping, "--format", "json"))
    assert figures["rejected"] == 0
    assert (figures["files"], figures["decided"], figures["late"]) == (3, 2, 1)
