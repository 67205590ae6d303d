"""``echeance export``: the files with their events and delays, for process-mining tools and warehouses."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import IO

import click

from echeance.cli.options import CATALOGUE, DATA, catalogue_in_use, database_beside, moment
from echeance.exporter import EXPORT_FORMATS, ExportCounts, Selection, SelectionError, export_files
from echeance.system import replace_private
from services.clock import ClockStore
from services.compliance import PeriodError, parse_period
from shared.domain import Catalogue
from shared.process import progress_bar, runner, say


@click.command(
    help=say(
        "Écrit les dossiers avec leurs événements et, par cycle, le délai compté, la limite, l’échéance et les arrêts\u00a0: un journal "
        "XES (IEEE 1849) ou OCEL 2.0 (JSON), ou un tableau CSV des événements ou des cycles. Rien ne change\u00a0; le système peut travailler.",
        "Write the files with their events and, per cycle, the delay counted, the limit, the due date and the stops: an XES (IEEE "
        "1849) or OCEL 2.0 (JSON) log, or a CSV table of the events or of the cycles. Nothing changes; the system may be at work.",
    )
)
@click.argument("form", metavar="|".join(EXPORT_FORMATS), type=click.Choice(list(EXPORT_FORMATS)))
@DATA
@CATALOGUE
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say(
        "Fichier à écrire, lisible de son seul propriétaire et entier ou absent\u00a0; la sortie standard par défaut.",
        "File to write, readable by its owner alone, and whole or absent; standard output by default.",
    ),
)
@click.option(
    "--standard",
    help=say(
        "Seulement les dossiers de cet engagement ou service.",
        "Only the files of this standard or service.",
    ),
)
@click.option(
    "--unit", help=say("Seulement les dossiers de cette unité.", "Only the files of this unit.")
)
@click.option(
    "--period",
    help=say(
        "Seulement les dossiers dont un cycle a commencé dans cette période\u00a0: 2026-2027, 2026-11, 2026-Q4, rolling-90…",
        "Only the files with a cycle that began in this period: 2026-2027, 2026-11, 2026-Q4, rolling-90…",
    ),
)
@click.option(
    "--ended",
    is_flag=True,
    help=say("… ou y a pris fin (avec --period).", "… or ended in it (with --period)."),
)
@click.option(
    "--all-events",
    is_flag=True,
    help=say(
        "Aussi les événements sans effet\u00a0: annulés, sans conséquence, annulations.",
        "Events without effect too: voided, without consequence, voids.",
    ),
)
@click.option(
    "--at",
    help=say(
        "Moment demandé (date ou instant avec décalage)\u00a0; maintenant par défaut.",
        "Moment asked about (a date, or an instant with its offset); now by default.",
    ),
)
@click.option(
    "--known-at",
    help=say(
        "Seulement ce qui avait été enregistré à ce moment\u00a0; maintenant par défaut.",
        "Only what had been recorded by that moment; now by default.",
    ),
)
def export(
    form: str,
    data: Path | None,
    catalogue_file: Path | None,
    to: Path | None,
    standard: str | None,
    unit: str | None,
    period: str | None,
    ended: bool,
    all_events: bool,
    at: str | None,
    known_at: str | None,
) -> None:
    """Write every selected file, and tell on standard error what was left out."""
    runner.tune_garbage_collector()
    catalogue = catalogue_in_use(data, catalogue_file)
    now = runner.now()
    selection = _selection(catalogue, now, standard, unit, period, ended)
    moments = moment("--at", at, catalogue, now), moment("--known-at", known_at, catalogue, now)
    if to is None:
        counts = asyncio.run(
            _export(form, data, catalogue, sys.stdout, selection, all_events, *moments)
        )
    else:
        with replace_private(to) as file:
            counts = asyncio.run(
                _export(form, data, catalogue, file, selection, all_events, *moments)
            )
    _tell(counts)


def _selection(
    catalogue: Catalogue,
    now: datetime,
    standard: str | None,
    unit: str | None,
    period: str | None,
    ended: bool,
) -> Selection:
    if ended and period is None:
        raise click.UsageError(say("--ended\u00a0: donnez --period", "--ended: give --period"))
    try:
        days = None
        if period is not None:
            today = catalogue.local_day(now)
            named = parse_period(period, today, catalogue.fiscal_year_start)
            days = named.first, named.last
        selection = Selection(standard, unit, days, "ended" if ended else "received")
        selection.require_known(catalogue)
    except PeriodError as error:
        raise click.BadParameter(str(error), param_hint="--period") from None
    except SelectionError as error:
        raise click.BadParameter(
            say(f"inconnu du catalogue\u00a0: {error}", f"not in the catalogue: {error}"),
            param_hint=error.option,
        ) from None
    return selection


async def _export(
    form: str,
    data: Path | None,
    catalogue: Catalogue,
    to: IO[str],
    selection: Selection,
    all_events: bool,
    at: datetime,
    known_at: datetime,
) -> ExportCounts:
    async with database_beside(data) as database:
        store = ClockStore(database)
        files = sum((await store.files_by_partition()).values())
        with progress_bar(say("Écriture", "Writing"), files) as progress:
            return await export_files(
                store,
                catalogue,
                form,
                to,
                at=at,
                known_at=known_at,
                selection=selection,
                all_events=all_events,
                advance=progress.update,
            )


def _tell(counts: ExportCounts) -> None:
    click.echo(
        say(
            f"{counts.files} dossiers, {counts.cycles} cycles, {counts.events} événements",
            f"{counts.files} files, {counts.cycles} cycles, {counts.events} events",
        ),
        err=True,
    )
    for count, why in (
        (counts.not_selected, say("dossiers hors de la sélection", "files outside the selection")),
        (
            counts.forgotten,
            say("dossiers oubliés, qui restent comptés", "forgotten files, which stay counted"),
        ),
        (
            counts.without_reception,
            say("dossiers sans réception connue", "files without a known reception"),
        ),
        (
            counts.without_effect,
            say(
                "événements sans effet (--all-events les écrit)",
                "events without effect (--all-events writes them)",
            ),
        ),
    ):
        if count:
            click.echo(
                say(f"non écrits\u00a0: {count} {why}", f"not written: {count} {why}"), err=True
            )
