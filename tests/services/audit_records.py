"""Records of every kind in an audit trail, with everything on them."""

from __future__ import annotations

from typing import Any

from shared.audit.chain import Chain
from shared.audit.store import TableSink
from tests.services.world import World


async def add_records(known: World) -> None:
    """Records of every kind in the access log, with everything on them."""
    chain = Chain("embedded.0123456789ab")
    of_a_request = {
        "kind": "access", "by": "token", "name": "supervisor", "token": "AbCdEfGh", "method": "GET",
        "route": "/files/{file_id}", "file": "CAQ-1", "origin": "192.0.2.7", "status": 200,
    }  # fmt: skip
    refused = {
        "kind": "access", "by": "nobody", "method": "GET", "route": "/v1/files", "status": 401,
        "origin": "2001:db8::/64", "reason": "unknown_token", "count": 1_234, "until": known.now(),
    }  # fmt: skip
    published = {
        "kind": "access", "by": "hook", "name": "caq", "method": "POST", "status": 202,
        "route": "/v1/hooks/{name}", "origin": "192.0.2.8", "events": 3,
    }  # fmt: skip
    change = {"kind": "change", "by": "operator", "name": "root", "what": "token_rotated"}
    records: list[dict[str, Any]] = [
        {"kind": "opened", "by": "process"},
        *({**of_a_request, "units": ["laval"], "standards": ["peq"]} for _ in range(55)),
        refused,
        published,
        {**change, "detail": {"token": "caq", "overlap_days": 7}},
        {"kind": "checkpoint", "by": "process"},
        {"kind": "closed", "by": "process"},
    ]
    lines = [chain.seal(at=known.now(), **one) for one in records]
    await TableSink(known.embedded.database).write(lines, chain.writer)
