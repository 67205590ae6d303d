"""``echeance import``: an export of a case-management system goes the real way, then what it amounts to is printed.

The rows become CloudEvents, pass ingest's own parser, and wait on disk until the whole file has been read: what must be refused is
refused before anything is imported. Then they are compared with what is known of their files and appended to the log; clock and
compliance do the rest. At the end each row is asked for: what became of it is told, whatever it was.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click
import msgspec

from echeance.importer import mapping_file
from echeance.importer.cells import WrittenSpan
from echeance.importer.fates import Fates, Judge, RowPlace
from echeance.importer.mapping import ExportMapping
from echeance.importer.plan import Planner
from echeance.importer.readers import Export
from echeance.importer.reasons import ExportError, Reason
from echeance.importer.staging import StagedRow, Staging
from echeance.importer.totals import Totals, figures_of, print_rejections, print_totals
from echeance.system import Distributed, Embedded, catalogue_of, connect_services, open_embedded
from services.clock import SERVICE as CLOCK
from services.clock import Evaluator
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.attainment import ALL_YEARS, report, report_formats
from services.ingest.cloudevents import InvalidEventsError, Rules, parse_structured
from shared.domain import (
    Catalogue,
    Event,
    History,
    decode_dead_letter,
    decode_event,
    decode_history,
    encode,
)
from shared.log import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, NewRecord, partition_of
from shared.process import FilePath, environment, fail, language, progress_bar, runner, say

_BATCH_ROWS = 10_000
_STEP_RECORDS = 60_000


class _FileRows(NamedTuple):
    """The staged rows of one file, and what is known of it."""

    rows: Sequence[StagedRow]
    history: History


@click.command(
    "import",
    help=say(
        "Importe l’export (CSV ou XES, gzip accepté) d’un système de gestion de dossiers, puis affiche le rapport et ce qu’est "
        "devenue chaque ligne.",
        "Import the export (CSV or XES, gzip too) of a case-management system, then print the report and what became of every "
        "row.",
    ),
)
@click.argument("file", type=FilePath())
@click.option(
    "--mapping",
    required=True,
    type=FilePath(),
    help=say("Ce que veulent dire les colonnes (YAML).", "What the columns mean (YAML)."),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier de données\u00a0; par défaut le système réparti de l’environnement, sinon un dossier temporaire.",
        "Data directory; by default the distributed system of the environment, else a temporary directory.",
    ),
)
@click.option(
    "--corrections",
    is_flag=True,
    help=say(
        "L’export corrige ceux d’avant\u00a0: ce que la source a dit de ses dossiers et que l’export ne dit pas est annulé.",
        "The export corrects earlier ones: what the source said of its files and the export does not say is voided.",
    ),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_export(
    file: Path, mapping: Path, data: Path | None, corrections: bool, form: str
) -> None:
    """Import a file, print what it amounts to; exit status 1 where it breaks off, or nothing of it counted."""
    read, promised = mapping_file.load(mapping, catalogue_of(data))
    runner.tune_garbage_collector()
    planner = Planner(read.source, runner.now(), corrections)
    try:
        with Staging() as staging:
            fates = _read(file, read, promised, planner, staging)
            totals = asyncio.run(_import(planner, promised, data, staging, fates))
    except (
        sqlite3.OperationalError
    ) as error:  # of the rows that wait: the directory's own are told as unavailable
        fail(
            f"les lignes lues ne peuvent attendre sur le disque ({error})\u00a0: faire de la place, ou nommer un autre dossier par SQLITE_TMPDIR",
            f"the rows read cannot wait on the disk ({error}): make room, or name another folder by SQLITE_TMPDIR",
        )
    if form == "json":
        click.echo(json.dumps(totals.figures, ensure_ascii=False))
    else:
        print_totals(totals)
    _end(file, fates)


def _read(
    file: Path, mapping: ExportMapping, promised: Catalogue, planner: Planner, staging: Staging
) -> Fates:
    """Stage the rows that are events, and tell the others; ends the command where the file cannot be imported at all."""
    fates = Fates()
    tolerance = environment().future_tolerance
    rules = Rules(catalogue=promised, now=planner.now, future_tolerance=tolerance)
    try:
        with Export(file, mapping) as export, _reading_bar(export) as progress:
            rows = _events(export, rules, fates)
            while batch := list(islice(rows, _BATCH_ROWS)):
                staging.add(batch)
                progress.update(export.read_bytes - progress.pos)
    except ExportError as error:
        fates.broken = RowPlace(error.line, error.reason.text)
    if fates.broken is not None and not staging.rows:
        _refuse(file, fates, fates.broken)
    staging.sort()
    if mapping.columns.event_id is not None:
        _require_unique(mapping.columns.event_id.column, staging)
    if planner.corrects and (divided := staging.divided_file()) is not None:
        fail(
            f"le dossier {divided} a bien plus de lignes qu’un dossier ne peut avoir d’événements\u00a0: avec --corrections, rien n’est importé",
            f"the file {divided} has far more rows than a file may have events: with --corrections, nothing is imported",
        )
    if planner.corrects and (fates.rejected.count or fates.set_aside.count or fates.broken):
        print_rejections(fates)
        fail(
            "avec --corrections, toutes les lignes doivent être lisibles\u00a0: ce que dit une ligne illisible serait annulé\u00a0; rien "
            "n’est importé",
            "with --corrections every row must be readable: what an unreadable one says would be voided; nothing is imported",
        )
    return fates


def _reading_bar(export: Export) -> Any:
    return progress_bar(say("Lecture", "Reading"), export.size_bytes)


def _events(export: Export, rules: Rules, fates: Fates) -> Iterator[tuple[int, Event, WrittenSpan]]:
    """The events of an export; what cannot be read, or is none, is noted."""
    try:
        for line, found in export:
            if isinstance(found, Reason):
                fates.reject(line, found)
                continue
            try:
                event = parse_structured(found.event, rules)
            except InvalidEventsError as error:
                fates.refuse(line, error)
                continue
            yield line, event, found.span
    except ExportError as error:  # what came before is good
        fates.broken = RowPlace(error.line, error.reason.text)
    finally:
        fates.read = export.rows
        fates.ignored = export.ignored
        fates.outside_only = export.outside_only
        fates.respelt = export.respelt
        fates.never_seen = export.never_seen


def _refuse(file: Path, fates: Fates, broken: RowPlace) -> NoReturn:
    """End the command at a file that breaks off before there was an event."""
    print_rejections(fates)
    where = f"{file}:{broken.line}" if broken.line > 1 else str(file)
    why = broken.detail
    fail(f"{where}\u00a0: {why.fr}", f"{where}: {why.en}")


def _require_unique(column: str, staging: Staging) -> None:
    shared = staging.shared_identifiers()
    if not shared:
        return
    places = "; ".join(f"{one.event_id!r} ({one.lines[0]}, {one.lines[1]})" for one in shared)
    fail(
        f"la colonne {column!r}, donnée comme «\u00a0event_id\u00a0», ne distingue pas les lignes\u00a0: plusieurs d’un même dossier y ont la même "
        f"valeur et disent autre chose, par exemple {places}\u00a0; donner une colonne dont chaque ligne a sa valeur, ou enlever "
        "«\u00a0event_id\u00a0»\u00a0; rien n’est importé",
        f"the column {column!r}, given as “event_id”, does not tell rows apart: several of one file have one value in it and say "
        f"different things, for example {places}; give a column of which each row has a value of its own, or leave “event_id” out; "
        "nothing is imported",
    )


def _end(file: Path, fates: Fates) -> None:
    """Exit status 1, and why, for a file that breaks off or of which nothing counted."""
    if fates.broken is not None:
        line, why = fates.broken
        click.echo(
            say(
                f"Erreur\u00a0: {file} s’arrête à la ligne {line} ({why.fr})\u00a0; ce qui précède est importé",
                f"Error: {file} breaks off at line {line} ({why.en}); what comes before it is imported",
            ),
            err=True,
        )
        sys.exit(1)
    if not fates.counted and not fates.known_already:
        click.echo(
            say(
                f"Erreur\u00a0: aucune ligne de {file} n’a compté",
                f"Error: no row of {file} counted",
            ),
            err=True,
        )
        sys.exit(1)


async def _import(
    planner: Planner, promised: Catalogue, data: Path | None, staging: Staging, fates: Fates
) -> Totals:
    given = environment()
    if given.kafka and data is None:
        async with connect_services(given) as system:
            return await _imported(planner, promised, system, system.catch_up, staging, fates)
    with tempfile.TemporaryDirectory(prefix="echeance-") as temporary:
        settings = given._replace(data=data or Path(temporary), batch_records=_STEP_RECORDS)
        async with open_embedded(settings, promised) as embedded:
            await embedded.catch_up(lambda: planner.now)
            counted = partial(catch_up, embedded, planner.now)
            return await _imported(planner, promised, embedded, counted, staging, fates)


async def _imported(
    planner: Planner,
    promised: Catalogue,
    system: Embedded | Distributed,
    catch_up: Callable[[], Awaitable[None]],
    staging: Staging,
    fates: Fates,
) -> Totals:
    if isinstance(system, Distributed):
        await catch_up()  # what is known of a file is what the clock has counted
    letters_from = list(await system.log.ends(DEAD_LETTERS))
    await _publish(planner, system, staging, fates)
    await catch_up()
    await _keep_letters(planner, system, staging, letters_from)
    await _judge(planner, promised, system, staging, fates)
    fates.require_sum()
    figures = await figures_of(system.compliance, fates)
    today = promised.calendar(promised.default_calendar).local_day(planner.now)
    built = await report.build(system.compliance, promised, ALL_YEARS, today)
    return Totals(fates, figures, report_formats.as_markdown(built, promised, language()))


async def _publish(
    planner: Planner, system: Embedded | Distributed, staging: Staging, fates: Fates
) -> None:
    """Append what the rows add to what is known."""
    with progress_bar(say("Journal", "Log"), staging.rows) as progress:
        async for piece in _pieces(system, staging):
            events: list[Event] = []
            for known in piece:
                plan = planner.plan(known.rows, known.history)
                events += plan.events
                staging.note(plan.fates)
                fates.voided += plan.voided
                fates.restored += plan.restored
            for first in range(0, len(events), _BATCH_ROWS):
                batch = events[first : first + _BATCH_ROWS]
                await system.log.append(FILE_EVENTS, records(batch, system.log.partitions))
            progress.update(sum(len(known.rows) for known in piece))


async def _pieces(
    system: Embedded | Distributed, staging: Staging
) -> AsyncIterator[Sequence[_FileRows]]:
    """The staged rows, some files at a time, with what the clock has of each."""
    for piece in staging.pieces():
        rows = {file_id: list(same) for file_id, same in groupby(piece, attrgetter("file_id"))}
        stored = await system.clock.files(list(rows))
        yield [
            _FileRows(of_file, decode_history(stored[one].history) if one in stored else ())
            for one, of_file in rows.items()
        ]


async def _keep_letters(
    planner: Planner,
    system: Embedded | Distributed,
    staging: Staging,
    first: Sequence[int],
) -> None:
    """Keep why events of this import became dead letters."""
    for partition, offset in enumerate(first):
        async for records_read in system.log.replay(DEAD_LETTERS, partition, offset):
            found = []
            for record in records_read:
                letter = decode_dead_letter(record.value)
                event = _event_in(letter.value) if letter.topic == FILE_EVENTS else None
                if event and (event.source, event.recorded_at) == (planner.source, planner.now):
                    found.append((event.file_id, event.id, letter.reason))
            staging.add_letters(found)


def _event_in(stored: bytes) -> Event | None:
    try:
        event: Event = decode_event(stored)
        return event
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # not of this import: its records are events


async def _judge(
    planner: Planner,
    promised: Catalogue,
    system: Embedded | Distributed,
    staging: Staging,
    fates: Fates,
) -> None:
    """Ask for each row what became of it."""
    in_minutes = frozenset(
        name
        for name, standard in promised.standards.items()
        if not standard.current.limit.counts_days
    )
    judge = Judge(planner, Evaluator(promised), in_minutes)
    async for piece in _pieces(system, staging):
        letters: Mapping[tuple[str, str], str] = staging.letters(
            piece[0].rows[0].file_id, piece[-1].rows[0].file_id
        )
        for known in piece:
            judge.judge(known.rows, known.history, letters, fates)


async def catch_up(embedded: Embedded, now: datetime) -> None:
    """Let clock and compliance work through the log, with a bar each."""
    with progress_bar(
        say("Calcul", "Counting"), await embedded.lag(FILE_EVENTS, CLOCK)
    ) as progress:
        async for consumed in embedded.count(lambda: now):
            progress.update(consumed)
    with progress_bar(
        say("Mesure", "Measuring"), await embedded.lag(FILE_CLOCKS, COMPLIANCE)
    ) as progress:
        async for consumed in embedded.measure(lambda: now):
            progress.update(consumed)


def records(events: list[Event], partitions: int) -> list[NewRecord]:
    """Events as the log takes them."""
    keys = [event.file_id.encode() for event in events]
    return [
        NewRecord(partition_of(key, partitions), key, encode(event))
        for key, event in zip(keys, events, strict=True)
    ]
