"""What each event did, over random histories: an effect, unless it is an anomaly or was voided; and how histories grow."""

from __future__ import annotations

from datetime import date, datetime, time

from hypothesis import given

from shared.domain import cycles, ownership
from tests.unit.domain.agreement import SHARED_BY_ALL, event_of
from tests.unit.domain.oracle import Told
from tests.unit.domain.strategies import histories, on_day

SHARED = ownership.sharing(SHARED_BY_ALL)


@given(histories("caq-etudes"))
def test_every_event_that_stands_has_one_effect_and_they_alternate(
    given_file: tuple[list[Told], datetime],
) -> None:
    told, now = given_file
    history = cycles.history(event_of(one) for one in told)
    story = cycles.read_cycles(history, now, SHARED)
    known = {(one.source, one.id) for one in cycles.events_until(history, now)}
    without = {(one.source, one.event_id) for one in story.anomalies}
    without |= {(one.source, one.id) for one in story.voided}
    assert story.effects.keys() == known - without
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
    in_order = [
        story.effects.get((one.source, one.id)) for one in cycles.events_until(history, now)
    ]
    for effect in in_order:
        if effect is not None and effect != "voids":
            state = leads_to[state, effect]


def test_an_event_of_the_same_instant_as_the_last_takes_its_place_in_the_order() -> None:
    at = on_day(date(2025, 4, 28), time(10))
    received, decided = (event_of(Told(kind, at, kind, "one")) for kind in ("received", "decided"))
    assert cycles.with_events([decided], [received]) == [received, decided]
