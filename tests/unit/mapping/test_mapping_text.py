"""A mapping of JSON values says where it must be mended; of exports, tests/echeance/importer does."""

from __future__ import annotations

import pytest

from shared.domain.strict_yaml.reader import FaultsError
from shared.mapping.mapping_text import read_mapping, read_value_mapping
from shared.text.texts import Text
from tests.builders import CATALOGUE

TEXT = """\
source: https://example.org/helpdesk
columns: {file_id: /ticket/number, activity: /what, time: /at}
activities: {opened: received, closed: decided}
standard: plainte
unit: {column: /ticket/group, words: {Laval: laval}}
outcome: answered
"""


def test_a_mapping_of_pointers_is_read() -> None:
    assert read_value_mapping(TEXT, "hook.yaml", CATALOGUE).columns.time == "/at"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("time: /at", 'time: "?"', "2:59: columns.time: replace this “?” by the answer"),
        ("laval}", '"?"}', "5:46: unit.words.Laval: replace this “?” by the answer"),
        ("{opened:", '{"?":', "3:19: activities.?: replace this “?” by the answer"),
        ("time: /at", "time: at", "2:59: columns.time: 'at' is not a JSON pointer"),
        ("file_id: /ticket/number", "file_id: {column: number}", "2:29: columns.file_id.column"),
        ("/ticket/group", "/ticket~group", "5:16: unit.column: '/ticket~group' is not a JSON"),
        ("laval}", "lavalle}", "5:46: unit.words.Laval: the catalogue 'mifi-2021-10' has no"),
        ("standard:", "catalogue: other.yaml\nstandard:", "4:12: catalogue: this key has"),
        ("standard:", "items: batch\nstandard:", "4:8: items: 'batch' is not a JSON pointer"),
        ("standard:", "only: {kind: [A]}\nstandard:", "4:14: only.kind: 'kind' is not a JSON"),
        (
            "opened: received",
            "opened: {first: received, again: reopened}",
            "3:22: activities.opened: first and again need the history",
        ),
        (
            "activities: {opened: received, closed: decided}",
            "row: file\nevents: {received: [opened], decided: {at: /c, when: {state: [x]}}}",
            "events.decided.when.state: 'state' is not a JSON pointer",
        ),
        (
            "activities: {opened: received, closed: decided}",
            "row: state\nstates: {new: in_hand}",
            "3:6: row: what a state means depends",
        ),
    ],
)
def test_a_fault_has_its_place(old: str, new: str, fault: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(FaultsError) as caught:
        read_value_mapping(TEXT.replace(old, new), "hook.yaml", CATALOGUE)
    assert any(fault in str(one) for one in caught.value.faults), caught.value
    for one in caught.value.faults:
        assert isinstance(one.message, Text) and one.message.fr != one.message.en


def test_questions_are_all_that_is_said_of_a_mapping_and_cells_may_be_one() -> None:
    text = TEXT.replace("plainte", '"?"').replace("time: /at", "time: at")
    with pytest.raises(FaultsError) as refused:
        read_mapping(text)
    assert [one.partition(": ")[0] for one in str(refused.value).splitlines()] == ["mapping:4:11"]
    cells = 'only: {/what: ["?"]}\nempty: ["?"]\nsource:'
    assert read_mapping(TEXT.replace("source:", cells, 1))[0].empty == ["?"]
