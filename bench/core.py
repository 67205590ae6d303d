"""The core and the parser alone, in this process: no log, no database, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from bench.figures import Figure, processor_seconds
from services.ingest.cloudevents import Rules, parse_batch, parse_structured
from shared.domain import (
    NOT_SHARED,
    PLAIN,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    ReceivedData,
    RequestData,
    cycles,
    decode_history,
    delay,
    encode,
)
from shared.process import load_catalogue

NOW = datetime(2026, 3, 20, 16, tzinfo=UTC)
BEGAN = datetime(2026, 1, 12, 15, tzinfo=UTC)
SOURCE = "https://example.org/bench"


def figures(runs: int) -> Iterator[Figure]:
    """The calendar, the law and the strict parser."""
    yield from _law(runs)
    yield from _parser(runs)


def history(file_id: str, began: datetime = BEGAN) -> list[Event]:
    """Five events over twelve days: received, documents requested twice and received twice."""
    steps = [
        (Received, ReceivedData(standard="caq-etudes", unit="montreal")),
        (DocumentsRequested, RequestData(request_id="r1")),
        (DocumentsReceived, RequestData(request_id="r1")),
        (DocumentsRequested, RequestData(request_id="r2")),
        (DocumentsReceived, RequestData(request_id="r2")),
    ]
    return [
        _event(kind, data, file_id, number, began + timedelta(days=3 * number))
        for number, (kind, data) in enumerate(steps)
    ]


def answered_requests(file_id: str, length: int, began: datetime) -> list[Event]:
    """A reception, then documents requested and received by turns, two events a day."""
    life: list[Event] = [
        _event(Received, ReceivedData(standard="caq-etudes", unit="montreal"), file_id, 0, began)
    ]
    for number in range(1, length):
        kind = DocumentsRequested if number % 2 else DocumentsReceived
        asked = RequestData(request_id=f"r{(number + 1) // 2}")
        life.append(_event(kind, asked, file_id, number, began + timedelta(hours=8 * number)))
    return life


def cloudevent_json(event: Event) -> bytes:
    """An event as a publisher sends it."""
    said = msgspec.to_builtins(event)
    del said["recordedtime"]
    return msgspec.json.encode(said)


def reception_json(file_id: str, received: datetime) -> bytes:
    """The first event of a history, as a publisher sends it."""
    return cloudevent_json(history(file_id, received)[0])


def _event(
    kind: Callable[..., Event], data: msgspec.Struct, file_id: str, number: int, time: datetime
) -> Event:
    return kind(
        id=f"{file_id}-{number}",
        source=SOURCE,
        file_id=file_id,
        time=time,
        recorded_at=time + timedelta(seconds=2),
        data=data,
    )


def _law(runs: int) -> Iterator[Figure]:
    catalogue = load_catalogue(None)
    standard = catalogue.standards["caq-etudes"]
    calendar = catalogue.calendar_of(standard)
    calculator = delay.DelayCalculator(standard, calendar)
    known = cycles.history(history("F-1"))
    stored = encode(known)
    first, last = date(2026, 1, 12), date(2026, 3, 20)
    each = 20_000

    def count() -> None:
        for _ in range(each):
            calendar.count(first, last)

    def evaluate() -> None:
        for _ in range(each):
            calculator.clock(cycles.read_cycles(known, NOW, NOT_SHARED, lambda _: PLAIN))

    def decode() -> None:
        for _ in range(each):
            calculator.clock(
                cycles.read_cycles(decode_history(stored), NOW, NOT_SHARED, lambda _: PLAIN)
            )

    for name, work, target in (
        ("count business days", count, None),
        ("evaluate a file of 5 events", evaluate, 5.0),
        ("decode its history and evaluate", decode, None),
    ):
        microseconds = processor_seconds(work, runs=runs) / each * 1e6
        yield Figure(name, microseconds, "µs", target, at_most=True)


def _parser(runs: int) -> Iterator[Figure]:
    rules = Rules(catalogue=load_catalogue(None), now=NOW)
    events = [cloudevent_json(event) for number in range(100) for event in history(f"F-{number}")]
    batch = b"[" + b",".join(events) + b"]"

    def one_by_one() -> None:
        for event in events:
            parse_structured(event, rules)

    def together() -> None:
        parse_batch(batch, rules)

    for name, work, target in (
        ("parse strictly, one event at a time", one_by_one, None),
        (f"parse strictly, a batch of {len(events)}", together, 150_000.0),
    ):
        yield Figure(name, len(events) / processor_seconds(work, runs=4 * runs), "events/s", target)
