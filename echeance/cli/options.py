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


CATALOGUE = click.option(
    "--catalogue",
    "catalogue_file",
    type=click.Path(path_type=Path),
    help=say(
        "Fichier du catalogue ; celui du MIFI par défaut.",
        "Catalogue file; the MIFI one by default.",
    ),
)
