"""``echeance import``: an export of a case-management system goes the real way, then the report is printed.

The rows become CloudEvents, pass ingest's own parser, and are appended to the log; clock and compliance do the rest. Rows that
cannot be read are told with their line and reason, and the others go through.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import click

from services.clock.store import SERVICE as CLOCK
from services.compliance import forms, report
from services.compliance.attainment import Period
from services.compliance.store import SERVICE as COMPLIANCE
from services.ingest.attributes import Rules
from services.ingest.cloudevents import parse_structured
from services.ingest.faults import InvalidEventsError
from services.standalone import mapping_files
from services.standalone.distributed import Distributed, connected
from services.standalone.embedded import Embedded, opened
from services.standalone.export_readers import Export
from services.standalone.export_reasons import ExportError, Reason
from services.standalone.import_totals import (
    Rejection,
    Rejections,
    Totals,
    figures_of,
    print_totals,
)
from services.standalone.words import bar, environment, language, say
from shared import service
from shared.catalogue import Catalogue
from shared.events import Event, encode
from shared.log import FILE_CLOCKS, FILE_EVENTS, NewRecord, partition_of
from shared.shipped import load_catalogue

_BATCH_EVENTS = 10_000
_STEP_RECORDS = 60_000


@click.command(
    "import",
    help=say(
        "Importe l’export (CSV ou XES, gzip accepté) d’un système de gestion de dossiers, puis affiche le rapport.",
        "Import the export (CSV or XES, gzip too) of a case-management system, then print the report.",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=say("Ce que veulent dire les colonnes (YAML).", "What the columns mean (YAML)."),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier de données ; par défaut le système réparti de l’environnement, sinon un dossier temporaire.",
        "Data directory; by default the distributed system of the environment, else a temporary directory.",
    ),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_export(file: Path, mapping: Path, data: Path | None, form: str) -> None:
    """Import a file, print what it amounts to."""
    read, promised = mapping_files.load(mapping, load_catalogue(environment().catalogue))
    service.spare_collector()
    with Export(file, read) as export:
        totals = asyncio.run(_import(export, promised, data))
    if form == "json":
        click.echo(json.dumps(totals.figures, ensure_ascii=False))
    else:
        print_totals(totals)


async def _import(export: Export, promised: Catalogue, data: Path | None) -> Totals:
    given = environment()
    if given.kafka and data is None:
        async with connected(given) as system:
            return await _imported(export, promised, system, system.catch_up)
    with tempfile.TemporaryDirectory(prefix="echeance-") as temporary:
        settings = given._replace(data=data or Path(temporary), batch_records=_STEP_RECORDS)
        async with opened(settings, promised) as system:
            return await _imported(
                export, promised, system, partial(catch_up, system, service.now())
            )


async def _imported(
    export: Export,
    promised: Catalogue,
    system: Embedded | Distributed,
    catch_up: Callable[[], Awaitable[None]],
) -> Totals:
    now = service.now()
    rules = Rules(catalogue=promised, now=now, future_tolerance=system.settings.future_tolerance)
    rejections = Rejections()
    with bar(say("Lecture", "Reading"), export.size_bytes) as progress:
        rows = _events(export, rules, rejections)
        while events := list(islice(rows, _BATCH_EVENTS)):
            await system.log.append(FILE_EVENTS, records(events, system.log.partitions))
            progress.update(export.read_bytes - progress.pos)
    await catch_up()
    figures = await figures_of(system.compliance, rejections, export.ignored.total())
    today = promised.calendar(promised.default_calendar).local_day(now)
    whole = Period(say("toutes les années", "all years"), date.min, date.max)
    built = await report.build(system.compliance, promised, whole, today)
    return Totals(rejections, figures, forms.as_markdown(built, promised, language()))


async def catch_up(embedded: Embedded, now: datetime) -> None:
    """Let clock and compliance work through the log, with a bar each."""
    with bar(say("Calcul", "Counting"), await embedded.lag(FILE_EVENTS, CLOCK)) as progress:
        async for consumed in embedded.count(lambda: now):
            progress.update(consumed)
    with bar(say("Mesure", "Measuring"), await embedded.lag(FILE_CLOCKS, COMPLIANCE)) as progress:
        async for consumed in embedded.measure(lambda: now):
            progress.update(consumed)


def _events(export: Export, rules: Rules, rejections: Rejections) -> Iterator[Event]:
    """The events of an export; what cannot be read is added to the rejections."""
    spoken = language()
    try:
        for line, found in export:
            if isinstance(found, Reason):
                rejections.add(Rejection(line, found.text.within(spoken)))
                continue
            try:
                yield parse_structured(found, rules)
            except InvalidEventsError as error:
                told = "; ".join(fault.detail(spoken) for fault in error.faults)
                rejections.add(Rejection(line, told))
    except ExportError as error:
        rejections.add(Rejection(error.line, error.reason.text.within(spoken)))


def records(events: list[Event], partitions: int) -> list[NewRecord]:
    """Events as the log takes them."""
    keys = [event.file_id.encode() for event in events]
    return [
        NewRecord(partition_of(key, partitions), key, encode(event))
        for key, event in zip(keys, events, strict=True)
    ]
