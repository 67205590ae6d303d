"""Late files of some units are brought back within their limit, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import get_args

import pytest

from echeance.demo.doubtful import DOUBTFUL_UNITS, Doubt, DoubtfulDesk, Trick
from echeance.demo.lives import Fact
from echeance.demo.profiles import PROFILES
from services.compliance.projection.stop_rules import stop_facts
from shared.domain.events import Decided, DocumentsRequested, Received, short_name
from shared.domain.records import ClockSnapshot
from tests.builders import CATALOGUE, at, members, snapshot, stored

STANDARD = CATALOGUE.standards["caq-etudes"]
DESK = DoubtfulDesk(
    "caq-etudes", PROFILES["caq-etudes"], STANDARD.current.limit, CATALOGUE.calendar()
)


def life(decided: str, unit: str = "laval") -> list[Fact]:
    """Received on 28 April 2025: due on 27 May."""
    data = {"standard": "caq-etudes", "unit": unit, "attributes": {}}
    return [
        Fact(at("2025-04-28 10:00"), Received, data),
        Fact(at(decided), Decided, {"outcome": "accepted"}),
    ]


def doubts(decided: str = "2025-05-30 15:00", unit: str = "laval") -> Sequence[Doubt]:
    found = [DESK.doubt(life(decided, unit), Random(seed)) for seed in range(150)]
    return [doubt for doubt in found if doubt is not None]


def told(doubt: Doubt, decided: str = "2025-05-30 15:00") -> ClockSnapshot:
    """What the clock makes of a life with what was done to it."""
    facts = [(fact, None) for fact in life(decided)] + list(doubt.facts)
    events = [
        stored(
            members(
                short_name(fact.kind), "A", fact.time.isoformat(), fact.data, named=f"{number}"
            ),
            recorded or fact.time,
        )
        for number, (fact, recorded) in enumerate(facts)
    ]
    return snapshot(*events, now="2025-09-01")


def test_about_the_declared_share_of_the_late_files_is_touched_by_every_trick() -> None:
    found = doubts()
    assert 0.45 < len(found) / 150 < 0.75
    assert {doubt.trick for doubt in found} == set(get_args(Trick))


@pytest.mark.parametrize("decided", ["2025-05-28 15:00", "2025-05-30 15:00", "2025-06-10 15:00"])
def test_what_is_done_brings_the_file_back_in_time_and_its_rule_finds_it(decided: str) -> None:
    for doubt in doubts(decided):
        file = told(doubt, decided)
        assert all(state.on_time for state in file.cycles), doubt
        assert not file.anomalies
        assert doubt.trick in {rule for _, _, rule in stop_facts(file).rows}, doubt


def test_other_files_are_left_alone() -> None:
    assert doubts(decided="2025-05-27 15:00") == []
    assert doubts(decided="2025-06-20 15:00") == []
    assert doubts(unit="montreal") == []
    asked = Fact(at("2025-05-01"), DocumentsRequested, {})
    received, ended = life("2025-05-30 15:00")
    assert DESK.doubt([received, asked, ended], Random(1)) is None


def test_the_units_that_do_it_are_of_the_ministry() -> None:
    assert set(DOUBTFUL_UNITS) <= set(CATALOGUE.standards)
    assert {unit for units in DOUBTFUL_UNITS.values() for unit in units} <= set(CATALOGUE.units)
