"""What if: the dates of a hypothetical file are those of the law."""

from __future__ import annotations

from datetime import date, time

from shared.domain.what_if import Wait, evaluate_what_if
from tests.unit.domain.standards import calendar, standard
from tests.unit.domain.strategies import on_day

LEGAL, STUDIES = calendar("qc-legal"), standard("caq-etudes")
RECEIVED = on_day(date(2025, 4, 28), time(10))


def test_twenty_business_days_after_the_reception_and_the_stages_on_the_way() -> None:
    found = evaluate_what_if("caq-etudes", STUDIES, LEGAL, RECEIVED)
    assert found.cycle.state.due_on == date(2025, 5, 27)
    begin = {stage: LEGAL.local_day(at) for stage, at in found.stages.items()}
    assert begin == {
        "on_track": date(2025, 4, 28),
        "at_risk": date(2025, 5, 20),
        "critical": date(2025, 5, 23),
        "overdue": date(2025, 5, 28),
    }


def test_a_wait_of_a_week_moves_the_deadline_by_five_business_days() -> None:
    wait = Wait(on_day(date(2025, 5, 1), time(10)), on_day(date(2025, 5, 8), time(10)))
    found = evaluate_what_if("caq-etudes", STUDIES, LEGAL, RECEIVED, [wait])
    assert found.cycle.state.due_on == LEGAL.advance(date(2025, 5, 27), 5)
    assert len(found.history) == 3
