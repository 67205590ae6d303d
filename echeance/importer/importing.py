"""The import of an export: rows to events, events to the log, and the fate of each row.

Rows become CloudEvents, pass ingest's parser, and are staged on disk until the whole file has been
read: a file that must be refused is refused before anything is imported. Then they are compared
with the histories that the clock has, appended to the log, and counted. At the end the fate of
every row is determined, whatever it is.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from echeance.importer import mapping_file
from echeance.importer.fates import Fates, Judge, RowPlace
from echeance.importer.plan import CorrectionPolicy, Planner, StagedRow
from echeance.importer.readers import Export
from echeance.importer.staging import Staging
from echeance.importer.totals import Totals, figures_of, print_rejections
from echeance.system import (
    Distributed,
    Embedded,
    catalogue_of,
    connect_services,
    event_records,
    open_embedded,
)
from services.clock import Evaluator
from services.compliance.attainment import ALL_YEARS, report, report_formats
from services.ingest.cloudevents import InvalidEventsError, Rules, parse_structured
from shared.domain import (
    Catalogue,
    Event,
    History,
    decode_dead_letter,
    decode_event,
    decode_history,
)
from shared.log import DEAD_LETTERS, FILE_EVENTS
from shared.mapping import ExportError, ExportMapping, Reason, WrittenSpan
from shared.process import environment, fail, language, progress_bar, runner, say

_BATCH_ROWS = 10_000
_STEP_RECORDS = 15_000  # of each of two partitions in flight
_VANISHED_AT_ONCE = 1_000
_FEW_FILES = 10


class _FileRows(NamedTuple):
    """The staged rows of one file, and its history."""

    rows: Sequence[StagedRow]
    history: History

    @property
    def file_id(self) -> str:
        return self.rows[0].file_id


def import_file(file: Path, mapping: Path, data: Path | None, policy: CorrectionPolicy) -> Totals:
    """Import an export into a data directory, the distributed system, or a temporary directory.

    Ends the command, with nothing imported, where the file cannot be imported at all.
    """
    read, catalogue = mapping_file.load(mapping, catalogue_of(data))
    planner = Planner(read.source, runner.now(), policy)
    with Staging() as staging:
        fates = _read(file, read, catalogue, planner, staging)
        return asyncio.run(_import(planner, catalogue, data, staging, fates))


def _read(
    file: Path, mapping: ExportMapping, catalogue: Catalogue, planner: Planner, staging: Staging
) -> Fates:
    """Stage the events and note the other rows; ends the command where nothing can be imported."""
    fates = Fates()
    settings = environment()
    rules = Rules(
        catalogue=catalogue,
        now=planner.now,
        future_tolerance=settings.future_tolerance,
        personal_identifiers=settings.personal_identifiers,
    )
    try:
        with (
            Export(file, mapping, staging.add_due) as export,
            progress_bar(say("Lecture", "Reading"), export.size_bytes) as progress,
        ):
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
            "avec --corrections ou --snapshot, toutes les lignes doivent être lisibles\u00a0: ce que dit une ligne illisible serait "
            "annulé\u00a0; rien n’est importé",
            "with --corrections or --snapshot every row must be readable: what an unreadable one says would be voided; nothing is "
            "imported",
        )
    return fates


def _events(export: Export, rules: Rules, fates: Fates) -> Iterator[tuple[int, Event, WrittenSpan]]:
    """The events of an export; rows that cannot be read, or are no events, are noted."""
    try:
        for line, row in export:
            if isinstance(row, Reason):
                fates.reject(line, row)
                continue
            try:
                event = parse_structured(row.event, rules)
            except InvalidEventsError as error:
                fates.refuse(line, error)
                continue
            yield line, event, row.span
    except ExportError as error:  # what came before is good
        fates.broken = RowPlace(error.line, error.reason.text)
    finally:
        fates.read = export.rows
        fates.ignored = export.counts.ignored
        fates.outside_only = export.counts.outside_only
        fates.respelt = export.counts.respelt
        fates.never_seen = export.never_seen
        fates.remarks = export.remarks


def _refuse(file: Path, fates: Fates, broken: RowPlace) -> NoReturn:
    """End the command for a file that breaks off before its first event."""
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


async def _import(
    planner: Planner, catalogue: Catalogue, data: Path | None, staging: Staging, fates: Fates
) -> Totals:
    settings = environment()
    if settings.kafka and data is None:
        async with connect_services(settings) as services:
            await services.catch_up()  # what is known of a file is what the clock has counted
            run = _Import(planner, catalogue, services, staging, fates)
            return await run.totals(services.catch_up)
    with tempfile.TemporaryDirectory(prefix="echeance-") as temporary:
        settings = settings._replace(data=data or Path(temporary), batch_records=_STEP_RECORDS)
        async with open_embedded(settings, catalogue) as embedded:
            await embedded.catch_up(lambda: planner.now)
            catch_up = partial(embedded.catch_up_with_progress, lambda: planner.now)
            return await _Import(planner, catalogue, embedded, staging, fates).totals(catch_up)


class _Import(NamedTuple):
    """The import of the staged rows into a system that has counted its log."""

    planner: Planner
    catalogue: Catalogue
    system: Embedded | Distributed
    staging: Staging
    fates: Fates

    async def totals(self, catch_up: Callable[[], Awaitable[None]]) -> Totals:
        """Append the events, have them counted, and determine the fates."""
        letters_from = list(await self.system.log.ends(DEAD_LETTERS))
        if self.planner.is_all:
            await self._find_vanished()
        await self._publish()
        await self._take_back_vanished()
        await catch_up()
        await self._keep_letters(letters_from)
        await self._judge()
        self.fates.require_sum()
        compliance = self.system.compliance
        figures = await figures_of(compliance, self.fates)
        today = self.catalogue.local_day(self.planner.now)
        built = await report.build(compliance, self.catalogue, ALL_YEARS, today)
        text = report_formats.as_markdown(built, self.catalogue, language())
        return Totals(self.fates, figures, text)

    async def _publish(self) -> None:
        """Append the events that the clock does not have."""
        log, fates = self.system.log, self.fates
        with progress_bar(say("Journal", "Log"), self.staging.rows) as progress:
            async for piece in self._pieces():
                events: list[Event] = []
                for file in piece:
                    plan = self.planner.plan(file.rows, file.history)
                    events += plan.events
                    self.staging.note(plan.fates)
                    fates.voided += plan.voided
                    fates.restored += plan.restored
                for first in range(0, len(events), _BATCH_ROWS):
                    batch = events[first : first + _BATCH_ROWS]
                    await log.append(FILE_EVENTS, event_records(batch, log.partitions))
                progress.update(sum(len(file.rows) for file in piece))

    async def _find_vanished(self) -> None:
        """Keep the files of the source that the export no longer has; of too many, end the command."""
        known = vanished = 0
        for partition in range(self.system.log.partitions):
            after = ""
            while files := await self.system.clock.after(partition, after, _VANISHED_AT_ONCE):
                after = files[-1].file_id
                said = [
                    one.file_id
                    for one in files
                    if self.planner.standing(decode_history(one.history))
                ]
                known += len(said)
                vanished += self.staging.keep_vanished(said)
        if known >= _FEW_FILES and vanished * 2 > known:
            fail(
                f"cet export n’a plus {vanished} des {known} dossiers de sa source\u00a0: est-ce bien tout ce qu’elle dit\u00a0? Rien n’est "
                "importé\u00a0; --corrections ne touche qu’aux dossiers de l’export",
                f"this export no longer has {vanished} of the {known} files of its source: is it all that the source says? Nothing is "
                "imported; --corrections leaves files outside the export alone",
            )

    async def _take_back_vanished(self) -> None:
        """Void all that the source said of the files that its export no longer has."""
        log, fates = self.system.log, self.fates
        for file_ids in self.staging.vanished():
            for first in range(0, len(file_ids), _VANISHED_AT_ONCE):
                stored = await self.system.clock.files(file_ids[first : first + _VANISHED_AT_ONCE])
                events: list[Event] = []
                for file_id, file in stored.items():
                    events += self.planner.take_back(file_id, decode_history(file.history))
                    fates.note_vanished(file_id)
                fates.voided += len(events)
                await log.append(FILE_EVENTS, event_records(events, log.partitions))

    async def _pieces(self) -> AsyncIterator[Sequence[_FileRows]]:
        """The staged rows, some files at a time, with their histories."""
        for piece in self.staging.pieces():
            rows = {file_id: list(same) for file_id, same in groupby(piece, attrgetter("file_id"))}
            stored = await self.system.clock.files(list(rows))
            yield [
                _FileRows(of_file, decode_history(stored[one].history) if one in stored else ())
                for one, of_file in rows.items()
            ]

    async def _keep_letters(self, first: Sequence[int]) -> None:
        """Stage the reasons of this import's dead letters."""
        of_import = (self.planner.source, self.planner.now)
        for partition, offset in enumerate(first):
            async for records in self.system.log.replay(DEAD_LETTERS, partition, offset):
                letters = [decode_dead_letter(record.value) for record in records]
                self.staging.add_letters(
                    (event.file_id, event.id, letter.reason)
                    for letter in letters
                    if letter.topic == FILE_EVENTS
                    and (event := _event_in(letter.value)) is not None
                    and (event.source, event.recorded_at) == of_import
                )

    async def _judge(self) -> None:
        """Determine the fate of every row."""
        in_minutes = frozenset(
            word
            for word in self.catalogue.listed("standards")
            for name in self.catalogue.standards_of(word)
            if not self.catalogue.standards[name].current.limit.counts_days
        )
        judge = Judge(self.planner, Evaluator(self.catalogue), in_minutes)
        async for piece in self._pieces():
            letters = self.staging.letters(piece[0].file_id, piece[-1].file_id)
            due = self.staging.due(piece[0].file_id, piece[-1].file_id)
            published = await self.system.compliance.snapshots([one.file_id for one in piece])
            for file in piece:
                snapshot = published.get(file.file_id)
                judge.judge(file.rows, file.history, snapshot, letters, due, self.fates)


def _event_in(stored: bytes) -> Event | None:
    try:
        event: Event = decode_event(stored)
        return event
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # not of this import: its records are events
