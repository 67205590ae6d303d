"""``echeance audit``: the trail of who read and changed what, verified and exported."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from echeance.cli.options import DATA, database_beside, moment
from echeance.system import replace_private
from shared.audit import (
    AUDIT_KINDS,
    AuditFilter,
    AuditKind,
    AuditRecord,
    AuditStore,
    ChainFault,
    Head,
    ReadLine,
    Verification,
    read_line,
    verify_chains,
)
from shared.log import AUDIT
from shared.log.kafka import replay_in_order
from shared.process import (
    FilePath,
    distributed,
    environment,
    fail,
    load_catalogue,
    runner,
    say,
    tell,
)

_PAGE: Final = 1_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS: Final = (
    *(
        name
        for name in AuditRecord.__struct_fields__
        if name not in ("previous", "salt", "file_sha256", "detail")
    ),
    "file_forgotten",
)
_FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "unreadable": ("illisible, ligne", "unreadable, line"),
    "changed": ("modifiée, inscription", "changed, record"),
    "missing": ("il manque, à partir de l’inscription", "missing, from record"),
    "reordered": ("hors de sa place, inscription", "out of its place, record"),
    "repeated": ("deux contenus, inscription", "two contents, record"),
    "cut": ("coupée avant l’inscription", "cut before record"),
    "misfiled": ("rangée sous d’autres valeurs, inscription", "filed under other values, record"),
}


@click.group(
    help=say(
        "Journal des accès\u00a0: qui a lu ou changé quoi.",
        "Audit trail: who read or changed what.",
    )
)
def audit() -> None:
    """Verify and export the trail."""


@audit.command(
    help=say(
        "Vérifie les chaînes d’empreintes\u00a0; 1 si une inscription a été modifiée, retirée ou déplacée.",
        "Verify the chains of digests; status 1 where a record was changed, removed or moved.",
    )
)
@click.option(
    "--heads",
    "heads_file",
    type=FilePath(),
    help=say(
        "Têtes de chaînes gardées ailleurs (echeance audit heads).",
        "Heads of chains that were kept elsewhere (echeance audit heads).",
    ),
)
@click.option(
    "--topic",
    is_flag=True,
    help=say(
        "Vérifie aussi le sujet Kafka, et non le seul index.",
        "Verify the Kafka topic too, and not its index alone.",
    ),
)
@DATA
def verify(heads_file: Path | None, topic: bool, data: Path | None) -> None:
    """Print the faults, one a line, and what was verified."""
    saved = _saved(heads_file) if heads_file else {}
    if topic and not environment().kafka:
        fail(
            "il n’y a pas de sujet sans ECHEANCE_KAFKA", "there is no topic without ECHEANCE_KAFKA"
        )
    results = asyncio.run(_verified(saved, data, topic))
    faults = [fault for one in results for fault in one.faults]
    for fault in faults:
        click.echo(_told(fault))
    for one in results:
        tell(
            f"{one.records} inscriptions, {len(one.heads)} chaînes, dont {len(one.unclosed)} sans fin (processus en marche ou tué)",
            f"{one.records} records, {len(one.heads)} chains, of which {len(one.unclosed)} without an end (process at work, or killed)",
        )
    if faults:
        fail(f"{len(faults)} défauts", f"{len(faults)} faults")


async def _verified(
    saved: Mapping[str, Head], data: Path | None, topic: bool
) -> Sequence[Verification]:
    async with database_beside(data) as database:
        store = AuditStore(database)
        heads = await store.heads()  # before the lines, which processes at work add to
        claims = [*saved.items(), *heads.items(), *await store.checkpoints()]
        results = [await store.verify(claims)]
    if topic:
        async with distributed.cluster(environment()) as log:

            async def lines() -> AsyncIterator[ReadLine]:
                for partition in range(log.partitions):
                    async for records in replay_in_order(log, AUDIT, partition):
                        for one in records:
                            yield read_line(one.record.value)

            results.append(await verify_chains(lines(), None, claims))
    return results


@audit.command(
    help=say(
        "Écrit la tête de chaque chaîne en JSON, à garder hors du système pour verify --heads.",
        "Print the head of each chain as JSON, to be kept outside of the system for verify --heads.",
    )
)
@DATA
def heads(data: Path | None) -> None:
    """One JSON object: the last record of each chain, with its digest."""

    async def read() -> Mapping[str, Head]:
        async with database_beside(data) as database:
            return await AuditStore(database).heads()

    found = asyncio.run(read())
    click.echo(json.dumps({writer: list(head) for writer, head in found.items()}, indent=1))


@audit.command(
    help=say(
        "Exporte les inscriptions, les plus récentes d’abord\u00a0: JSON par ligne, ou CSV.",
        "Export records, the newest first: JSON lines, or CSV.",
    )
)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--since", help=say("Depuis ce moment.", "From this moment on."))
@click.option("--until", help=say("Avant ce moment.", "Before this moment."))
@click.option("--who", help=say("Nom du jeton ou de la personne.", "Name of the token or person."))
@click.option("--file", "file_id", help=say("Identifiant du dossier.", "Identifier of the file."))
@click.option("--kind", type=click.Choice(AUDIT_KINDS))
@click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("Fichier\u00a0; sortie standard par défaut.", "File; standard output by default."),
)
@DATA
def export(
    form: str,
    since: str | None,
    until: str | None,
    who: str | None,
    file_id: str | None,
    kind: AuditKind | None,
    path: Path | None,
    data: Path | None,
) -> None:
    """Write every record that is asked for."""
    catalogue, now = load_catalogue(None), runner.now()
    wanted = AuditFilter(
        moment("--since", since, catalogue, now) if since else None,
        moment("--until", until, catalogue, now) if until else None,
        who,
        file_id,
        kind,
    )
    if path is None:
        asyncio.run(_export(wanted, form, sys.stdout, data))
        return
    with replace_private(path) as file:
        asyncio.run(_export(wanted, form, file, data))


async def _export(wanted: AuditFilter, form: str, out: IO[str], data: Path | None) -> None:
    async with database_beside(data) as database:
        store, after = AuditStore(database), None
        writer = csv.writer(out)
        if form == "csv":
            writer.writerow(_COLUMNS)
        while True:
            rows = await store.rows(wanted, after, _PAGE)
            for row in rows:
                if form == "csv":
                    writer.writerow(_cells(row.record))
                else:
                    out.write(row.line.decode("utf-8", "replace") + "\n")
            if len(rows) < _PAGE:
                return
            after = rows[-1].cursor


def _cells(record: AuditRecord) -> Iterator[str]:
    """The cells of a record; none that a spreadsheet takes for a formula."""
    for name in _COLUMNS:
        value = getattr(record, name)
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
        yield f"'{text}" if text.startswith(_FORMULA) else text


def _saved(path: Path) -> Mapping[str, Head]:
    """The heads of a file that ``echeance audit heads`` printed."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Head])
    except (msgspec.DecodeError, UnicodeDecodeError):
        fail(
            f"{path} n’est pas un fichier de « echeance audit heads »",
            f"{path} is not a file of `echeance audit heads`",
        )


def _told(fault: ChainFault) -> str:
    french, english = _FAULTS[fault.kind]
    return f"{fault.writer or '?'}: {say(french, english)} {fault.seq}"
