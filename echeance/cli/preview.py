"""``echeance preview``: what a catalogue would change before it is in use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from echeance.cli.options import DATA
from echeance.preview import compare_catalogues
from echeance.system import DATABASE, beside_server, catalogue_of
from services.clock import ClockStore
from services.compliance.preview import PreviewDocument, PreviewStore, encode_preview, preview_lines
from shared.database import Database
from shared.domain import Catalogue
from shared.process import (
    distributed,
    environment,
    fail,
    language,
    load_catalogue,
    progress_bar,
    runner,
    say,
)


@click.command(
    help=say(
        "Dit ce qu’un catalogue changerait : échéances, retards, atteinte par mois, alertes, réponses déjà publiées. Rien ne change ; "
        "le système peut travailler.",
        "Tell what a catalogue would change: due dates, lateness, attainment by month, alerts, answers already published. Nothing "
        "changes; the system may be at work.",
    )
)
@click.argument("candidate", metavar="CATALOGUE", type=click.Path(exists=True, path_type=Path))
@DATA
@click.option(
    "--catalogue",
    "in_use",
    type=click.Path(path_type=Path),
    help=say(
        "Fichier du catalogue en vigueur ; celui du dossier, ou de l’environnement, par défaut.",
        "File of the catalogue in use; the directory's, or the environment's, by default.",
    ),
)
@click.option("--json", "as_json", is_flag=True, help=say("Tout, en JSON.", "Everything, as JSON."))
def preview(candidate: Path, data: Path | None, in_use: Path | None, as_json: bool) -> None:
    """Compare, keep the result for the page, and print it."""
    runner.tune_garbage_collector()
    following = load_catalogue(candidate)
    document = asyncio.run(_preview(following, data, in_use))
    if as_json:
        click.echo(encode_preview(document))
        return
    for line in preview_lines.lines(document, language(), following.zone):
        click.echo(line)


async def _preview(candidate: Catalogue, data: Path | None, in_use: Path | None) -> PreviewDocument:
    async with _database(data) as database:
        current = _current(data, in_use)
        if candidate.digest == current.digest:
            fail(
                f"c’est le catalogue en vigueur (révision {current.revision}) : rien à comparer",
                f"this is the catalogue in use (revision {current.revision}): nothing to compare",
            )
        files = sum((await ClockStore(database).files_by_partition()).values())
        with progress_bar(say("Compare", "Comparing"), files) as progress:
            document = await compare_catalogues(
                database, current, candidate, runner.now(), progress.update
            )
        await PreviewStore(database).replace(document)
        return document


def _current(data: Path | None, in_use: Path | None) -> Catalogue:
    settings = environment()
    if settings.kafka and data is None:
        return load_catalogue(in_use or settings.catalogue)
    return catalogue_of(data or settings.data, in_use)


@asynccontextmanager
async def _database(data: Path | None) -> AsyncIterator[Database]:
    """The directory's database, or that of the distributed system of the environment."""
    settings = environment()
    if settings.kafka and data is None:
        async with distributed.database(settings) as database:
            yield database
    else:
        directory = data or settings.data
        if not (directory / DATABASE).exists():
            fail(f"aucune donnée dans {directory}", f"no data in {directory}")
        async with beside_server(directory) as database:
            yield database
