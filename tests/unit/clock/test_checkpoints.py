"""What follows from a checkpoint equals the full evaluation to the byte, and a checkpoint is of its stored row or not used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest

from services.clock.checkpoints import Checkpoints
from services.clock.evaluator import EvaluatedRow, Evaluator, SnapshotVersion, StoredFile
from services.clock.histories import EMPTY_HISTORY, of_events, of_stored
from services.clock.incoming import UNCOUNTABLE
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event, encode
from tests.builders import ACCESS, CATALOGUE, answered, at, decided, received, reopened, requested
from tests.unit.domain import wide
from tests.unit.domain.agreement import event_of
from tests.unit.domain.oracle_facts import Told

FILES, CATALOGUES, EVENTS = 150, 15, 24
PARTITION, GENERATION = 3, 2


class _Clock:
    """A file as the clock follows it: from a checkpoint where there is one, and in full beside it."""

    def __init__(self, catalogue: Catalogue, checkpoints: Checkpoints | None = None) -> None:
        self.evaluator = _evaluator(catalogue)
        self.checkpoints = checkpoints or Checkpoints(catalogue, self.evaluator)
        self.history, self.position = EMPTY_HISTORY, 0
        self.row: EvaluatedRow | None = None
        self.followed = 0

    def stored(self) -> StoredFile:
        assert self.row is not None
        return self.row.stored()

    def after(
        self, event: Event, now: datetime, generation: int = GENERATION
    ) -> EvaluatedRow | None:
        """The row that follows from a checkpoint; the position stays."""
        version = SnapshotVersion(generation, self.position + 1)
        size = len(encode(event))
        return self.checkpoints.row_after(self.stored(), event, size, version, PARTITION, now)

    def add(self, event: Event, now: datetime) -> None:
        """One more event, which changes nothing where it cannot be counted."""
        following = None if self.row is None else self.after(event, now)
        self.position += 1
        version = SnapshotVersion(GENERATION, self.position)
        history = of_events([*self.history.events, event])
        try:
            whole = self.evaluator.evaluate(
                event.file_id,
                history,
                partition=PARTITION,
                generation=GENERATION,
                position=self.position,
                now=now,
            )
        except UNCOUNTABLE:
            assert following is None
            return
        if following is None:
            evaluated = self.checkpoints.evaluate(event.file_id, history, version, PARTITION, now)
            assert evaluated.snapshot == whole.snapshot
            assert evaluated.columns() == whole.columns()
        else:
            assert following.snapshot == whole.snapshot
            assert following.columns() == whole.columns()
            self.followed += 1
        self.history, self.row = of_stored(history.stored), whole


@cache
def _catalogue(number: int) -> Catalogue:
    return wide.wide(number).catalogue


_EVALUATORS: dict[str, Evaluator] = {}


def _evaluator(catalogue: Catalogue) -> Evaluator:
    return _EVALUATORS.setdefault(catalogue.digest, Evaluator(catalogue))


def _plainer(told: Told, chance: Random) -> Told | None:
    """Mostly what a checkpoint can follow: most kinds of request, voids and transfers end what one is of."""
    if told.type in ("voided", "transferred", "extended") and chance.random() < 0.8:
        return None
    if told.type == "decided" and chance.random() < 0.5:
        return None
    return replace(told, kind=None) if chance.random() < 0.9 else told


def _arrivals(seed: int) -> Iterator[tuple[Event, datetime]]:
    """Events mostly in order, with the moments at which they arrive: some late, some dated ahead, some twice."""
    chance = Random(seed)
    file = wide.file(seed % CATALOGUES, EVENTS, seed)
    told = [file.events[0], *filter(None, (_plainer(one, chance) for one in file.events[1:]))]
    word = "first" if chance.random() < 0.9 else file.word
    events = [event_of(one, word) for one in told]
    if chance.random() < 0.3:
        place = chance.randrange(len(events))
        events.insert(chance.randrange(len(events)), events.pop(place))
    latest = events[0].time
    for event in events:
        latest = max(latest, event.time)
        wait = chance.choice([timedelta(), timedelta(minutes=3), timedelta(days=9)])
        yield event, latest - timedelta(minutes=4) if chance.random() < 0.03 else latest + wait


def test_every_row_that_follows_is_that_of_the_full_evaluation() -> None:
    followed = 0
    for seed in range(FILES):
        clock = _Clock(_catalogue(seed % CATALOGUES))
        for event, now in _arrivals(seed):
            clock.add(event, now)
        followed += clock.followed
    assert followed > 4 * FILES  # the property is of something


def _asked(count: int, file_id: str = "A") -> Iterator[Event]:
    """A reception, then requests that are answered the same day."""
    yield received(file_id, "2025-04-28 08:00")
    for number in range(count):
        day = f"2025-{5 + number // 28:02}-{1 + number % 28:02}"
        yield requested(file_id, f"{day} 09:00", request_id=f"r{number}")
        yield answered(file_id, f"{day} 15:00", request_id=f"r{number}")


def _followed_by(catalogue: Catalogue, *events: Event) -> _Clock:
    clock = _Clock(catalogue)
    for event in events:
        clock.add(event, event.time)
    return clock


def test_a_file_is_followed_once_it_came_twice_and_all_is_answered_until_its_cycle_ends() -> None:
    clock = _followed_by(CATALOGUE, *_asked(20))
    assert clock.followed == 38
    clock.add(decided("A", "2025-06-02"), at("2025-06-02"))
    assert clock.followed == 38
    clock.add(requested("A", "2025-06-03"), at("2025-06-03"))  # after the end: an anomaly
    clock.add(reopened("A", "2025-06-04"), at("2025-06-04"))
    clock.add(requested("A", "2025-06-05"), at("2025-06-09"))
    assert clock.followed == 41


def test_a_checkpoint_is_used_once_and_for_its_own_row() -> None:
    clock = _followed_by(CATALOGUE, *_asked(5))
    event, now = requested("A", "2025-06-03"), at("2025-06-03")
    assert clock.after(event, now, generation=GENERATION + 1) is None
    assert clock.after(event, now) is not None
    assert clock.after(event, now) is None  # what was not committed is evaluated in full
    clock.add(event, now)
    clock.add(answered("A", "2025-06-04"), at("2025-06-04"))
    clock.add(requested("A", "2025-06-05"), at("2025-06-05"))
    assert clock.followed == 9  # and leaves one


@pytest.mark.parametrize(
    "event",
    [
        requested("A", "2025-05-01 10:00"),
        requested("A", "2025-06-03", source="https://other.example.org"),
        requested("A", "2025-06-03", named=received("A", "2025-04-28 08:00").id),
        requested("A", "2025-06-04"),
    ],
    ids=["late", "other_source", "known_id", "dated_ahead"],
)
def test_an_event_that_may_change_what_is_before_it_is_evaluated_in_full(event: Event) -> None:
    clock = _followed_by(CATALOGUE, *_asked(5))
    assert clock.after(event, at("2025-06-03")) is None


def test_a_file_of_a_service_has_none() -> None:
    story = [received("A", "2026-01-05", standard="access"), *list(_asked(5))[1:]]
    assert _followed_by(ACCESS, *story).followed == 0


def test_files_that_take_turns_and_have_no_room_leave_each_other_alone() -> None:
    """None of them is given a checkpoint, which it would lose before its next event."""
    events = list(_asked(20))
    for room, followed in ((len(encode(events[:3])), 0), (2 * len(encode(events)), 2 * 38)):
        one = _Clock(CATALOGUE, Checkpoints(CATALOGUE, _evaluator(CATALOGUE), room))
        files = one, _Clock(CATALOGUE, one.checkpoints)
        for pair in zip(events, _asked(20, "B"), strict=True):
            for clock, event in zip(files, pair, strict=True):
                clock.add(event, event.time)
        assert sum(clock.followed for clock in files) == followed


def test_what_is_forgotten_is_not_held() -> None:
    clock = _followed_by(CATALOGUE, *_asked(5))
    clock.checkpoints.forget("A")
    assert clock.after(requested("A", "2025-06-03"), at("2025-06-03")) is None
