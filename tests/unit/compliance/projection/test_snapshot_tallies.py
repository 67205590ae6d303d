"""What a file adds to the tallies, for every status; and a correction takes back exactly what was added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.projection.corrections import measured_cycles_of
from services.compliance.projection.delay_tallies import delay_keys
from services.compliance.projection.snapshot_tallies import (
    TallyKey,
    difference,
    has_results,
    repeated_keys,
    tally_keys,
)
from services.compliance.projection.stop_rules import NO_STOP_FACTS, stop_facts
from shared.domain.events import Event
from tests.builders import (
    ZONE,
    answered,
    decided,
    received,
    reopened,
    requested,
    snapshot,
    voided,
    withdrawn,
)
from tests.wider_catalogue import WIDER, acknowledged, asked_third, extended, opened, transferred

Tally = tuple[str, str | None, str]
"""Basis, day, outcome."""
RECEIVED = received("A", "2025-04-28")
"""Due on 27 May 2025."""
CALL = received("A", "2025-04-28 10:00", standard="telephone")
REVISION = {"evaluation": "revision"}
UNMEASURED = received("A", "2025-04-28", standard="evaluation-comparative", attributes=REVISION)


BEGUN = ("received", "2025-04-28", "begun")
OVERDUE = (
    BEGUN,
    ("open_received", "2025-04-28", "overdue"),
    ("open", None, "overdue"),
    ("due", "2025-05-27", "overdue"),
)
FOLLOWED = (BEGUN, ("open", None, "followed"))


def on_hand(stage: str) -> tuple[Tally, ...]:
    """Of a file that is not late yet."""
    return (
        BEGUN,
        ("open_received", "2025-04-28", stage),
        ("open", None, stage),
        ("open_due", "2025-05-27", "open"),
    )


def waiting(since: str) -> tuple[Tally, ...]:
    return (BEGUN, ("open", None, "waiting"), ("waiting_since", since, "waiting"))


def closed(outcome: str, decided_on: str, due_on: str) -> tuple[Tally, ...]:
    """Of a file that is measured."""
    return (BEGUN, ("decided", decided_on, outcome), ("due", due_on, outcome))


def contributed(*story: Event, now: str) -> list[TallyKey]:
    return tally_keys(snapshot(*story, now=now), ZONE)


def told(found: Counter[TallyKey]) -> dict[Tally, int]:
    """Of one standard in one unit."""
    assert len({standard for standard, *_ in found}) == 1
    assert {unit for _, _, _, unit, _ in found} == {"montreal"}
    return {
        (basis, date.fromordinal(day).isoformat() if day else None, outcome): files
        for (_, basis, day, _, outcome), files in found.items()
    }


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        ([RECEIVED], "2025-05-01", on_hand("on_track")),
        ([RECEIVED], "2025-05-20", on_hand("at_risk")),
        ([RECEIVED], "2025-05-23", on_hand("critical")),
        ([RECEIVED], "2025-05-28", OVERDUE),
        ([RECEIVED, requested("A", "2025-05-01")], "2025-05-02", waiting("2025-05-01")),
        ([RECEIVED, requested("A", "2025-05-29")], "2025-06-02", OVERDUE),
        ([RECEIVED, requested("A", "2025-05-27 12:00")], "2025-06-02", waiting("2025-05-27")),
        (
            [RECEIVED, decided("A", "2025-05-27")],
            "2025-06-02",
            closed("on_time", "2025-05-27", "2025-05-27"),
        ),
        (
            [RECEIVED, decided("A", "2025-05-28")],
            "2025-06-02",
            closed("late", "2025-05-28", "2025-05-27"),
        ),
        (
            [RECEIVED, requested("A", "2025-05-01"), decided("A", "2025-05-12")],
            "2025-06-02",
            closed("on_time", "2025-05-12", "2025-06-05"),
        ),
        (
            [RECEIVED, withdrawn("A", "2025-05-05")],
            "2025-06-02",
            [BEGUN, ("withdrawn", "2025-05-05", "left_out")],
        ),
        (
            [RECEIVED, withdrawn("A", "2025-06-01")],
            "2025-06-02",
            [BEGUN, ("withdrawn", "2025-06-01", "left_out")],
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:02")],
            "2025-04-29",
            [BEGUN, ("withdrawn", "2025-04-28", "left_out")],
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:04")],
            "2025-04-29",
            closed("abandoned", "2025-04-28", "2025-04-28"),
        ),
        ([UNMEASURED], "2025-05-01", FOLLOWED),
        ([UNMEASURED], "2025-12-01", FOLLOWED),
        ([UNMEASURED, requested("A", "2025-05-01")], "2025-05-02", FOLLOWED),
        (
            [UNMEASURED, decided("A", "2025-12-01")],
            "2025-12-02",
            [BEGUN, ("decided", "2025-12-01", "followed")],
        ),
        (
            [RECEIVED, decided("A", "2025-05-02"), reopened("A", "2025-05-05")],
            "2025-05-06",
            [
                *closed("on_time", "2025-05-02", "2025-05-27"),
                ("received", "2025-05-05", "begun"),
                ("open", None, "on_track"),
                ("open_received", "2025-05-05", "on_track"),
                ("open_due", "2025-06-03", "open"),
            ],
        ),
    ],
)
def test_a_file_is_counted_where_its_state_says(
    story: Sequence[Event], now: str, expected: Sequence[Tally]
) -> None:
    assert told(Counter(contributed(*story, now=now))) == dict.fromkeys(expected, 1)


def test_a_file_whose_reception_is_unknown_is_counted_nowhere() -> None:
    assert contributed(decided("A", "2025-05-02"), now="2025-05-05") == []
    void = voided("A", "2025-05-02", RECEIVED.id)
    assert contributed(RECEIVED, void, now="2025-05-05") == []


def test_the_difference_takes_back_what_no_longer_holds_and_nothing_else() -> None:
    late = contributed(RECEIVED, decided("A", "2025-05-28"), now="2025-06-02")
    on_time = contributed(RECEIVED, decided("A", "2025-05-20"), now="2025-06-02")
    assert told(difference(late, on_time)) == {
        ("decided", "2025-05-28", "late"): -1,
        ("due", "2025-05-27", "late"): -1,
        ("decided", "2025-05-20", "on_time"): 1,
        ("due", "2025-05-27", "on_time"): 1,
    }
    assert difference(late, late) == Counter()


def test_differences_add_up_to_the_last_state_whatever_came_between() -> None:
    story: list[Event] = [RECEIVED, requested("A", "2025-05-29"), answered("A", "2025-06-10")]
    total: Counter[TallyKey] = Counter()
    before: list[TallyKey] = []
    for moment in ("2025-04-30", "2025-05-20", "2025-05-28", "2025-06-01", "2025-06-11"):
        state = contributed(*story, now=moment)
        total.update(difference(before, state))
        before = state
    assert Counter({key: files for key, files in total.items() if files}) == Counter(before)


def wider(*story: Event, now: str) -> set[tuple[str, str, str, str]]:
    """Basis, standard, unit and outcome of each tally under the wider catalogue."""
    keys = tally_keys(snapshot(*story, now=now, catalogue=WIDER), ZONE)
    assert len(keys) == len(set(keys))
    return {(basis, standard, unit, outcome) for standard, basis, _, unit, outcome in keys}


def outcomes(*story: Event, now: str) -> set[tuple[str, str]]:
    return {(basis, outcome) for basis, _, _, outcome in wider(*story, now=now)}


ANSWER = opened("A", "2025-05-01", "request-answer")
"""Due on 31 May 2025, and on 30 June once extended."""


def test_a_cycle_on_time_only_because_of_an_extension_says_so() -> None:
    extension = extended("A", "2025-05-20")
    for day, outcome in (
        ("2025-05-25", "on_time"),
        ("2025-06-20", "on_time_extended"),
        ("2025-07-20", "late"),
    ):
        found = outcomes(ANSWER, extension, decided("A", day), now="2025-08-01")
        assert ("decided", outcome) in found and ("due", outcome) in found


def test_a_decided_cycle_is_counted_in_each_further_tier() -> None:
    permit = opened("A", "2025-05-01", "permit")
    for day, tier in (("2025-06-01", "on_time"), ("2025-07-15", "on_time"), ("2025-08-15", "late")):
        assert ("tier_2", tier) in outcomes(permit, decided("A", day), now="2025-09-01")
    bases = {basis for basis, _ in outcomes(permit, withdrawn("A", "2025-08-15"), now="2025-09-01")}
    assert bases == {"received", "withdrawn"}


@pytest.mark.parametrize(
    ("wait", "now", "outcome", "since"),
    [
        (requested("A", "2025-05-02"), "2025-05-05", "waiting", "waiting"),
        (requested("A", "2025-05-02"), "2025-06-02", "waiting_long", "waiting"),
        (asked_third("A", "2025-05-02"), "2025-05-05", "waiting_other", "waiting_other"),
        (asked_third("A", "2025-05-02"), "2025-06-02", "waiting_long_other", "waiting_other"),
    ],
)
def test_a_wait_is_counted_by_whom_it_is_for_and_whether_it_is_long(
    wait: Event, now: str, outcome: str, since: str
) -> None:
    found = outcomes(ANSWER, wait, now=now)
    assert found == {("received", "begun"), ("open", outcome), ("waiting_since", since)}


def test_what_ended_counts_for_the_unit_that_ended_it_and_what_is_open_for_the_present_one() -> (
    None
):
    story = [
        opened("A", "2026-03-02", "request"),
        acknowledged("A", "2026-03-04"),
        transferred("A", "2026-03-05", "south"),
    ]
    found = wider(*story, now="2026-03-10")
    assert ("decided", "request-ack", "north", "on_time") in found
    assert ("open", "request-answer", "south", "on_track") in found
    assert {unit for _, standard, unit, _ in found if standard == "request-answer"} == {"south"}


def test_a_file_takes_its_reception_along_to_the_unit_that_ends_it_and_then_to_the_next() -> None:
    story = [
        opened("A", "2026-03-02", "permit"),
        transferred("A", "2026-03-05", "south"),
        decided("A", "2026-03-10"),
        reopened("A", "2026-04-10"),
        transferred("A", "2026-04-12", "north"),
    ]
    places = {"received", "decided", "open"}
    found = sorted(
        (basis, unit) for basis, _, unit, _ in wider(*story, now="2026-04-13") if basis in places
    )
    assert found == [
        ("decided", "south"), ("open", "north"), ("received", "north"), ("received", "south")
    ]  # fmt: skip


def files(*story: Event, now: str) -> dict[tuple[str, str], int]:
    """Basis and outcome over all standards, files being counted once."""
    seen = snapshot(*story, now=now, catalogue=WIDER)
    found = Counter((key[1], key[4]) for key in tally_keys(seen, ZONE))
    found.subtract((key[1], key[4]) for key in repeated_keys(seen, ZONE))
    assert min(found.values()) >= 0
    bases = ("received", "decided", "withdrawn", "open")
    return {place: number for place, number in found.items() if number and place[0] in bases}


def test_over_all_standards_a_file_is_one_file() -> None:
    request = opened("A", "2026-03-02", "request")
    begun = {("received", "begun"): 1}
    late = {**begun, ("open", "overdue"): 1}
    assert files(request, now="2026-03-03") == {**begun, ("open", "on_track"): 1}
    assert files(request, now="2026-03-20") == late
    kept = acknowledged("A", "2026-03-04")
    assert files(request, kept, now="2026-03-20") == {**begun, ("open", "on_track"): 1}
    ended = files(request, kept, decided("A", "2026-04-20"), now="2026-05-01")
    assert ended == {**begun, ("decided", "late"): 1}
    left = files(request, withdrawn("A", "2026-03-04"), now="2026-05-01")
    assert left == {**begun, ("withdrawn", "left_out"): 1}
    assert repeated_keys(snapshot(RECEIVED, now="2025-05-01"), ZONE) == []


STEPS = st.lists(
    st.sampled_from((requested, answered, decided, withdrawn, reopened)), max_size=6
).flatmap(lambda kinds: st.tuples(st.just(kinds), st.integers(0, 60), st.integers(1, 12)))


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_only_a_file_with_results_is_measured_or_has_delays_or_stops_to_verify(steps):
    kinds, later, every = steps
    days = [date(2025, 4, 28) + timedelta(days=every * place) for place in range(1, 8)]
    story = [kind("A", day.isoformat()) for kind, day in zip(kinds, days, strict=False)]
    now = days[len(story)] + timedelta(days=later)
    file = snapshot(RECEIVED, *story, now=now.isoformat())
    found = delay_keys(file), measured_cycles_of(file), stop_facts(file)
    assert has_results(file) or found == ([], {}, NO_STOP_FACTS)
    assert any(found[:2]) or not has_results(file)
