"""Three words, and what became of the files called so."""

from __future__ import annotations

import pytest

from bench import forecast as simulation
from services.compliance.forecast.backtest import PastMonth, hazards_of
from services.compliance.forecast.lives import CountedDays, Life
from services.compliance.forecast.risk import RISKS, RiskRecord, risk_history, risk_of

PROCESSES = {one.name: one for one in simulation.PROCESSES}


@pytest.mark.parametrize(
    ("late", "word"), [(0, "low"), (0.19, "low"), (0.2, "medium"), (0.5, "high"), (1, "high")]
)
def test_a_word_is_a_range_of_chances(late: float, word: str) -> None:
    assert risk_of(late) == word


def test_the_words_are_kept_where_age_tells_something() -> None:
    _, risks = simulation.trials_of(
        PROCESSES["seasons, 300 files a month"]._replace(files_a_day=4), 2, 10
    )
    assert risks.has_skill
    shares = [risks.records[risk].late / risks.records[risk].files for risk in RISKS]
    assert shares == sorted(shares, reverse=True)


def test_only_files_whose_deadline_is_past_are_counted() -> None:
    """Of ten files on a morning: four due since and late, and six due later, of which nothing can be said yet."""
    days, month = CountedDays(0, range(2_000)), PastMonth(500, 529, (506, 513, 520))
    before = [Life(400 + n, 404 + n, 420 + n, on_time=True, files=9) for n in range(100)]
    late = Life(505, None, 516, on_time=False, files=4)
    later = Life(505, 515, 530, on_time=True, files=6)
    lives = [*before, late, later]
    counted = risk_history(lives, days, [month], 518, hazards_of(lives, days, [month]))
    assert sum(record.files for record in counted.records.values()) == 4
    assert sum(record.late for record in counted.records.values()) == 4


def test_no_file_is_no_skill() -> None:
    none = risk_history([], CountedDays(0, range(9)), [], 5, {})
    assert none.skill is None and not none.has_skill
    assert set(none.records.values()) == {RiskRecord(0, 0)}
