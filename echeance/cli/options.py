"""Options that several commands share, and what they name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import click

from echeance.system import CREDENTIALS, DATABASE, beside_server, catalogue_of
from shared.database import Database
from shared.domain import Catalogue
from shared.http import Credentials
from shared.process import distributed, environment, fail, load_catalogue, say
from shared.text import moments

DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say("Dossier de données.", "Data directory."),
)

ANY_CATALOGUE = click.option(
    "--catalogue",
    "catalogue_file",
    type=click.Path(path_type=Path),
    help=say("Fichier du catalogue.", "Catalogue file."),
)
"""Where the default is not the MIFI's: a data directory has a catalogue of its own."""

CATALOGUE = click.option(
    "--catalogue",
    "catalogue_file",
    type=click.Path(path_type=Path),
    help=say(
        "Fichier du catalogue ; celui du MIFI par défaut.",
        "Catalogue file; the MIFI one by default.",
    ),
)


def moment(option: str, written: str | None, catalogue: Catalogue, now: datetime) -> datetime:
    """What an option says of time: a date or an instant; ``now`` where it is absent."""
    try:
        return moments.parse_instant(written, catalogue.zone) if written else now
    except moments.MomentError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def catalogue_in_use(data: Path | None, path: Path | None) -> Catalogue:
    """The catalogue of a directory, or of the distributed system of the environment; or at ``path``."""
    settings = environment()
    if settings.kafka and data is None:
        return load_catalogue(path or settings.catalogue)
    return catalogue_of(data or settings.data, path)


def credentials_in_use(data: Path | None) -> Credentials:
    """The credentials of a directory, or of the distributed system of the environment."""
    settings = environment()
    if settings.kafka and data is None and settings.credentials is not None:
        return Credentials(settings.credentials)
    return Credentials((data or settings.data) / CREDENTIALS)


@asynccontextmanager
async def database_beside(data: Path | None) -> AsyncIterator[Database]:
    """The database of a directory, or of the distributed system of the environment, at work or not."""
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
