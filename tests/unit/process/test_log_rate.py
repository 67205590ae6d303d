"""What outsiders can make the process say is said seldom, and how often it was held back; two bugs are two messages."""

from __future__ import annotations

import logging
import sys

import pytest

from shared.process.log_rate import HTTP_LOGGER, RateLimit


def record(name: str, message: str, at: float, *, arguments: tuple[object, ...] = ()) -> logging.LogRecord:  # fmt: skip
    made = logging.LogRecord(name, logging.WARNING, "", 0, message, arguments, None)
    made.created = at
    return made


@pytest.mark.parametrize("name", [HTTP_LOGGER, "uvicorn.error", "asyncio", "aiokafka.client"])
def test_a_kind_is_told_once_in_ten_seconds_with_how_many_were_held_back(name: str) -> None:
    limit = RateLimit()
    passed = [
        one.getMessage()
        for second in range(25)
        if limit.filter(one := record(name, "at %d", 1_000 + second, arguments=(second,)))
    ]
    assert passed == ["at 0", "at 10 (9 more like it since)", "at 20 (9 more like it since)"]


def test_another_kind_and_another_logger_are_told() -> None:
    limit = RateLimit()
    assert limit.filter(record("uvicorn.error", "one", 1_000))
    assert limit.filter(record("uvicorn.error", "two", 1_000))
    assert all(limit.filter(record("echeance", "one", 1_000)) for _ in range(3))


def test_a_second_bug_is_not_hidden_by_the_first() -> None:
    def raised(number: int) -> logging.LogRecord:
        made = record("uvicorn.error", "Exception in ASGI application", 1_000)
        try:
            if number == 1:
                raise KeyError
            raise ValueError
        except (KeyError, ValueError):
            made.exc_info = sys.exc_info()
        return made

    limit = RateLimit()
    assert limit.filter(raised(1))
    assert limit.filter(raised(2))
    assert not limit.filter(raised(1))


def test_thousands_of_kinds_are_not_remembered() -> None:
    limit = RateLimit()
    for number in range(5_000):
        limit.filter(record("asyncio", f"kind {number}", 1_000))
    assert len(limit._passed_at) <= 1_000
