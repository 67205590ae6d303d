"""``echeance explain``: a file's ledger in words, day by day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from echeance import explanation
from echeance.cli.options import ANY_CATALOGUE, DATA, moment
from echeance.system import catalogue_of, read_only
from services.clock import ClockStore, Evaluator
from shared.domain import Catalogue, History, decode_history
from shared.process import environment, fail, language, runner, say


@click.command(
    help=say(
        "Explique un dossier jour par jour : ce qui a compté, ce qui n’a pas compté, et pourquoi.",
        "Explain a file day by day: what counted, what did not, and why.",
    )
)
@click.argument("file_id", metavar="FILE_ID")
@DATA
@click.option(
    "--at",
    help=say(
        "Moment demandé (date ou instant avec décalage) ; maintenant par défaut.",
        "Moment asked about (a date, or an instant with its offset); now by default.",
    ),
)
@ANY_CATALOGUE
def explain(file_id: str, data: Path | None, at: str | None, catalogue_file: Path | None) -> None:
    """Print the ledger of every cycle of a file."""
    directory = data or environment().data
    catalogue = catalogue_of(directory, catalogue_file)
    as_of = moment("--at", at, catalogue, runner.now())
    history = asyncio.run(_history(file_id, directory, catalogue))
    reading = Evaluator(catalogue).files.read(history, as_of)
    for line in explanation.lines(file_id, history, catalogue, reading, language()):
        click.echo(line)


async def _history(file_id: str, data: Path, catalogue: Catalogue) -> History:
    async with read_only(data) as database:
        store = ClockStore(database)
        await store.require(catalogue)
        files = await store.files([file_id])
    if file_id not in files:
        fail(f"aucun dossier {file_id!r} dans {data}", f"no file {file_id!r} in {data}")
    return decode_history(files[file_id].history)
