"""Writes the golden files anew: ``python -m tests.unit.domain.golden``. Their difference is then read by a person before it is kept."""

from __future__ import annotations

from shared.domain import events
from tests.unit.domain import test_catalogue, test_events
from tests.unit.domain.calendars import test_calendar_file
from tests.unit.echeance import test_doubts


def main() -> None:
    for name, text in test_catalogue.FAULTS.items():
        message = test_catalogue.in_both_languages(text)
        (test_catalogue.GOLDEN / f"{name}.txt").write_text(message, encoding="utf-8")
    for name, text in test_doubts.DOUBTS.items():
        message = test_doubts.in_both_languages(text)
        (test_doubts.GOLDEN / f"{name}.txt").write_text(message, encoding="utf-8")
    for name, fault in test_calendar_file.FAULTS.items():
        message = test_calendar_file.in_both_languages(fault)
        (test_calendar_file.GOLDEN / f"{name}.txt").write_text(message, encoding="utf-8")
    for name, value in test_events.VALUES.items():
        (test_events.GOLDEN / f"{name}.json").write_bytes(events.encode(value) + b"\n")


if __name__ == "__main__":
    main()
