"""``POST /v1/events``: parse, publish, and answer once the events are durable in the log.

A batch is valid whole or refused whole; NDJSON is taken line by line, with a verdict for each. What is
valid is appended in parts of 500 events: where the log stops answering (429, 503), the parts before stay
accepted, and publishing the same again counts nothing twice.
Batches and NDJSON have addresses of their own as well, which take nothing else: generated clients
have one body and one answer for each operation.
Bodies are cut off at a limit, which bounds the memory of a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from services.ingest.acceptance import EVENTS_AT_ONCE, accept
from services.ingest.cloudevents import (
    MOST_EVENT_BYTES,
    PROBLEMS,
    InvalidEventsError,
    Mode,
    PersonalIdentifiers,
    Rules,
    lines_of,
    mode_of,
    parse_batch,
    parse_binary,
    parse_lines,
    parse_structured,
)
from services.ingest.metrics import IntakeMetrics
from services.ingest.openapi import Operation, describe_batch, describe_event, describe_lines
from services.ingest.pacing import HalfPace, at_half_pace
from services.ingest.publisher import Publisher
from services.ingest.responses import (
    MOST_REJECTED,
    Receipts,
    Verdict,
    Verdicts,
    answer,
    receipts,
    receipts_at_half_pace,
    refusal,
    rejection,
)
from shared import tracing
from shared.domain import Catalogue, Event
from shared.http import (
    EVENTS_PATH,
    DirectRoute,
    ProblemError,
    body_of,
    note_for_audit,
    principal,
    requested_language,
)

_BATCH_PATH: Final = f"{EVENTS_PATH}/batch"
_LINES_PATH: Final = f"{EVENTS_PATH}/ndjson"

_LINES_BEFORE_YIELD = 50
_LARGE_BATCH_BYTES = 262_144
_EVENTS_TOGETHER = 50  # half a millisecond of a thread
_BODY_SECONDS = 60.0


class RequestLimits(NamedTuple):
    """Limits of one request."""

    body_bytes: int = 32 * 1024 * 1024
    future_tolerance: timedelta = timedelta(minutes=5)
    personal_identifiers: PersonalIdentifiers = "refuse"


def router(
    publisher: Publisher,
    catalogue: Catalogue,
    now: Callable[[], datetime],
    metrics: IntakeMetrics,
    *,
    limits: RequestLimits | None = None,
) -> APIRouter:
    """The routes that accept events, behind :func:`shared.http.front_door.secure`."""
    intake = _Intake(publisher, catalogue, now, metrics, limits or RequestLimits())
    routes = APIRouter(tags=["events"])

    def add(
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        name: str,
        summary: str,
        operation: Operation,
    ) -> None:
        routes.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            route_class_override=DirectRoute,
            status_code=202,
            response_class=Response,
            summary=summary,
            name=name,
            responses=operation.responses,
            openapi_extra=operation.request,
        )

    add(EVENTS_PATH, intake.post, "publish_event", "Publish an event", describe_event())
    add(_BATCH_PATH, intake.post_batch, "publish_batch", "Publish a batch", describe_batch())
    add(_LINES_PATH, intake.post_lines, "publish_lines", "Publish NDJSON", describe_lines())
    return routes


class _Intake(NamedTuple):
    publisher: Publisher
    catalogue: Catalogue
    now: Callable[[], datetime]
    metrics: IntakeMetrics
    limits: RequestLimits

    async def post(self, request: Request) -> Response:
        """Accept a CloudEvent 1.0, in structured or binary mode.

        By their media types a batch and NDJSON are accepted here too, and answered as at their own addresses.
        """
        return await self._post(request)

    async def post_batch(self, request: Request) -> Response:
        """Accept a JSON array of CloudEvents: one that is not valid refuses all.

        Of more than 500 a part may be accepted where the answer is 429 or 503: publish the same again, and
        nothing is counted twice.
        """
        return await self._post(request, "batch")

    async def post_lines(self, request: Request) -> Response:
        """Accept NDJSON, a CloudEvent a line, with a verdict for each."""
        return await self._post(request, "lines")

    async def _post(self, request: Request, *only: Mode) -> Response:
        caller = await principal(request)
        rules = Rules(
            catalogue=self.catalogue,
            now=self.now(),
            future_tolerance=self.limits.future_tolerance,
            sources=caller.sources,
            units=caller.units,
            standards=caller.standards,
            reservations=caller.reservations,
            may_forget="forget" in caller.scopes,
            personal_identifiers=self.limits.personal_identifiers,
        )
        try:
            mode = mode_of(request.headers.raw, *only)
            return await self._accept(mode, request, rules)
        except InvalidEventsError as error:
            self.metrics.count_rejected(caller.sources, error.faults[0].code)
            raise refusal(error, requested_language(request)) from None
        except ProblemError as error:
            self.metrics.count_rejected(caller.sources, error.code)
            raise

    async def _accept(self, mode: Mode, request: Request, rules: Rules) -> Response:
        body = await _body(request, mode, self.limits)
        if mode == "lines":
            return await self._lines(request, body, rules)
        tracing.link_to_events(body)
        events = await _parse(mode, request, body, rules)
        file = events[0].file_id if len(events) == 1 else ""
        note_for_audit(request, file=file, events=len(events))
        positions = await accept(self.publisher, self.metrics, events)
        if len(events) > EVENTS_AT_ONCE:  # would block the event loop
            return await asyncio.to_thread(receipts_at_half_pace, events, positions)
        return answer(202, Receipts(receipts=receipts(events, positions)))

    async def _lines(self, request: Request, body: bytes, rules: Rules) -> Response:
        language = requested_language(request)
        verdicts: list[Verdict] = []
        accepted: list[Event] = []
        rejected = total = number = 0
        pace = HalfPace()
        for number, line in parse_lines(body, rules):
            if isinstance(line, InvalidEventsError):
                rejected += 1
                self.metrics.count_rejected(rules.sources or (), line.faults[0].code)
                verdicts.append(rejection(number, line, language))
                if rejected == MOST_REJECTED:
                    break
                continue
            accepted.append(line)
            verdicts.append({"line": number, "status": "accepted"})
            if len(accepted) == EVENTS_AT_ONCE:
                total += len(await accept(self.publisher, self.metrics, accepted))
                # After each part: the next may be refused, and these are published.
                note_for_audit(request, events=total, rejected=rejected)
                accepted = []
                pace.work()
            elif len(verdicts) % _LINES_BEFORE_YIELD == 0:
                await asyncio.sleep(pace.rest_seconds())  # yield to other requests
                pace.work()
        total += len(await accept(self.publisher, self.metrics, accepted))
        note_for_audit(request, events=total, rejected=rejected)
        status = 202 if not rejected else 207 if total else 422
        response = Verdicts(accepted=total, rejected=rejected, verdicts=verdicts)
        if unread := lines_of(body) - number:
            response["unread"], response["resume_at"] = unread, number + 1
        return answer(status, response)


async def _body(request: Request, mode: Mode, limits: RequestLimits) -> bytes:
    most = MOST_EVENT_BYTES if mode in ("structured", "binary") else limits.body_bytes
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "unsupported_encoding", PROBLEMS["unsupported_encoding"])
    return await body_of(request, most_bytes=most, seconds=_BODY_SECONDS)


async def _parse(mode: Mode, request: Request, body: bytes, rules: Rules) -> Sequence[Event]:
    if mode == "binary":
        return [parse_binary(request.headers.raw, body, rules)]
    if mode == "structured":
        return [parse_structured(body, rules)]
    if len(body) > _LARGE_BATCH_BYTES:  # would block the event loop
        pace = partial(at_half_pace, together=_EVENTS_TOGETHER)
        return await asyncio.to_thread(parse_batch, body, rules, pace)
    return parse_batch(body, rules)
