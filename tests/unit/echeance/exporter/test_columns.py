"""The columns of a cycle say what the law counted."""

from __future__ import annotations

from datetime import date

import pytest

from echeance.exporter.columns import CYCLE_COLUMNS, MEMBER_COLUMNS, ExportedValue, said, written
from tests.unit.echeance.exporter.lives import file_at


def test_a_cycle_has_its_delay_and_what_stopped_it() -> None:
    cycle = file_at().cycles[0]
    values = {column.name: value for column, value in said(CYCLE_COLUMNS, cycle)}
    assert values["counted"] + values["remaining"] == values["limit"] == 20
    assert values["gross"] - values["stopped"] == values["counted"]
    assert (values["stops"], values["on_time"], values["ended_on"]) == (1, True, date(2025, 5, 22))
    assert "stage" not in values


def test_what_events_say_has_each_name_once() -> None:
    names = [column.name for column in MEMBER_COLUMNS]
    assert len(names) == len(set(names))
    assert {"standard", "unit", "request_id", "until", "outcome", "reason", "voids"} <= set(names)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (date(2025, 5, 2), "2025-05-02"),
    ],
)
def test_values_are_written_the_same_everywhere(value: ExportedValue, text: str) -> None:
    assert written(value) == text
