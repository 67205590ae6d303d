"""Names say what columns, activities and states are likely to mean."""

from __future__ import annotations

import pytest

from echeance.importer.suggestion.columns import sample_of
from echeance.importer.suggestion.guess import (
    Structure,
    endings_of,
    event_of,
    meanings_of,
    milestone_of,
    of_states_only,
    plain,
    state_of,
    structure_of,
)


def structure(header: str, *rows: str) -> Structure:
    cells = [row.split(",") for row in rows]
    return structure_of(sample_of(header.split(","), cells), len(rows))


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("Date de réception", "received"),
        ("date_opened", "received"),
        ("CreatedDate", "received"),
        ("Data de abertura", "received"),
        ("Service request close date", "decided"),
        ("Date de clôture", "decided"),
        ("Data da solução", "decided"),
        ("ResolvedAt", "decided"),
        ("Précisions demandées", "documents_requested"),
        ("Précisions reçues", "documents_received"),
        ("REJECTED", "documents_requested"),
        ("Date d'annulation", "withdrawn"),
        ("Reopened", "reopened"),
        ("Prolongation", "extended"),
        ("Reallocated", "transferred"),
        ("Date de suspension", "documents_requested"),
        ("Fin de suspension", "documents_received"),
        ("Pause Start", "documents_requested"),
        ("Pause End", "documents_received"),
        ("Ask for documents", "documents_requested"),
        ("Request further information", "documents_requested"),
        ("Register request", "received"),
        ("Demande de pièces", "documents_requested"),
        ("Traité le", "decided"),
        ("Acknowledgement sent", None),
        ("Determine necessity", None),
        ("Note", None),
    ],
)
def test_a_name_is_likely_to_be_an_event(name: str, event: str | None) -> None:
    assert event_of(name) == event


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Novo", "in_hand"),
        ("Em atendimento (atribuído)", "in_hand"),
        ("Pendente", "waiting"),
        ("En attente du client", "waiting"),
        ("Fechado", "ended"),
        ("Résolu", "ended"),
        ("Cancelled", "withdrawn"),
        ("Closed - Duplicate", "withdrawn"),
        ("Classé sans suite", "withdrawn"),
        ("Rejected", "ended"),
        ("Resuelto", "ended"),
        ("Prise en charge", "in_hand"),
        ("Bleu", None),
    ],
)
def test_a_word_is_likely_to_be_a_state(word: str, state: str | None) -> None:
    assert state_of(word) == state


def test_names_are_compared_without_accents_and_signs() -> None:
    assert plain("DateDe_Réception: (1)") == "date de reception (1)"


def test_a_table_of_files_has_a_column_that_tells_them_apart() -> None:
    found = structure(
        "Case,Opened,Closed,Due date,Last update,Signed",
        "1,2025-01-02,2025-01-05,2025-01-09,2025-01-05,2025-01-03",
        "2,2025-01-03,,2025-01-10,2025-01-05,2025-01-03",
    )
    assert (found.row, found.file_id and found.file_id.name) == ("file", "Case")
    assert list(found.dates) == [("received", "Opened"), ("decided", "Closed")]
    assert (found.due, sorted(found.unread)) == ("Due date", ["Last update", "Signed"])


def test_the_first_and_the_last_of_unknown_dates_open_and_end_a_file() -> None:
    found = structure("id,b,a", "1,2025-02-01,2025-01-01", "2,2025-02-02,2025-01-02")
    assert list(found.dates) == [("received", "a"), ("decided", "b")]


def test_a_log_has_a_file_that_comes_again_and_an_activity() -> None:
    rows = ("n1,F1,In,2025-01-02", "n2,F1,Out,2025-01-05", "n3,F2,In,2025-01-05")
    found = structure("row,case,activity,when", *rows)
    assert found.row == "event" and found.file_id and found.named_by and found.time
    assert (found.file_id.name, found.named_by.name, found.time.name) == (
        "case",
        "activity",
        "when",
    )


def test_a_log_of_states_has_words_that_are_states() -> None:
    rows = (
        "F1,New,2025-01-02",
        "F1,Pending,2025-01-05",
        "F1,Closed,2025-01-06",
        "F2,New,2025-01-05",
    )
    assert structure("ticket,status,changed", *rows).row == "state"
    odd = ("F1,A,2025-01-02", "F1,B,2025-01-05", "F1,C,2025-01-06", "F2,A,2025-01-05")
    assert structure("ticket,status,changed", *odd).row == "event"


