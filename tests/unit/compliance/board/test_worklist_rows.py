"""The rows of the worklist: the cells of its spreadsheet by column, and how many rows changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.compliance.board.worklist_rows import (
    WORKLIST_COLUMNS,
    RemainingAmount,
    WorklistRow,
    changed_rows,
    sheet_columns,
)
from shared.text.texts import Text
from tests.builders import CATALOGUE

ROW = WorklistRow(
    file_id="A",
    standard="courriel",
    standard_name=Text("Réponse aux courriels", "Answers to e-mails"),
    unit="laval",
    unit_name=Text("Laval", "Laval"),
    stage="critical",
    waiting_since=None,
    measured=True,
    received_on=date(2026, 11, 23),
    due_on=date(2026, 11, 25),
    due_at=None,
    remaining=RemainingAmount("business_days", 1, None),
    risk="medium",
)


def test_a_row_has_a_cell_in_every_column():
    cells = {name: column.cell(ROW, "fr") for name, column in WORKLIST_COLUMNS.items()}
    assert cells == {
        "file": "A",
        "standard": "Réponse aux courriels",
        "standard_code": "courriel",
        "unit": "Laval",
        "unit_code": "laval",
        "stage": "critique",
        "stage_code": "critical",
        "waiting_since": None,
        "waits_for": None,
        "measured": True,
        "risk": "moyen",
        "received": date(2026, 11, 23),
        "due": date(2026, 11, 25),
        "due_time": None,
        "remaining": "1 jour ouvrable",
        "remaining_business_days": 1,
        "remaining_civil_days": None,
        "remaining_seconds": None,
    }


def test_opening_time_remains_in_hours_and_minutes():
    row = ROW._replace(due_on=None, remaining=RemainingAmount("seconds", 8_130.5, None))
    cells = {name: WORKLIST_COLUMNS[name].cell(row, "en") for name in WORKLIST_COLUMNS}
    assert cells["remaining"] == "2\u00a0h\u00a015\u00a0min"
    assert cells["remaining_seconds"] == 8_130
    assert cells["remaining_business_days"] is cells["remaining_civil_days"] is None


def test_a_spreadsheet_has_a_column_for_each_unit_of_the_catalogue():
    headings = [column.heading.fr for column in sheet_columns(CATALOGUE)]
    assert headings[-3:] == [
        "Reste (jours ouvrables)",
        "Reste (jours civils)",
        "Reste (secondes d’ouverture)",
    ]
    calls = CATALOGUE.model_copy(
        update={"standards": {"telephone": CATALOGUE.standards["telephone"]}}
    )
    assert [column.heading.en for column in sheet_columns(calls)][-2:] == [
        "Left",
        "Left (seconds of opening time)",
    ]


def test_a_row_says_whom_it_waits_for():
    row = ROW._replace(stage="waiting", waiting_since=date(2026, 11, 24), waits_for="other")
    assert WORKLIST_COLUMNS["waits_for"].cell(row, "fr") == "un tiers"


def test_a_row_without_a_deadline_in_days_leaves_what_remains_empty():
    row = ROW._replace(remaining=None)
    cells = [
        WORKLIST_COLUMNS[name].cell(row, "en")
        for name in WORKLIST_COLUMNS
        if name.startswith("remaining")
    ]
    assert cells == [None] * 4


def test_changes_count_the_files_that_came_went_or_changed():
    other, moved = ROW._replace(file_id="B"), ROW._replace(stage="overdue")
    assert changed_rows([ROW], [ROW]) == 0
    assert changed_rows([ROW], [moved]) == 1
    assert changed_rows([ROW, other], [ROW]) == 1
    assert changed_rows([ROW], [moved, other]) == 2


def test_that_time_passed_is_no_change_of_a_row():
    row = ROW._replace(
        due_at=datetime(2026, 11, 25, 12, tzinfo=UTC),
        remaining=RemainingAmount("seconds", 8_130, None),
    )
    later = row._replace(remaining=RemainingAmount("seconds", 8_070, None))
    assert changed_rows([row], [later]) == 0
