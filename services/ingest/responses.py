"""Responses to publishers: receipts, verdicts on lines, and problems that name every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Final, Literal, NotRequired, TypedDict

import msgspec
from fastapi import Response

from services.ingest.cloudevents import MAX_FAULTS, PROBLEMS, EventFault, InvalidEventsError
from services.ingest.foreign_values import InvalidValueError
from services.ingest.pacing import at_half_pace
from shared.domain import Event
from shared.http import ProblemError
from shared.log import Position
from shared.text import Language, Text

MOST_REJECTED: Final = 100
"""After so many rejected lines of NDJSON, the rest is left unread."""

_MOST_OF_A_LINE: Final = 10
_RECEIPTS_TOGETHER: Final = 200
# For other statuses, the code of the problem is that of its first fault.
_CODES: Mapping[int, str] = {400: "malformed_events", 422: "invalid_events"}
_WHOLE_REQUEST = (413, 415)


class Receipt(TypedDict):
    """What an event was, and where it stands in the log."""

    source: str
    id: str
    subject: str
    partition: int
    offset: int


class Receipts(TypedDict):
    """One receipt for each event, in the order sent."""

    receipts: Sequence[Receipt]


class DeliveryReceipts(TypedDict):
    """What became of a delivery to a webhook: a receipt for each event, and what said no event.

    ``ignored`` is how many items said none; ``ignored_as`` counts what was ignored, by the name of
    it in the delivery: an activity, or the pointer of a date that has not happened.
    """

    receipts: Sequence[Receipt]
    ignored: int
    ignored_as: Mapping[str, int]


class LineFault(TypedDict):
    """One thing refused in a line: where (RFC 6901), a stable code, and why in words."""

    pointer: str
    code: str
    detail: str


class Verdict(TypedDict):
    """What became of a line, counted from 1."""

    line: int
    status: Literal["accepted", "rejected"]
    errors: NotRequired[Sequence[LineFault]]


class Verdicts(TypedDict):
    """How many lines were accepted and rejected, and what became of each.

    After a hundred that were rejected no more are looked at: then ``unread`` is how many lines follow, and ``resume_at`` the number of the first
    of these. They are neither accepted nor rejected, and are to be sent again.
    """

    accepted: int
    rejected: int
    unread: NotRequired[int]
    resume_at: NotRequired[int]
    verdicts: Sequence[Verdict]


def refusal(error: InvalidEventsError, language: Language) -> ProblemError:
    """The problem that answers invalid events."""
    status = error.status
    errors = [
        {"index": one.index, **_line_fault(one, language)} for one in error.faults[:MAX_FAULTS]
    ]
    if status in _WHOLE_REQUEST:
        first = next(one for one in error.faults if one.status == status)
        text = PROBLEMS[first.code]
        return ProblemError(status, first.code, text, errors=errors, values=first.values)
    code = _CODES.get(status) or next(one.code for one in error.faults if one.status == status)
    if error.read is None:
        return ProblemError(status, code, PROBLEMS[code], errors=errors)
    whole, in_part = PROBLEMS[code], PROBLEMS["read_in_part"]
    text = Text(whole.fr + in_part.fr, whole.en + in_part.en)
    return ProblemError(status, code, text, errors=errors, values={"read": error.read})


def value_refusal(error: InvalidValueError, language: Language) -> ProblemError:
    """The problem that answers a delivery that cannot be read or used."""
    if not error.unreadable:
        return refusal(InvalidEventsError(error.refused), language)
    errors: list[Mapping[str, object]] = [
        {
            "index": item,
            "pointer": pointer,
            "code": reason.code,
            "detail": reason.text.within(language),
        }
        for item, pointer, reason in error.unreadable
    ]
    errors += [{"index": one.index, **_line_fault(one, language)} for one in error.refused]
    code = _CODES[422]
    return ProblemError(422, code, PROBLEMS[code], errors=errors[:MAX_FAULTS])


def rejection(number: int, error: InvalidEventsError, language: Language) -> Verdict:
    """The verdict on an invalid line."""
    errors = [_line_fault(one, language) for one in error.faults[:_MOST_OF_A_LINE]]
    return {"line": number, "status": "rejected", "errors": errors}


def _line_fault(one: EventFault, language: Language) -> LineFault:
    return {"pointer": one.pointer, "code": one.code, "detail": one.detail(language)}


def receipts(events: Sequence[Event], positions: Sequence[Position]) -> Sequence[Receipt]:
    """A receipt for each event."""
    return list(starmap(_receipt, zip(events, positions, strict=True)))


def _receipt(event: Event, position: Position) -> Receipt:
    return {
        "source": event.source,
        "id": event.id,
        "subject": event.file_id,
        "partition": position.partition,
        "offset": position.offset,
    }


def receipts_at_half_pace(events: Sequence[Event], positions: Sequence[Position]) -> Response:
    """The receipts of a large batch, written in a thread of its own."""
    of_each = starmap(
        _receipt, at_half_pace(zip(events, positions, strict=True), _RECEIPTS_TOGETHER)
    )
    parts = b",".join(map(msgspec.json.encode, of_each))
    return _json(202, b'{"receipts":[%b]}' % parts)


def answer(status: int, body: Receipts | Verdicts | DeliveryReceipts) -> Response:
    """A response in JSON."""
    return _json(status, msgspec.json.encode(body))


def _json(status: int, body: bytes) -> Response:
    return Response(body, status_code=status, media_type="application/json")