def test_what_opens_a_file_and_comes_again_is_an_answer() -> None:
    rows = [
        ("1", "SUBMITTED"),
        ("1", "REJECTED"),
        ("1", "SUBMITTED"),
        ("1", "PAID"),
        ("2", "SUBMITTED"),
    ]
    meanings = meanings_of(rows, ["SUBMITTED", "REJECTED", "PAID", "NOTE"])
    assert meanings["SUBMITTED"] == ("received", "documents_received")
    assert meanings["PAID"] == ("decided", "decided")
    assert meanings["NOTE"] == (None, None)
    alone = meanings_of([("1", "Opened")], ["Opened", "Documents received"])
    assert alone["Documents received"] == (None, None)
    again = meanings_of([("1", "Opened"), ("1", "Opened")], ["Opened"])
    assert again["Opened"] == ("received", None)


def test_one_activity_opens_files_whatever_others_speak_of_it() -> None:
    activities = ["Confirmation of receipt", "Check receipt", "Begun"]
    rows = [("1", "Confirmation of receipt"), ("1", "Check receipt")]
    meanings = meanings_of(rows, activities)
    assert [meanings[one].first for one in activities] == ["received", None, None]
    assert meanings_of([("1", "Alpha")], ["Alpha"])["Alpha"].first == "received"


def test_a_milestone_is_known_by_how_its_word_begins() -> None:
    assert milestone_of("Acknowledgement sent", ["inspected", "acknowledged"]) == "acknowledged"
    assert milestone_of("Sent", ["acknowledged"]) is None
    assert meanings_of([], ["Inspection"], ["inspected"])["Inspection"].first == "reached"


def test_a_clock_that_stops_ends_unless_it_starts_again() -> None:
    rows = ("1,2025-01-02,2025-01-09,{}", "2,2025-01-03,2025-01-09,{}")
    ended = structure("id,Clock start,Clock stop,Note", *(one.format("x") for one in rows))
    assert list(ended.dates) == [("received", "Clock start"), ("decided", "Clock stop")]
    again = structure(
        "id,Received,Clock stop,Clock restart", *(one.format("2025-01-10") for one in rows)
    )
    assert [event for event, _ in again.dates] == [
        "received",
        "documents_requested",
        "documents_received",
    ]


def test_a_return_without_a_request_is_not_read() -> None:
    found = structure(
        "id,Reçue,Reprise,Close", "1,2025-01-02,2025-01-03,2025-01-05", "2,2025-01-02,,"
    )
    assert [event for event, _ in found.dates] == ["received", "decided"]
    assert found.unread == ["Reprise"]


def test_files_of_several_rows_are_files_where_rows_have_both_ends() -> None:
    rows = (
        "F1,Closed,2025-01-02,2025-01-05",
        "F1,Closed,2025-01-02,2025-01-05",
        "F2,Open,2025-01-03,",
    )
    assert structure("Ref No,Status,Received,Answered", *rows).row == "file"


def test_words_say_what_a_column_without_a_known_name_is() -> None:
    rows = ("a1,submitted,2025-01-02", "a1,approved,2025-01-05", "a2,submitted,2025-01-05")
    found = structure("thing,kind,when", *rows)
    assert found.row == "event" and found.named_by and found.named_by.name == "kind"


def test_a_log_of_changes_is_one_of_states_where_the_field_is_the_state() -> None:
    names = ["Key", "Field", "From", "To", "At"]
    rows = [
        ["1", "status", "", "Open", "2025-01-02"],
        ["1", "status", "Open", "Done", "2025-01-05"],
        ["2", "status", "", "Open", "2025-01-05"],
        ["1", "assignee", "", "bob", "2025-01-05"],
    ]
    only = of_states_only(sample_of(names, rows))
    assert only is not None and (only[0].name, only[1]) == ("Field", "status")
    found = structure_of(sample_of(names, rows[:3]), 3)
    assert found.row == "state" and found.named_by and found.named_by.name == "To"
    assert of_states_only(sample_of(names[1:2], [row[1:2] for row in rows])) is None


def test_words_of_a_status_end_files_or_are_asked_for() -> None:
    words = ["Closed", "Withdrawn", "Bleu", "Open"]
    assert endings_of(words) == (["Closed"], ["Withdrawn"], ["Open", "Bleu"])
    assert endings_of(words, dated_by_status=True).unknown == ["Bleu"]
