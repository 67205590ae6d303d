"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from shared.process import say

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
