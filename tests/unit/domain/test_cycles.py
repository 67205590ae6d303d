"""What each event did, over random histories: an effect, unless it is an anomaly or was voided; and how histories grow."""

from __future__ import annotations

from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import cycles
from shared.domain.cycles import PLAIN
from tests.unit.domain.agreement import Case, event_of
from tests.unit.domain.oracle import Told
from tests.unit.domain.strategies import cases, on_day, sharings


@given(cases(st.just("caq-etudes"), sharings))
def test_every_event_that_stands_has_one_effect_and_they_alternate(case: Case) -> None:
    story = cycles.read_cycles(case.history, case.now, case.sharing, lambda _: PLAIN)
    happened = [(one.source, one.id) for one in cycles.events_until(case.history, case.now)]
    without = {(one.source, one.event_id) for one in story.anomalies}
    without |= {(one.source, one.id) for one in story.voided}
    assert story.effects.keys() == set(happened) - without
    state = "nothing"
    leads_to = {
        ("nothing", "opens"): "runs",
        ("runs", "stops"): "waits",
        ("waits", "still_waits"): "waits",
        ("waits", "resumes"): "runs",
        ("runs", "ends"): "ended",
        ("waits", "ends"): "ended",
        ("ended", "reopens"): "runs",
    }
    for effect in map(story.effects.get, happened):
        if effect is not None and effect != "voids":
            state = leads_to[state, effect]


def test_an_event_of_the_same_instant_as_the_last_takes_its_place_in_the_order() -> None:
    at = on_day(date(2025, 4, 28), time(10))
    received, decided = (event_of(Told(kind, at, kind, "one")) for kind in ("received", "decided"))
    both = cycles.with_events([decided], [received])
    assert both == [received, decided]
    assert cycles.changed_last(both) == decided
