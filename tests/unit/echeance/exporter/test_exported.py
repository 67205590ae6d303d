"""What an export says of a file: which events are in effect, and the cycle that each is part of."""

from __future__ import annotations

from echeance.exporter.exported import exported
from shared.domain import FileCalculator
from tests.builders import CATALOGUE, at
from tests.unit.echeance.exporter.lives import HISTORY, file_at


def test_events_say_what_they_did_and_in_which_cycle() -> None:
    file = file_at()
    assert [(one.effect, one.in_effect, list(one.cycles)) for one in file.events] == [
        ("opens", True, [1]),
        ("stops", True, [1]),
        ("resumes", True, [1]),
        ("voided", False, []),
        ("voids", False, []),
        ("ends", True, [1]),
        ("after_end", False, []),
        ("reopens", True, [2]),
    ]
    assert [one.clock.state.number for one in file.cycles] == [1, 2]
    assert file.listed is file.cycles[1]


def test_what_has_not_happened_yet_is_ahead_and_a_file_without_reception_is_none() -> None:
    assert file_at("2025-05-11").events[2].effect == "ahead"
    before = FileCalculator(CATALOGUE).read(HISTORY, at("2025-04-01"))
    assert exported("A", HISTORY, before, CATALOGUE) is None
