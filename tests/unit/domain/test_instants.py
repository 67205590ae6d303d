"""Instants as integers: exact to the microsecond, and in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.instants import from_microseconds, microseconds

instants = st.datetimes(timezones=st.just(UTC))


@given(instants)
def test_an_instant_survives_exactly(instant: datetime) -> None:
    assert from_microseconds(microseconds(instant)) == instant


@given(instants, instants)
def test_integers_sort_as_instants_do(one: datetime, other: datetime) -> None:
    assert (microseconds(one) < microseconds(other)) == (one < other)
