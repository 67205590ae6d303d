"""What remains, from a snapshot alone: the same as from the whole history, whatever happened and whenever it is asked."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import deadline_words
from shared.domain.records import CycleState
from shared.domain.remaining import Remaining, late_from, remaining_at
from shared.text import Language, formats
from tests.unit.domain.agreement import Case
from tests.unit.domain.sentences import answered, moment, received, requested
from tests.unit.domain.standards import calendar, standard
from tests.unit.domain.strategies import cases


@given(cases())
@settings(max_examples=settings().max_examples * 8)
def test_a_snapshot_tells_what_remains_as_the_history_does(case: Case) -> None:
    clock = case.clock
    published = case.at(clock.crossed_at).clock
    terms = standard(case.standard), calendar(case.calendar)
    for cycle, stored in zip(clock.cycles, published.cycles, strict=True):
        left = remaining_at(stored.state, *terms, case.now)
        if not _rolls_by_waits_once_late(stored.state, case.standard):
            assert left.amount == round(cycle.remaining, 6)


def _rolls_by_waits_once_late(state: CycleState, standard_id: str) -> bool:
    """Of a late file whose deadline rolls, a snapshot does not tell which waits came before it was late."""
    rolls = getattr(standard(standard_id).followed_by(state.received_on).limit, "roll_forward", 0)
    waits = state.waited > 0 or state.status == "waiting"
    return bool(rolls) and state.on_time is False and waits


def test_a_file_late_whose_last_wait_is_over_is_late_by_the_days_it_was_in_hand() -> None:
    """Received on 28 April 2025, due on 27 May."""
    events = [received("2025-04-28"), requested("2025-06-02"), answered("2025-06-13")]
    now = moment("2025-06-16")
    [cycle] = Case(events, now).clock.cycles
    left = remaining_at(cycle.state, standard("caq-etudes"), calendar("qc-legal"), now)
    assert left == Remaining("business_days", -5) and cycle.remaining == -5


@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 1)),
    st.integers(-3, 60),
    st.sampled_from(("fr", "en")),
)
def test_the_limit_has_run_out_between_the_last_day_and_the_first_late_one(
    start: date, later: int, spoken: Language
) -> None:
    """A limit in business days can run out on a Friday and be exceeded on Monday only."""
    legal = calendar("qc-legal")
    [cycle] = Case([received(f"{start}")], moment(f"{start}")).clock.cycles
    due_on, breaches_at = cycle.state.due_on, cycle.state.breaches_at
    assert due_on is not None and breaches_at is not None
    late_on = legal.local_day(breaches_at)
    today = date.fromordinal(due_on.toordinal() + later)
    found = late_from(cycle.state, legal, today)
    assert (found == late_on) == (due_on < today < late_on)
    if found is not None:
        assert not legal.is_business_day(today)
        words = deadline_words.remaining(0, "business_days", found, spoken)
        assert formats.weekday(late_on, spoken) in words and "aujourd’hui" not in words
