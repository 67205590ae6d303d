"""Alerts over HTTP: in pages, each with its whole life, and as they change."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from msgspec import structs
from pydantic import BaseModel

from services.compliance.alerts import store as alert_store
from services.compliance.alerts import stream as alert_stream
from services.compliance.alerts.lists import AlertCursor, AlertFilter
from services.compliance.alerts.store import AlertStore, AlertWithDelivery
from services.compliance.alerts.stream import AlertBatch, AlertStream
from shared.domain import AlertEnd, AlertStage, BreachAlert, Catalogue
from shared.http import (
    PageLength,
    Principal,
    ProblemError,
    Reader,
    event_frame,
    events,
    heartbeat,
    read_cursor,
    write_cursor,
)
from shared.process import Now
from shared.text import Text, moments

_HEARTBEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 2_000
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, without end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_BAD_EVENT_ID = Text(
    "Last-Event-ID se donne tel que le flux l’a envoyé.",
    "Last-Event-ID is given as the stream sent it.",
)


class AlertView(BaseModel):
    """An alert, with its whole life: raised, delivered (to an Alertmanager, if there is one), resolved and why.

    One of the stage ``waiting_long`` is no breach: a file waits for long, and has no deadline.
    """

    file_id: str
    cycle: int
    stage: AlertStage
    stage_since: datetime
    standard: str
    unit: str
    due_on: date | None
    breaches_at: datetime | None
    raised_at: datetime
    by_catalogue: bool
    delivered_at: datetime | None
    resolved_at: datetime | None
    resolved_why: AlertEnd | None


class AlertPage(BaseModel):
    """Alerts, the newest first; ``next`` is given back as ``after`` for the page that follows."""

    as_of: datetime
    alerts: list[AlertView]
    next: str | None


def router(store: AlertStore, stream: AlertStream, catalogue: Catalogue, now: Now) -> APIRouter:
    """The routes of alerts."""
    routes = APIRouter(prefix="/v1/alerts", tags=["compliance"])

    @routes.get("")
    async def alerts(
        reader: Reader,
        active: bool | None = None,
        unit: str | None = None,
        standard: str | None = None,
        stage: AlertStage | None = None,
        since: str | None = None,
        after: str | None = None,
        limit: PageLength = 50,
    ) -> AlertPage:
        """Alerts, the newest first, active or resolved, of a unit, standard or stage, raised since a moment.

        Long waits are listed under their stage only.
        """
        raised_since = None if since is None else moments.parse_instant(since, catalogue.zone)
        selection = AlertFilter(active, standard, unit, stage, raised_since, reader.units)
        page = await store.page(selection, read_cursor(AlertCursor, after), limit)
        return AlertPage(
            as_of=now(),
            alerts=[_view(one) for one in page],
            next=write_cursor(alert_store.cursor(page[-1].alert)) if len(page) == limit else None,
        )

    @routes.get("/stream", response_class=StreamingResponse, responses=_STREAM)
    async def alert_changes(
        request: Request, reader: Reader, last_event_id: Annotated[str | None, Header()] = None
    ) -> StreamingResponse:
        """Alerts as they are raised and resolved (server-sent events); goes on after ``Last-Event-ID``."""
        positions = None if last_event_id is None else alert_stream.read_positions(last_event_id)
        if last_event_id is not None and positions is None:
            raise ProblemError(422, "bad_event_id", _BAD_EVENT_ID)
        batches = stream.subscribe(positions, heartbeat_seconds=_HEARTBEAT_SECONDS)
        return events(request, _frames(batches, reader))

    return routes


def _view(row: AlertWithDelivery) -> AlertView:
    return AlertView(**structs.asdict(row.alert), delivered_at=row.delivered_at)


async def _frames(
    batches: AsyncIterator[AlertBatch | None], reader: Principal
) -> AsyncGenerator[str, None]:
    """Each batch, then its positions as the event id: whoever missed part of it gets all again."""
    yield event_frame(retry=_RETRY_MILLISECONDS)
    async for batch in batches:
        if batch is None:
            yield heartbeat("—")
        else:
            alerts = [_frame(alert) for alert in batch.alerts if reader.may_see(alert.unit)]
            yield "".join(alerts) + event_frame(id=alert_stream.write_positions(batch.reached))


def _frame(alert: BreachAlert) -> str:
    view = _view(AlertWithDelivery(alert, None)).model_dump(mode="json", exclude={"delivered_at"})
    return event_frame(event="alert", data=json.dumps(view))
