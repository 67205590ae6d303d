"""What if: the dates of a hypothetical file are those of the law."""

from __future__ import annotations

from datetime import date, time
from fractions import Fraction

from shared.domain.commitments import Standard
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


def test_every_further_target_has_its_deadline_which_waits_move_as_they_move_the_first() -> None:
    [terms] = STUDIES.terms
    targets = [
        {"percent": 80, "limit": {"business_days": 20}},
        {"percent": 95, "limit": {"business_days": 30}},
    ]
    tiered = Standard.model_validate(
        {
            **STUDIES.model_dump(exclude_none=True, exclude={"terms"}),
            "terms": [{"targets": targets, "summary": terms.summary.model_dump()}],
        }
    )
    wait = Wait(on_day(date(2025, 5, 1), time(10)), on_day(date(2025, 5, 8), time(10)))
    for waits, due_on in (([], date(2025, 6, 10)), ([wait], date(2025, 6, 17))):
        found = evaluate_what_if("caq-etudes", tiered, LEGAL, RECEIVED, waits)
        [(target, deadline)] = found.further
        assert (target.share, deadline.limit) == (Fraction(95, 100), 30)
        assert deadline.due_on == due_on
        assert deadline.breaches_at == LEGAL.midnight(LEGAL.advance(due_on, 1))
        assert found.cycle.state.due_on == LEGAL.retreat(due_on, 10)
