"""``echeance preview``: what a catalogue would change before it is in use."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from echeance.cli.options import DATA, catalogue_in_use, database_beside
from echeance.preview import compare_catalogues
from services.clock import ClockStore
from services.compliance.preview import PreviewDocument, PreviewStore, encode_preview, preview_lines
from shared.domain import Catalogue
from shared.process import fail, language, load_catalogue, progress_bar, runner, say


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
    async with database_beside(data) as database:
        current = catalogue_in_use(data, in_use)
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
