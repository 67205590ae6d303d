"""Alerts over HTTP: in pages, each with its whole life, and as they change."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import date, datetime, tzinfo
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.compliance.alerts import store as alert_store
from services.compliance.alerts import stream as alert_stream
from services.compliance.alerts.lists import AlertCursor, AlertFilter
from services.compliance.alerts.store import AlertStore, AlertWithDelivery
from services.compliance.alerts.stream import AlertBatch, AlertStream
from shared.domain import FILE_ID, AlertEnd, AlertStage, BreachAlert, Catalogue
from shared.http import Principal, ProblemError, events, principal
from shared.process import Now
from shared.text import Text, moments

Reader = Annotated[Principal, Depends(principal)]
_HEARTBEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 2_000
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, without end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_CURSOR = re.compile(r"(-?\d{1,18})~([^~]+)~(\d{1,9})~([a-z_]+)~(-?\d{1,18})")
_BAD_CURSOR = Text(
    "« after » se donne tel qu’il est rendu dans « next ».",
    "`after` is given as it was returned in `next`.",
)
_BAD_EVENT_ID = Text(
    "Last-Event-ID se donne tel que le flux l’a envoyé.",
    "Last-Event-ID is given as the stream sent it.",
)


class AlertView(BaseModel):
    """An alert, with its whole life: raised, delivered (to an Alertmanager, if there is one), resolved and why."""

    file_id: str
    cycle: int
    stage: AlertStage
    stage_since: datetime
    standard: str
    unit: str
    due_on: date
    breaches_at: datetime
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
    zone = catalogue.calendar(catalogue.default_calendar).zone

    @routes.get("")
    async def alerts(
        reader: Reader,
        active: bool | None = None,
        unit: str | None = None,
        standard: str | None = None,
        stage: AlertStage | None = None,
        since: str | None = None,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> AlertPage:
        """Alerts, the newest first, active or resolved, of a unit, standard or stage, raised since a moment."""
        raised_since = _moment(since, zone)
        wanted = AlertFilter(active, standard, unit, stage, raised_since, reader.units)
        listed = await store.page(wanted, read_cursor(after), limit)
        return AlertPage(
            as_of=now(),
            alerts=[_view(one) for one in listed],
            next=write_cursor(listed[-1].alert) if len(listed) == limit else None,
        )

    @routes.get("/stream", response_class=StreamingResponse, responses=_STREAM)
    async def alert_changes(
        request: Request,
        reader: Reader,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """Alerts as they are raised and resolved (server-sent events); goes on after ``Last-Event-ID``."""
        positions = None if last_event_id is None else alert_stream.read_positions(last_event_id)
        if last_event_id is not None and positions is None:
            raise ProblemError(422, "bad_event_id", _BAD_EVENT_ID)
        lots = stream.subscribe(positions, heartbeat_seconds=_HEARTBEAT_SECONDS)
        return events(request, _lines(lots, reader))

    return routes


def _moment(written: str | None, zone: tzinfo) -> datetime | None:
    return None if written is None else moments.parse_instant(written, zone)


def read_cursor(written: str | None) -> AlertCursor | None:
    """Where a page ended, as it was written in ``next``."""
    if written is None:
        return None
    found = _CURSOR.fullmatch(written)
    if found is None or not FILE_ID.fullmatch(found[2]) or found[4] not in get_args(AlertStage):
        raise ProblemError(422, "bad_cursor", _BAD_CURSOR)
    return AlertCursor(int(found[1]), found[2], int(found[3]), found[4], int(found[5]))


def write_cursor(last: BreachAlert) -> str:
    """A cursor after an alert, as it is given in ``next``."""
    return "~".join(map(str, alert_store.cursor(last)))


def _view(listed: AlertWithDelivery) -> AlertView:
    alert = listed.alert
    return AlertView(
        file_id=alert.file_id,
        cycle=alert.cycle,
        stage=alert.stage,
        stage_since=alert.stage_since,
        standard=alert.standard,
        unit=alert.unit,
        due_on=alert.due_on,
        breaches_at=alert.breaches_at,
        raised_at=alert.raised_at,
        by_catalogue=alert.by_catalogue,
        delivered_at=listed.delivered_at,
        resolved_at=alert.resolved_at,
        resolved_why=alert.resolved_why,
    )


async def _lines(
    lots: AsyncIterator[AlertBatch | None], reader: Principal
) -> AsyncGenerator[str, None]:
    """Lots as server-sent events; the identifier comes with the last of each lot, so that none of it can be missed."""
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    async for lot in lots:
        if lot is None:
            yield ": —\n\n"
        else:
            told = [_event(alert) for alert in lot.alerts if reader.may_see(alert.unit)]
            yield f"{''.join(told)}id: {alert_stream.write_positions(lot.reached)}\n\n"


def _event(alert: BreachAlert) -> str:
    view = _view(AlertWithDelivery(alert, None)).model_dump(mode="json", exclude={"delivered_at"})
    return f"event: alert\ndata: {json.dumps(view)}\n\n"
