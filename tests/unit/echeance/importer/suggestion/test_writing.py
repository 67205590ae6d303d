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


def test_a_suggestion_reads_back_as_the_mapping_that_it_says() -> None:
    guessed = Text("", 'read as if the mapping said “csv: {delimiter: ";"}”: write it there')
    export = SampledExport("dossiers.csv", "Mai", [guessed], NAMES, sample_of(NAMES, ROWS), ROWS)
    for spoken in ("fr", "en"):
        text = mapping_text(export, CATALOGUE, "catalogue.yaml", spoken)
        mapping = ExportMapping.model_validate(yaml.safe_load(text))
        assert (mapping.row, mapping.sheet, mapping.csv.delimiter) == ("file", "Mai", ";")
        assert mapping.columns.file_id.replace == {" ": "-"}
        assert mapping.events is not None
        assert {event: one[0].at for event, one in mapping.events.items()} == {
            "received": "Reçue le",
            "decided": "Fermée le",
        }
        assert mapping.unit is not None and mapping.unit.column == "Bureau"
        assert mapping.attributes["regime"].column == "Régime"
