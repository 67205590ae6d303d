"""A mapping says where it must be mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from echeance.importer import mapping_file
from shared.domain.strict_yaml.reader import FaultsError
from shared.text.texts import Text
from tests.builders import CATALOGUE
from tests.paths import ROOT

DEMANDES = ROOT / "tests/fixtures/import/demandes.yaml"
NO_SUCH = "the catalogue 'mifi-2021-10' has no"


def demandes_with(*changes: tuple[str, str]) -> str:
    text = DEMANDES.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def faults_of(text: str, folder: Path) -> FaultsError:
    """The faults of a mapping, each told in both languages."""
    path = folder / "m.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(FaultsError) as caught:
        mapping_file.load(path, CATALOGUE)
    for fault in caught.value.faults:
        assert isinstance(fault.message, Text) and fault.message.fr != fault.message.en, fault
    return caught.value


def test_the_example_brings_its_own_catalogue() -> None:
    mapping, brought = mapping_file.load(ROOT / "examples/wabo/mapping.yaml", CATALOGUE)
    assert brought.catalogue == "wabo-receipt"
    calendar = brought.calendar_of(brought.standards["acknowledgement"])
    assert (calendar.first.year, calendar.last.year, dict(calendar.holidays)) == (2010, 2030, {})
    assert mapping.source == "https://example.org/wabo"


def test_a_mapping_without_catalogue_speaks_the_words_of_the_shipped_one() -> None:
    _, spoken = mapping_file.load(DEMANDES, CATALOGUE)
    assert spoken is CATALOGUE


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("source: https://example.org/", "source: the ", "m.yaml:2:9: source: "),
        ("zone: America", "zone: Amerika", "m.yaml:3:7: zone: "),
        ("encoding: latin-1", "encoding: latin-l", "m.yaml:5:33: csv.encoding: "),
        (
            "encoding: latin-1",
            "encoding: undefined",
            "m.yaml:5:33: csv.encoding: 'undefined' is not",
        ),
        ('delimiter: ";"', 'delimiter: ";;"', "m.yaml:5:18: csv.delimiter: "),
        ('delimiter: ";"', "delimiter: '\"'", "m.yaml:5:6: csv: "),
        ('"%d/%m/%Y %H:%M", iso', '"%d/%m/%Q"', "m.yaml:4:16: time_formats.0: write iso"),
        ('"%d/%m/%Y %H:%M", iso', "ISO", "m.yaml:4:16: time_formats.0: "),
        ("Retirée: withdrawn", "Retirée: withdrew", "m.yaml:20:12: activities.Retirée: "),
        ("standard: plainte", "standard: Plainte !", "m.yaml:23:11: standard: "),
        ("slugify: true}", "slugify: true, otherwise: laval}", "m.yaml:24:7: unit: "),
        ("unit: {column: Bureau, ", "unit: {", "m.yaml:24:7: unit: "),
        ("  activity: Étape\n", "", "m.yaml:7:3: columns.activity: this key is required"),
        ("source: https", "row: file\nsource: https", "m.yaml:2:1: events: this key is required"),
        ("source: https", "row: file\nsource: https", "columns.activity: this key is not of an"),
        ("source: https", "row: state\nsource: https", "columns.state: this key is required"),
        ("source: https", "row: cell\nsource: https", "m.yaml:2:6: row: write one of: event"),
        ("source: https", "states: {A: ended}\nsource: https", "m.yaml:2:9: states: this key is"),
        ("Retirée: withdrawn", "Retirée: {first: withdrawn}", "activities.Retirée.again: this key"),
        (
            "Retirée: withdrawn",
            "Retirée: {first: extended, again: null}",
            "activities.Retirée: the event extended needs 'extension' in the mapping",
        ),
        ("reason: sent-back", "motive: sent-back", "m.yaml:26:1: motive: "),
        ("zone: America", "source: a\nzone: America", "this key stands twice"),
        ("standard: plainte", "standard: plaintes", f"23:11: standard: {NO_SUCH} standard"),
        ("slugify: true}", "otherwise: paris}", f"24:35: unit.otherwise: {NO_SUCH} unit 'paris'"),
        ("answered}", "done}", "25:38: outcome.words."),
        ("answered}", "done}", f"{NO_SUCH} outcome 'done'"),
        ("sent-back", "whim", f"26:9: reason: {NO_SUCH} reason 'whim'"),
        (
            "plein: temps-complet",
            "plein: complet",
            f"28:43: attributes.regime.words.plein: {NO_SUCH} attributes regime 'complet'",
        ),
        ("standard: plainte\n", "", "15:10: activities.Reçue: the event received needs 'standard'"),
        (
            'outcome: {column: Issue, words: {"": answered}, otherwise: rejected}\n',
            "",
            "the event decided needs 'outcome'",
        ),
        ("reason: sent-back\n", "", "the event reopened needs 'reason'"),
        (
            '  voids: {column: Annule, prefix: "dem/"}\n',
            "",
            "the event voided needs 'columns.voids'",
        ),
        (
            '  event_id: {column: Clé, prefix: "dem/"}\n',
            "",
            "the event voided needs 'columns.event_id'",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(
    old: str, new: str, fault: str, tmp_path: Path
) -> None:
    assert fault in str(faults_of(demandes_with((old, new)), tmp_path))


def test_all_that_is_wrong_with_a_mapping_is_told_at_once(tmp_path: Path) -> None:
    wrong = demandes_with(
        ("zone: America", "zone: Amerika"),
        ("Retirée: withdrawn", "Retirée: withdrew"),
        ("reason: sent-back\n", ""),
        ("answered}", "done}"),
        ("standard: plainte", "standard: plaintes"),
    )
    paths = [fault.path.split(".")[0] for fault in faults_of(wrong, tmp_path).faults]
    assert paths == ["zone", "activities", "activities", "standard", "outcome"]


@pytest.mark.parametrize("other", ["reçue", "Reçue ", "Rec\u0327ue"])
def test_two_activities_that_are_read_as_one_are_refused(other: str, tmp_path: Path) -> None:
    wrong = demandes_with(("  Retirée: withdrawn", f"  '{other}': withdrawn"))
    fault = f"{other!r} is read as the same activity as 'Reçue': write it once"
    assert fault in str(faults_of(wrong, tmp_path))


def test_a_fault_of_the_catalogue_is_told_in_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("catalogue: x\n", "utf-8")
    wrong = demandes_with(("source:", "catalogue: c.yaml\nsource:"))
    assert str(faults_of(wrong, tmp_path)).startswith("c.yaml:1:1: ")
