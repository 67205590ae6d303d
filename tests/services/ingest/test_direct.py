"""A direct route: sooner found, and otherwise like every other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from shared.errors import UnavailableError
from shared.http.application import create_application
from shared.http.credentials import Credentials
from shared.http.direct import DirectRoute
from shared.http.front_door import EVENTS_PATH, principal
from shared.http.problems import ProblemError
from shared.text.texts import Text

_REFUSED = Text("Refusé.", "Refused.")


async def answered(request: Request) -> Response:
    """Do what the body asks for."""
    match (await request.body()).decode():
        case "refuse":
            raise ProblemError(409, "refused", _REFUSED)
        case "away":
            raise UnavailableError("the log is away")
        case "bug":
            raise ZeroDivisionError
        case name:
            return Response(f"{name} for {(await principal(request)).name}", status_code=202)


def served(route: type[DirectRoute] | None, credentials: Credentials) -> FastAPI:
    routes = APIRouter()
    routes.add_api_route(EVENTS_PATH, answered, methods=["POST"], route_class_override=route)

    async def ready() -> dict[str, str]:
        return {}

    return create_application([routes], credentials, ready)


async def asked(app: FastAPI, method: str, body: str, token: str) -> tuple[object, ...]:
    inside = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=inside, base_url="http://here") as client:
        headers = {"authorization": f"Bearer {token}"}
        answer = await client.request(method, EVENTS_PATH, content=body, headers=headers)
        return answer.status_code, answer.headers.multi_items(), answer.content


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", "publish", 202),
        ("POST", "refuse", 409),
        ("POST", "away", 503),
        ("POST", "bug", 500),
        ("GET", "", 403),
        ("PUT", "", 405),
    ],
)
async def test_a_direct_route_answers_as_the_framework_would(
    tmp_path: Path, method: str, body: str, status: int
) -> None:
    credentials = Credentials(tmp_path / "credentials.json")
    created = datetime(2026, 1, 1, tzinfo=UTC)
    token = credentials.create("clerk", ("publish",), sources=["urn:a"], created=created)
    usual, direct = [
        await asked(served(route, credentials), method, body, token)
        for route in (None, DirectRoute)
    ]
    assert direct == usual
    assert direct[0] == status
