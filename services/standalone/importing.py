"""``echeance import``: an export of a case-management system goes the real way, then the report is printed.

The rows become CloudEvents, pass ingest's own parser, and are appended to the log; clock and compliance do the rest. Rows that
cannot be read are told with their line and reason, and the others go through.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click

from services.clock.store import SERVICE as CLOCK
from services.compliance import forms, report
from services.compliance.attainment import Period, attainment
from services.compliance.store import SERVICE as COMPLIANCE
from services.ingest.attributes import Rules
from services.ingest.cloudevents import parse_structured
from services.ingest.faults import InvalidEventsError
from services.standalone import mapping_files
from services.standalone.embedded import Embedded, opened
from services.standalone.export_readers import Export
from services.standalone.export_reasons import ExportError, Reason
from services.standalone.words import environment, language, say
from shared import language as formats
from shared import service
from shared.catalogue import Catalogue
from shared.events import Event, encode
from shared.log import FILE_CLOCKS, FILE_EVENTS, NewRecord, partition_of
from shared.shipped import load_catalogue

_BATCH_EVENTS = 10_000
_STEP_RECORDS = 60_000
_LISTED_REJECTIONS = 10_000


class Rejection(NamedTuple):
    """A row that could not be read."""

    line: int
    reason: str


class Rejections:
    """All are counted; the first ten thousand are kept to be listed."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Rejection] = []

    def add(self, rejection: Rejection) -> None:
        self.count += 1
        if self.count <= _LISTED_REJECTIONS:
            self.first.append(rejection)


class Totals(NamedTuple):
    """What the file held, and what all files of the directory amount to."""

    rejections: Rejections
    figures: dict[str, Any]
    report: str


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
        "Dossier de données ; temporaire par défaut.", "Data directory; a temporary one by default."
    ),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_export(file: Path, mapping: Path, data: Path | None, form: str) -> None:
    """Import a file, print what it amounts to."""
    read, promised = mapping_files.load(mapping, load_catalogue(environment().catalogue))
    service.spare_collector()
    with tempfile.TemporaryDirectory(prefix="echeance-") as temporary, Export(file, read) as export:
        totals = asyncio.run(_import(export, promised, data or Path(temporary)))
    if form == "json":
        click.echo(json.dumps(totals.figures, ensure_ascii=False))
    else:
        _print(totals)


async def _import(export: Export, promised: Catalogue, data: Path) -> Totals:
    settings = environment()._replace(data=data, batch_records=_STEP_RECORDS)
    now = service.now()
    rules = Rules(catalogue=promised, now=now, future_tolerance=settings.future_tolerance)
    rejections = Rejections()
    async with opened(settings, promised) as embedded:
        with bar(say("Lecture", "Reading"), export.size_bytes) as progress:
            rows = _events(export, rules, rejections)
            while events := list(islice(rows, _BATCH_EVENTS)):
                await embedded.log.append(FILE_EVENTS, records(events, embedded.log.partitions))
                progress.update(export.read_bytes - progress.pos)
        await catch_up(embedded, now)
        figures = await _figures(embedded, rejections, export.ignored.total())
        today = promised.calendar(promised.default_calendar).local_day(now)
        whole = Period(say("toutes les années", "all years"), date.min, date.max)
        built = await report.build(embedded.compliance, promised, whole, today)
    return Totals(rejections, figures, forms.as_markdown(built, promised, language()))


async def catch_up(embedded: Embedded, now: datetime) -> None:
    """Let clock and compliance work through the log, with a bar each."""
    with bar(say("Calcul", "Counting"), await embedded.lag(FILE_EVENTS, CLOCK)) as progress:
        async for consumed in embedded.count(lambda: now):
            progress.update(consumed)
    with bar(say("Mesure", "Measuring"), await embedded.lag(FILE_CLOCKS, COMPLIANCE)) as progress:
        async for consumed in embedded.measure(lambda: now):
            progress.update(consumed)


def bar(label: str, length: int) -> Any:
    """A progress bar on standard error; hidden where nobody watches."""
    return click.progressbar(
        length=length, label=f"{label:<10}", file=sys.stderr, hidden=not sys.stderr.isatty()
    )


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


async def _figures(embedded: Embedded, rejections: Rejections, ignored: int) -> dict[str, Any]:
    """What the data directory holds after the import, all years and standards together."""
    store = embedded.compliance
    received, withdrawn = await store.outcomes("received"), await store.outcomes("withdrawn")
    decided, running = await store.outcomes("decided"), await store.outcomes("open")
    kept = attainment(decided)
    waiting = running.get("waiting", 0)
    return {
        "files": await store.files(),
        "received": sum(received.values()),
        "decided": sum(decided.values()) - decided.get("abandoned", 0),
        "on_time": kept.on_time,
        "late": kept.late,
        "open": sum(running.values()) - waiting,
        "waiting": waiting,
        "withdrawn": sum(withdrawn.values()) + decided.get("abandoned", 0),
        "attainment": None if kept.ratio is None else float(kept.ratio),
        "rejected": rejections.count,
        "ignored": ignored,
        "rejections": [rejection._asdict() for rejection in rejections.first],
    }


def _print(totals: Totals) -> None:
    """The report and the figures in words; rejected rows on standard error, with line and reason."""
    figures, spoken = totals.figures, language()
    click.echo(totals.report)
    ratio = figures["attainment"]
    kept = (
        None
        if ratio is None
        else Fraction(figures["on_time"], figures["on_time"] + figures["late"])
    )
    for french, english, value in (
        ("dossiers", "files", figures["files"]),
        ("reçus", "received", figures["received"]),
        ("décidés", "decided", figures["decided"]),
        ("dans le délai", "on time", figures["on_time"]),
        ("en retard", "late", figures["late"]),
        ("ouverts", "open", figures["open"]),
        ("en attente du client", "waiting for the client", figures["waiting"]),
        ("retirés", "withdrawn", figures["withdrawn"]),
        ("lignes refusées", "rejected rows", figures["rejected"]),
        ("lignes sans événement", "rows that are no event", figures["ignored"]),
    ):
        click.echo(f"{say(french, english):<26}{formats.number(value, spoken):>12}")
    click.echo(f"{say('atteinte', 'attainment'):<26}{formats.percent(kept, spoken):>12}")
    for line, reason in totals.rejections.first:
        click.echo(say(f"ligne {line} : {reason}", f"line {line}: {reason}"), err=True)
    if unlisted := totals.rejections.count - len(totals.rejections.first):
        click.echo(say(f"… et {unlisted} autres", f"… and {unlisted} more"), err=True)
