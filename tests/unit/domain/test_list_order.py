"""Open files: soonest breach first, then the waiting ones, longest first."""

from __future__ import annotations

from shared.domain.list_order import LAST, sort_key
from tests.builders import received, requested, snapshot


def test_files_sort_by_breach_and_then_by_wait() -> None:
    lives = [
        [received("A", "2025-04-28")],
        [received("B", "2025-04-29")],
        [received("C", "2025-04-01"), requested("C", "2025-04-02")],
        [received("D", "2025-04-01"), requested("D", "2025-04-03")],
    ]
    keys = [sort_key(snapshot(*life, now="2025-05-06").cycles[-1]) for life in lives]
    assert keys == sorted(keys)
    assert max(keys) < LAST
