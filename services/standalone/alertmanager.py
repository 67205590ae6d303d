"""``echeance alertmanager-config``: Alertmanager's configuration and templates, written from who supervises what, and checked."""

from __future__ import annotations

import shutil
import subprocess
from importlib import resources
from pathlib import Path

import click

from services.compliance import alertmanager_config, supervisors
from services.compliance.alertmanager_config import TEMPLATE
from services.standalone.administration import CATALOGUE
from services.standalone.words import environment, fail, say
from shared.shipped import load_catalogue

_NAME = "alertmanager.yml"


@click.command(
    "alertmanager-config",
    help=say(
        "Écrit la configuration d’Alertmanager à partir de supervisors.yaml et du catalogue, et la vérifie.",
        "Write Alertmanager’s configuration from supervisors.yaml and the catalogue, and check it.",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier où écrire ; celui de FILE par défaut.", "Directory to write to; FILE’s by default."
    ),
)
@CATALOGUE
def alertmanager_config_command(file: Path, output: Path | None, catalogue: Path | None) -> None:
    """Write both files, and say what amtool says of them."""
    promised = load_catalogue(catalogue or environment().catalogue)
    directory = supervisors.load(file.read_text(encoding="utf-8"), promised, str(file))
    folder = output or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    template = resources.files("services.compliance") / "templates" / TEMPLATE
    (folder / TEMPLATE).write_bytes(template.read_bytes())
    written = folder / _NAME
    text = alertmanager_config.configuration(directory, promised)
    written.write_text(text, encoding="utf-8")
    click.echo(say(f"{written} et {TEMPLATE} : écrits", f"{written} and {TEMPLATE}: written"))
    _check(written)


def _check(written: Path) -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        click.echo(
            say("amtool n’est pas installé : non vérifiés", "amtool is not installed: not checked")
        )
        return
    done = subprocess.run(
        [amtool, "check-config", str(written)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        fail(
            f"amtool refuse {written} :\n{done.stderr}", f"amtool refuses {written}:\n{done.stderr}"
        )
    click.echo(say("amtool : aucune faute", "amtool: no fault"))
