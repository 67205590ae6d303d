"""What remains of a file's limit: the API, the board and the mails give one answer, whatever happened to the file."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.clock.views import cycle_view
from services.compliance.board import worklist_rows
from services.compliance.notifications.messages import AlertMessages
from shared.domain import cycles, delay
from shared.domain.events import Event
from shared.domain.records import BreachAlert, ClockSnapshot
from tests.builders import CATALOGUE, answered, at, received, requested, snapshot
from tests.unit.domain.agreement import event_of
from tests.unit.domain.oracle import PROMISES
from tests.unit.domain.strategies import DAY_STANDARDS, histories

NOTICES = AlertMessages(CATALOGUE, "https://e.example.org")


@given(st.data(), st.sampled_from([name for name in DAY_STANDARDS if name in PROMISES]))
@settings(max_examples=settings().max_examples * 4)
def test_api_board_and_mail_agree_over_random_lives(data: st.DataObject, name: str) -> None:
    events, now = data.draw(histories(name))
    history = cycles.history(event_of(told, name) for told in events)
    standard = CATALOGUE.standards[name]
    clock = delay.evaluate(history, standard, CATALOGUE.calendar_of(standard), now)
    assume(clock.cycles)
    last = clock.cycles[-1]
    state = last.state
    assume(state.stage is not None and state.due_on is not None)
    answered = cycle_view(last).remaining
    file = _snapshot(name, clock)
    shown = worklist_rows.worklist_row(file, CATALOGUE, now).remaining
    assert shown and shown.amount == answered
    assert NOTICES.breach(_alert(file), state, now).annotations["remaining_days"] == str(answered)


def _snapshot(standard: str, clock: delay.FileClock) -> ClockSnapshot:
    return ClockSnapshot(
        file_id="F-1",
        generation=1,
        position=1,
        crossed_at=clock.crossed_at,
        changed_by=None,
        standard=standard,
        unit="montreal",
        cycles=tuple(cycle.state for cycle in clock.cycles),
        anomalies=clock.anomalies,
    )


def _alert(file: ClockSnapshot) -> BreachAlert:
    """An alert of a file; which stage it is of does not matter."""
    state = file.cycles[-1]
    assert file.standard and file.unit and state.stage_since and state.due_on and state.breaches_at
    return BreachAlert(
        file_id=file.file_id,
        cycle=state.number,
        stage="overdue",
        stage_since=state.stage_since,
        standard=file.standard,
        unit=file.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
        raised_at=state.stage_since,
    )


LATE_WAIT = [received("A", "2025-04-28"), requested("A", "2025-06-02"), answered("A", "2025-06-13")]
"""Due on Tuesday 27 May 2025: days in the client's hands after it are no delay of the office."""
FRIDAY = [received("A", "2026-11-20", standard="accompagnement")]
"""Five business days that run out on Friday 27 November 2026; late from Monday the 30th."""


@pytest.mark.parametrize(
    ("story", "now", "words"),
    [
        (LATE_WAIT, "2025-06-16", "5 jours ouvrables de retard"),
        (FRIDAY, "2026-11-26", "1 jour ouvrable avant l’échéance"),
        (FRIDAY, "2026-11-27", "dernier jour\u00a0: aujourd’hui"),
        (
            FRIDAY,
            "2026-11-28",
            "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre",
        ),
        (FRIDAY, "2026-11-30", "1 jour ouvrable de retard"),
    ],
)
def test_a_mail_says_what_remains_in_words(story: list[Event], now: str, words: str) -> None:
    file, moment = snapshot(*story, now=f"{now} 10:00"), at(f"{now} 10:00")
    told = NOTICES.breach(_alert(file), file.cycles[-1], moment).annotations
    assert told["remaining_fr"] == words
