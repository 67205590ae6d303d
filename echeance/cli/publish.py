"""``echeance publish``: an edition of the public report, kept to the byte."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from echeance import edition
from echeance.cli.options import DATA, catalogue_in_use, database_beside
from echeance.system import note_change
from services.clock import ClockStore
from services.compliance.editions import EditionDocument
from services.compliance.projection import ComplianceStore
from shared.http import ProblemError
from shared.process import environment, language, runner, say, tell

_LONGEST_NAME = 200


@click.command(
    help=say(
        "Publie un exercice terminé\u00a0: conserve le rapport public sous toutes ses formes, à l’octet près, avec son empreinte SHA-256.",
        "Publish a fiscal year that is over: keep the public report in all its forms, to the byte, with its SHA-256 digest.",
    )
)
@click.argument("fiscal_year", metavar="FISCAL_YEAR")
@click.option(
    "--by",
    "published_by",
    required=True,
    metavar="NAME",
    help=say("Qui publie (service ou fonction).", "Who publishes (an office or a role)."),
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Écrit aussi les documents dans ce dossier.", "Write the documents to this folder too."
    ),
)
@DATA
@click.option(
    "--catalogue",
    "in_use",
    type=click.Path(path_type=Path),
    help=say("Fichier du catalogue en vigueur.", "File of the catalogue in use."),
)
def publish(
    fiscal_year: str, published_by: str, out: Path | None, data: Path | None, in_use: Path | None
) -> None:
    """Keep an edition, and say what its documents are."""
    named = published_by.strip()
    if not named or len(named) > _LONGEST_NAME or not named.isprintable():
        raise click.BadParameter(
            say(
                "un nom d’une ligne, de 200 caractères au plus",
                "a name of one line, at most 200 characters",
            ),
            param_hint="--by",
        )
    number, documents = asyncio.run(_publish(fiscal_year, named, data, in_use))
    detail = {
        "fiscal_year": fiscal_year,
        "edition": number,
        "by": named,
        "documents": {one.name: one.digest for one in documents},
    }
    asyncio.run(note_change(environment(), data, "edition_published", detail))
    tell(f"édition {number} de {fiscal_year}", f"edition {number} of {fiscal_year}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    for one in documents:
        click.echo(f"  {one.digest}  {one.name}")
        if out is not None:
            (out / one.name).write_bytes(one.content)


async def _publish(
    fiscal_year: str, published_by: str, data: Path | None, in_use: Path | None
) -> tuple[int, Sequence[EditionDocument]]:
    """Publish; ends the command where the year may not be published."""
    catalogue = catalogue_in_use(data, in_use)
    async with database_beside(data) as database:
        await ClockStore(database).require(catalogue)
        store = ComplianceStore(database)
        try:
            return await edition.publish(store, catalogue, fiscal_year, published_by, runner.now())
        except ProblemError as error:
            message = error.detail.within(language()).format_map(error.values)
            raise click.ClickException(message) from None
