"""``echeance traffic``: the events of a made-up ministry, posted to a running ingest as its systems would.

What it posts depends on the seed and the year alone, so a process that is started again posts the same events under the same
identifiers, and nothing counts twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

import click
import httpx

from echeance.demo.ministry import Arrival, Ministry
from shared.process import configure_logging, environment, fail, load_catalogue, runner, say

_BATCH_EVENTS: Final = 1_000
_AGAIN_SECONDS: Final = 1.0
_TIMEOUT_SECONDS: Final = 30
_BUSY: Final = (429, 503)


@click.command(
    help=say(
        "Publie à un service ingest les événements d’un ministère inventé : plus de deux ans de passé, puis "
        "chaque événement à son heure, jusqu’à Ctrl-C.",
        "Post the events of a made-up ministry to an ingest service: more than two years of past, then each "
        "event when its moment comes, until Ctrl-C.",
    )
)
@click.argument("ingest")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help=say("Fichier du jeton qui peut publier.", "File of the token that may publish."),
)
@click.option(
    "--files",
    type=click.IntRange(100, 1_000_000),
    default=24_000,
    show_default=True,
    help=say("Dossiers en deux ans.", "Files in two years."),
)
@click.option("--seed", type=int, default=2021, show_default=True)
def traffic(ingest: str, token_file: Path, files: int, seed: int) -> None:
    """Post until interrupted."""
    configure_logging(environment(), "traffic")
    promised = load_catalogue(None)
    calendar = promised.calendar(promised.default_calendar)
    began = datetime(runner.now().year, 1, 1, tzinfo=UTC)
    ministry = Ministry(seed, promised, calendar, began, files=files)
    headers = {"authorization": f"Bearer {token_file.read_text().strip()}"}
    asyncio.run(_post_all(ingest, headers, chain(ministry.past(), ministry.live())))


async def _post_all(ingest: str, headers: dict[str, str], arrivals: Iterator[Arrival]) -> None:
    """Post every arrival once its moment has come: those of the past at once."""
    waiting: list[bytes] = []
    posted = 0
    async with httpx.AsyncClient(
        base_url=ingest, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False
    ) as client:
        for arrival in arrivals:
            ahead_seconds = (arrival.recorded_at - runner.now()).total_seconds()
            if waiting and (ahead_seconds > 0 or len(waiting) == _BATCH_EVENTS):
                await _post(client, waiting)
                posted += len(waiting)
                waiting.clear()
                click.echo(say(f"{posted} événements publiés", f"{posted} events posted"))
            await asyncio.sleep(max(0.0, ahead_seconds))
            waiting.append(arrival.raw)


async def _post(client: httpx.AsyncClient, events: list[bytes]) -> None:
    """Post a batch until it is accepted; what ingest refuses for good ends the command."""
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
            _require_busy(answer)
        await asyncio.sleep(_AGAIN_SECONDS)


def _require_busy(answer: httpx.Response) -> None:
    if answer.status_code not in _BUSY:
        said = f"{answer.url}: {answer.status_code} {answer.text[:500]}"
        fail(said, said)
