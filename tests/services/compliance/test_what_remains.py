"""What remains of a file's limit: the API, the board and the mails give one answer, whatever happened to the file.

Temporary selections received on Monday 28 April 2025 are due on Tuesday 27 May.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.clock.views import cycle_view
from services.compliance.board import worklist_rows
from services.compliance.notifications.messages import AlertMessages
from shared.domain import cycles, delay
from shared.domain.records import BreachAlert, ClockSnapshot
from tests.builders import CATALOGUE, answered, received, requested
from tests.services.compliance.alertmanagers import Memory
from tests.services.compliance.offices import office
from tests.services.world import site, world
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
    today = CATALOGUE.calendar_of(standard).local_day(now)
    shown = worklist_rows.worklist_row(file, CATALOGUE, today).remaining
    assert shown and shown.days == answered
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


async def test_days_in_the_clients_hands_after_the_deadline_are_no_delay_of_the_office(
    tmp_path: Path,
) -> None:
    replica = Memory()
    lives = [received("A", "2025-04-28"), requested("A", "2025-06-02"), answered("A", "2025-06-13")]
    async with world(tmp_path) as known, office(known, replica) as staff, site(known) as web:
        await known.live(*lives, until="2025-06-16 10:00")
        await staff.turn()
        told = (await web.json("/v1/files/A"))["cycles"][0]["remaining"]
        listed = (await web.get("/worklist", headers={"accept-language": "fr"})).text
    assert told == -5
    assert "5 jours ouvrables de retard" in listed
    mailed = replica.annotations("A")
    assert mailed["remaining_days"] == "-5"
    assert mailed["remaining_fr"] == "5 jours ouvrables de retard"
    assert mailed["remaining_en"] == "5 business days late"


def test_a_limit_that_ran_out_on_friday_is_told_so_on_saturday_and_its_last_day_on_friday() -> None:
    """Five business days from Friday 20 November 2026 run out on Friday the 27th; late from Monday the 30th."""
    history = [received("A", "2026-11-20", standard="accompagnement")]
    standard = CATALOGUE.standards["accompagnement"]
    calendar = CATALOGUE.calendar_of(standard)

    def told(at: str) -> str:
        now = datetime.fromisoformat(f"{at}T15:00:00+00:00")
        clock = delay.evaluate(history, standard, calendar, now)
        file = _snapshot("accompagnement", clock)
        return NOTICES.breach(_alert(file), file.cycles[0], now).annotations["remaining_fr"]

    assert told("2026-11-26") == "1 jour ouvrable avant l’échéance"
    assert told("2026-11-27") == "dernier jour\u00a0: aujourd’hui"
    assert (
        told("2026-11-28") == "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre"
    )
    assert told("2026-11-30") == "1 jour ouvrable de retard"
