"""A suggested mapping is YAML with comments, and reads back as a mapping."""

from __future__ import annotations

import yaml

from echeance.importer.suggestion.columns import sample_of
from echeance.importer.suggestion.writing import SampledExport, mapping_text
from shared.mapping.export_mapping import ExportMapping
from shared.text import Text
from tests.builders import CATALOGUE

NAMES = ["No", "yes: no", "Reçue le", "Fermée le", "Bureau", "Régime"]
ROWS = [
    ["A 1", "x", "2025-01-06", "2025-01-08", "Montréal", "temps-complet"],
    ["A 2", "y", "2025-01-07", "", "Laval", "temps-complet"],
    ["A 3", "y", "2025-01-07", "", "Laval", "temps-partiel"],
]


def read(text: str) -> ExportMapping:
    return ExportMapping.model_validate(yaml.safe_load(text))


def suggestion(names: str, *rows: str) -> str:
    """What is suggested of rows, for a catalogue of several standards and units."""
    header, cells = names.split(","), [row.split(",") for row in rows]
    export = SampledExport("e.csv", None, [], header, sample_of(header, cells), cells)
    return mapping_text(export, CATALOGUE, None, "en")


def test_a_suggestion_reads_back_as_the_mapping_that_it_says() -> None:
    guessed = Text("", 'read as if the mapping said “csv: {delimiter: ";"}”: write it there')
    export = SampledExport("dossiers.csv", "Mai", [guessed], NAMES, sample_of(NAMES, ROWS), ROWS)
    for spoken in ("fr", "en"):
        text = mapping_text(export, CATALOGUE, "catalogue.yaml", spoken)
        assert 'standard: "?"  # ' in text
        mapping = read(text.replace('standard: "?"', "standard: courriel"))
        assert (mapping.row, mapping.sheet, mapping.csv.delimiter) == ("file", "Mai", ";")
        assert mapping.columns.file_id.replace == {" ": "-"}
        assert mapping.events is not None
        assert {event: one[0].at for event, one in mapping.events.items()} == {
            "received": "Reçue le",
            "decided": "Fermée le",
        }
        assert mapping.unit is not None and mapping.unit.column == "Bureau"
        assert mapping.attributes["regime"].column == "Régime"


def test_words_of_a_status_that_end_files_in_an_unknown_way_are_asked_for() -> None:
    text = suggestion(
        "Ticket,Status,Opened,Closed",
        "1,Closed,2025-01-06,2025-01-08",
        "2,Withdrawn,2025-01-06,2025-01-08",
        "3,Bleu,2025-01-06,2025-01-08",
        "4,Vert,2025-01-06,",
    )
    assert "  decided: {at: Closed, when: {Status: [Closed]}}" in text
    assert "  withdrawn: {at: Closed, when: {Status: [Withdrawn]}}" in text
    assert "  # decided or withdrawn? Move the words" in text
    assert '  "?": {at: Closed, when: {Status: [Bleu]}}\n' in text


def test_all_ways_to_end_but_a_withdrawal_are_decisions() -> None:
    text = suggestion(
        "Ticket,Final disposition,Opened,Closed",
        "1,Bleu,2025-01-06,2025-01-08",
        "2,Request withdrawn,2025-01-06,2025-01-08",
        "3,,2025-01-06,",
    )
    assert "  decided: {at: Closed, when: {Final disposition: [Bleu]}}" in text
    assert "  withdrawn: {at: Closed, when: {Final disposition: [Request withdrawn]}}" in text


def test_the_date_of_the_last_status_ends_files_where_that_is_an_end() -> None:
    text = suggestion(
        "ID,CREATION,DERNIER STATUT,DATE DERNIER STATUT,DEPOT",
        "a,2025-01-06,Terminée,2025-01-08,2025-01-06",
        "b,2025-01-06,Prise en charge,2025-01-07,2025-01-06",
    )
    assert "# A date that is not read: DEPOT (received?)\n" in text
    assert "decided: {at: DATE DERNIER STATUT, when: {DERNIER STATUT: [Terminée]}}" in text
    assert '"?": {at' not in text


def test_words_of_the_catalogue_are_known_by_their_names_in_either_language() -> None:
    name = CATALOGUE.units["montreal"].name.text().fr
    text = suggestion(
        "ID,Where,Opened,Closed",
        f"a,{name},2025-01-06,2025-01-08",
        "b,Laval,2025-01-06,",
        "c,Laval,2025-01-06,",
        "d,Elsewhere,2025-01-06,",
    )
    assert 'Elsewhere: "?"' in text and "unit: {column: Where, slugify: true, words:" in text


def test_each_order_of_day_and_month_has_the_formats_of_every_column() -> None:
    text = suggestion(
        "ID,Opened,Closed,Due",
        "a,04/05/2025 10:00,2025-01-08,05/06/2025",
        "b,06/05/2025 10:00,,05/06/2025",
    )
    assert '# time_formats: ["%d/%m/%Y %H:%M", iso, "%d/%m/%Y"]  # May 4, 2025' in text
    assert '# time_formats: ["%m/%d/%Y %H:%M", iso, "%m/%d/%Y"]  # April 5, 2025' in text


def test_a_log_of_changes_reads_those_of_the_state_alone() -> None:
    text = suggestion(
        "Key,Field,From,To,At",
        "1,status,,Open,2025-01-02",
        "1,status,Open,Done,2025-01-05",
        "1,assignee,,bob,2025-01-05",
        "2,status,,Open,2025-01-05",
    )
    assert "only: {Field: [status]}\n" in text and "  state: To\n" in text
    assert "bob" not in text
