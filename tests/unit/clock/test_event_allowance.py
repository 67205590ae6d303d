"""How many events of each source a file may have, and what they may add to its snapshot."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock.evaluator import Evaluator
from services.clock.event_allowance import (
    FILE_BYTES,
    MOST_EVENTS,
    MOST_OTHERS,
    EventAllowance,
    most_bytes,
    surely_allowed,
)
from services.clock.histories import of_events
from shared.domain import encode, ownership
from shared.domain.events import Event
from shared.domain.records import decode_snapshot
from tests.builders import (
    CATALOGUE,
    SOURCE,
    allowance_raised,
    at,
    decided,
    received,
    reopened,
    withdrawn,
)

EVIL = "urn:evil"
OWN = received("A", "2025-04-28 10:00")


def evil(number: int) -> Event:
    return decided("A", "2025-04-29", named=f"evil-{number}", source=EVIL)


@pytest.mark.parametrize(
    ("raised", "allowed"), [([5], 1_000), ([1_500, 1_200], 1_500), ([99_999], 3_000)]
)
def test_an_allowance_is_raised_within_bounds(raised: list[int], allowed: int) -> None:
    facts = [allowance_raised("A", "2025-04-28 10:00", to, named=f"r-{to}") for to in raised]
    allowance = EventAllowance("A", [OWN, *facts], ownership.NOT_SHARED)
    for number in range(1, allowed):
        one = withdrawn("A", "2025-04-01", named=f"{number}")
        assert allowance.check(one) is None
        allowance.add(one)
    exceeded = allowance.check(withdrawn("A", "2025-04-01", named="beyond"))
    assert exceeded is not None and exceeded.reason == "too_many_events"
    assert allowance.check(evil(1)) is None


@pytest.mark.parametrize("source", ["urn:s", "urn:" + "s" * 1_020])
@pytest.mark.parametrize("kind", ["anomalies", "cycles"])
def test_the_snapshot_of_a_full_file_fits_in_a_record(source: str, kind: str) -> None:
    """However long the names are, also after another source had filled it."""
    known: list[Event] = []
    allowance = EventAllowance("A", known, CATALOGUE.sharing)
    for sender in (EVIL + source, source):
        for number in range(4_000):
            name = f"{number:0128}"
            one: Event = withdrawn("A", "2025-04-29", named=name)
            if number == 0:
                one = received("A", "2025-04-28", named=name)
            elif kind == "cycles" and number % 2 == 0:
                one = reopened("A", "2025-04-29 00:00", named=name)
            one = msgspec.structs.replace(
                one, source=sender, time=one.time + timedelta(seconds=number)
            )
            if allowance.check(one) is None:
                allowance.add(one)
                known.append(one)
    assert sum(map(most_bytes, known)) <= FILE_BYTES
    evaluated = Evaluator(CATALOGUE).evaluate(
        "A", of_events(known), partition=0, generation=1, position=1, now=at("2026-05-06")
    )
    assert len(evaluated.snapshot) < 500_000


def test_every_event_adds_at_most_what_most_bytes_says() -> None:
    """A cycle with every member, its words as long as words may be, and the gravest anomaly."""
    word = "w" * 64
    text = (Path(__file__).parents[2] / "golden" / "events" / "snapshot.json").read_bytes()
    golden = decode_snapshot(text)
    cycle = msgspec.structs.replace(
        golden.cycles[0],
        **{
            name: value
            for one in golden.cycles
            for name, value in msgspec.structs.asdict(one).items()
            if value is not None
        },
    )
    exact = cycle.received_at + timedelta(microseconds=1)
    longest = msgspec.structs.replace(
        cycle, number=100_000, counted=1e9 + 1e-6, waited=1e9 + 1e-6, outcome=word,
        received_at=exact, since=exact, breaches_at=exact, stage_since=exact, status="withdrawn",
        stage="on_track",
    )  # fmt: skip
    begins = received("A", "2025-04-28")
    anomaly = golden.anomalies[0]
    gravest = max(("nothing_outstanding", "already_requested", "voids_a_later_void"), key=len)
    stored = msgspec.structs.replace(anomaly, source="", event_id="", reason=gravest)
    assert len(msgspec.json.encode(longest)) + 1 <= most_bytes(begins) - len(
        begins.source + begins.id
    )
    assert len(msgspec.json.encode(stored)) + 1 <= most_bytes(evil(1)) - len(EVIL + evil(1).id)


@pytest.mark.parametrize(("source", "allowed"), [(SOURCE, MOST_EVENTS), (EVIL, MOST_OTHERS)])
def test_each_source_has_its_own_allowance(source: str, allowed: int) -> None:
    other = {SOURCE: EVIL, EVIL: SOURCE}[source]
    allowance = EventAllowance("A", [OWN], ownership.NOT_SHARED)
    for number in range(allowed - (source == SOURCE)):
        one = decided("A", "2025-04-29", named=f"{number}", source=source)
        assert allowance.check(one) is None
        allowance.add(one)
    exceeded = allowance.check(decided("A", "2025-04-29", named="beyond", source=source))
    reason = "too_many_events" if source == SOURCE else "too_many_other_source"
    assert exceeded is not None and exceeded.reason == reason
    assert allowance.check(decided("A", "2025-04-29", named="first", source=other)) is None


Block = tuple[str, str, int, int]
"""Events of one kind and source, how many of them, and how long their identifiers are."""


def block(kind: str, source: str, events: int, length: int) -> list[Event]:
    make = {"received": received, "reopened": reopened, "withdrawn": withdrawn}[kind]
    name = f"{source}-{kind}-{events}-".ljust(length, "x")
    return [
        make("A", "2025-04-29 09:00", named=f"{name}{number}", source=source)
        for number in range(events)
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("received", "reopened", "withdrawn")),
            st.sampled_from((SOURCE, EVIL, "urn:" + "s" * 1_020)),
            st.sampled_from((1, 20, 90, 110, 500, 900)),
            st.sampled_from((8, 150)),
        ),
        max_size=3,
    )
)
def test_what_is_surely_allowed_exceeds_no_allowance(blocks: list[Block]) -> None:
    events = [event for one in blocks for event in block(*one)]
    if not surely_allowed(events, len(encode(events))):
        return
    allowance = EventAllowance("A", [], ownership.NOT_SHARED)
    for event in events:
        assert allowance.check(event) is None
        allowance.add(event)


def test_files_of_one_source_or_of_few_events_are_surely_allowed() -> None:
    one_source = [OWN, *block("withdrawn", SOURCE, 600, 8)]
    assert surely_allowed(one_source, len(encode(one_source)))
    two_sources = [OWN, *block("withdrawn", SOURCE, 60, 8), *block("withdrawn", EVIL, 39, 8)]
    assert surely_allowed(two_sources, len(encode(two_sources)))
    assert not surely_allowed([*two_sources, evil(1)], len(encode(two_sources)))
