"""``echeance files``: what only an operator may decide about a file, appended as events.

A file taken by the wrong source is given back; a full one takes more events. Ingest accepts
neither, and a rebuild gives the same.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from echeance.cli.dead_letters import appending
from echeance.cli.options import DATA
from services.clock import MOST_EVENTS, MOST_RAISED
from shared.domain import (
    FILE_ID,
    LONGEST_SOURCE,
    OPERATOR,
    URI_REFERENCE,
    Administrative,
    AllowanceRaised,
    AllowanceRaisedData,
    Assigned,
    AssignedData,
    encode,
)
from shared.log import FILE_EVENTS, NewRecord, partition_of
from shared.process import environment, fail, runner, say, tell

_TWICE = 2 * MOST_EVENTS


@click.group(
    help=say(
        "Dossiers\u00a0: en rendre un à sa source, faire de la place dans un dossier plein.",
        "Files: give one back to its source, make room in one that is full.",
    )
)
def files() -> None:
    """On the data directory, or on Kafka where ECHEANCE_KAFKA is set."""


@files.command(
    help=say(
        "Confie un dossier à une source\u00a0: seuls ses événements, et ceux des sources qui partagent leurs dossiers avec elle, comptent, "
        "aussi ceux d’avant. Système embarqué\u00a0: l’arrêter d’abord.",
        "Give a file to a source: only its events, and those of sources that share their files with it, count, earlier ones too. "
        "Embedded system: stop it first.",
    )
)
@click.argument("file_id", metavar="FILE")
@click.option("--to", "source", required=True, metavar="SOURCE")
@DATA
def give(file_id: str, source: str, data: Path | None) -> None:
    """Say whose the file is, and what to do next."""
    _check(file_id, source)
    facts = _facts("assigned", file_id)
    asyncio.run(_append(data, Assigned(**facts, data=AssignedData(source=source))))
    tell(
        f"{file_id} appartient désormais à {source}.", f"{file_id} belongs to {source} from now on."
    )
    _say_what_is_next(file_id, data)


@files.command(
    help=say(
        "Fait de la place dans un dossier plein\u00a0: permet plus d’événements à une de ses sources. Système embarqué\u00a0: l’arrêter d’abord.",
        "Make room in a full file: allow more events to one of its sources. Embedded system: stop it first.",
    )
)
@click.argument("file_id", metavar="FILE")
@click.option("--source", required=True, metavar="SOURCE")
@click.option(
    "--events",
    type=click.IntRange(MOST_EVENTS + 1, MOST_RAISED),
    default=_TWICE,
    show_default=True,
    help=say("Événements de cette source permis en tout.", "Events of this source allowed in all."),
)
@DATA
def mend(file_id: str, source: str, events: int, data: Path | None) -> None:
    """Say how many events the file takes, and what to do next."""
    _check(file_id, source)
    raised = AllowanceRaisedData(source=source, events=events)
    asyncio.run(_append(data, AllowanceRaised(**_facts("raised", file_id), data=raised)))
    tell(
        f"{file_id} prend jusqu’à {events} événements de {source}.",
        f"{file_id} takes up to {events} events of {source}.",
    )
    _say_what_is_next(file_id, data)


def _check(file_id: str, source: str) -> None:
    if FILE_ID.fullmatch(file_id) is None:
        fail(f"{file_id!r} n’est pas un identifiant de dossier", f"{file_id!r} identifies no file")
    uri = URI_REFERENCE.fullmatch(source) is not None
    if not source or len(source) > LONGEST_SOURCE or not uri or source == OPERATOR:
        fail(
            f"{source!r} n’est pas une source\u00a0: une référence d’URI (RFC 3986)",
            f"{source!r} is not a source: a URI reference (RFC 3986)",
        )


def _facts(kind: str, file_id: str) -> dict[str, Any]:
    """The members of an operator's event: recorded when it happens, under its own identifier."""
    now = runner.now()
    return {
        "id": f"{kind}-{uuid4()}",
        "source": OPERATOR,
        "file_id": file_id,
        "time": now,
        "recorded_at": now,
    }


async def _append(data: Path | None, event: Administrative) -> None:
    key = event.file_id.encode()
    async with appending(data) as log:
        record = NewRecord(partition_of(key, log.partitions), key, encode(event))
        await log.append(FILE_EVENTS, [record])


def _say_what_is_next(file_id: str, data: Path | None) -> None:
    if data is not None or not environment().kafka:
        tell(
            "Compté au prochain démarrage (echeance up).",
            "Counted when the system starts again (echeance up).",
        )
    tell(
        "Ce que le dossier a refusé avant se relit et se renvoie\u00a0:",
        "What the file refused before can be looked at and sent again:",
    )
    where = f" --data {data}" if data is not None else ""
    click.echo(f"  echeance dead-letters list --file {file_id}{where}")
    click.echo(f"  echeance dead-letters replay --file {file_id}{where}")
