"""Posts the events of a made-up ministry to a running ingest, as its systems would.

They depend on the seed and the year alone: a restarted process posts duplicates.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final

import click
import httpx

from echeance.demo.ministry import Arrival
from shared.process import fail, runner, tell

_BATCH_EVENTS: Final = 1_000
_RETRY_SECONDS: Final = 1.0
_TIMEOUT_SECONDS: Final = 30
_BUSY: Final = (429, 503)


async def post_all(
    ingest: str,
    headers: dict[str, str],
    arrivals: Iterator[Arrival],
    context: ssl.SSLContext | None = None,
) -> None:
    """Post every event at its instant, those of the past at once; ``context`` verifies the ingest."""
    batch: list[bytes] = []
    posted = 0
    async with httpx.AsyncClient(
        base_url=ingest,
        headers=headers,
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
        verify=context or True,
    ) as client:
        for arrival in arrivals:
            ahead_seconds = (arrival.recorded_at - runner.now()).total_seconds()
            if batch and (ahead_seconds > 0 or len(batch) == _BATCH_EVENTS):
                await _post(client, batch)
                posted += len(batch)
                batch.clear()
                tell(f"{posted} événements publiés", f"{posted} events posted")
            await asyncio.sleep(max(0.0, ahead_seconds))
            batch.append(arrival.raw)


async def _post(client: httpx.AsyncClient, events: list[bytes]) -> None:
    """Post a batch until it is accepted; any refusal but a busy one ends the command."""
    body = b"[" + b",".join(events) + b"]"
    kind = {"content-type": "application/cloudevents-batch+json"}
    while True:
        try:
            answer = await client.post("/v1/events", content=body, headers=kind)
        except httpx.TransportError as error:
            click.echo(f"{client.base_url}: {error!r}", err=True)
        else:
            if answer.is_success:
                return
            if answer.status_code not in _BUSY:
                message = f"{answer.url}: {answer.status_code} {answer.text[:500]}"
                fail(message, message)
        await asyncio.sleep(_RETRY_SECONDS)
