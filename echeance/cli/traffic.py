"""``echeance traffic``: the events of a made-up ministry, posted to a running ingest."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import click

from echeance.demo import Ministry, post_all
from shared.process import configure_logging, environment, load_catalogue, runner, say


@click.command(
    help=say(
        "Publie à un service ingest les événements d’un ministère inventé : plus de deux ans de passé, puis "
        "chaque événement à son heure, jusqu’à Ctrl-C.",
        "Post the events of a made-up ministry to an ingest service: more than two years of past, then each "
        "event when its moment comes, until Ctrl-C.",
    )
)
@click.argument("ingest")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help=say("Fichier du jeton qui peut publier.", "File of the token that may publish."),
)
@click.option(
    "--files",
    type=click.IntRange(100, 1_000_000),
    default=24_000,
    show_default=True,
    help=say("Dossiers en deux ans.", "Files in two years."),
)
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=say(
        "Autorité du certificat d’ingest, pour une adresse https://.",
        "Authority of the ingest service's certificate, for an https:// address.",
    ),
)
@click.option("--seed", type=int, default=2021, show_default=True)
def traffic(ingest: str, token_file: Path, files: int, ca_file: Path | None, seed: int) -> None:
    """Post until interrupted."""
    configure_logging(environment(), "traffic")
    catalogue = load_catalogue(None)
    calendar = catalogue.calendar()
    began = datetime(runner.now().year, 1, 1, tzinfo=UTC)
    ministry = Ministry(seed, catalogue, calendar, began, files=files)
    headers = {"authorization": f"Bearer {token_file.read_text().strip()}"}
    context = None if ca_file is None else ssl.create_default_context(cafile=ca_file)
    arrivals = chain(ministry.past(), ministry.live())
    asyncio.run(post_all(ingest, headers, arrivals, context))
