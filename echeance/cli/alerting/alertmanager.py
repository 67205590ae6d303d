"""``echeance alertmanager-config``: write and check Alertmanager's configuration."""

from __future__ import annotations

from pathlib import Path

import click

from echeance.cli.options import CATALOGUE
from echeance.system import write_private
from services.compliance.notifications import Directory, supervisors
from services.compliance.notifications.alertmanager import (
    TEAMS_SINCE,
    TEMPLATE,
    AmtoolError,
    config_file,
    find_amtool,
    template_file,
)
from shared.process import environment, fail, load_catalogue, say, tell

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
def alertmanager_config_command(
    file: Path, output: Path | None, catalogue_file: Path | None
) -> None:
    """Write both files, and say what amtool says of them."""
    catalogue = load_catalogue(catalogue_file or environment().catalogue)
    directory = supervisors.load(file.read_text(encoding="utf-8"), catalogue, str(file))
    folder = output or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    templates = template_file(catalogue, environment().public_url)
    (folder / TEMPLATE).write_text(templates, encoding="utf-8")
    config = folder / _NAME
    text = config_file.configuration(directory, catalogue)
    write_private(config, text)
    tell(f"{config} et {TEMPLATE}\u00a0: écrits", f"{config} and {TEMPLATE}: written")
    _check(config, directory)


def _check(config: Path, directory: Directory) -> None:
    amtool = find_amtool()
    if amtool is None:
        tell(
            "amtool n’est pas installé\u00a0: non vérifiés", "amtool is not installed: not checked"
        )
        return
    if config_file.needs_teams(directory) and amtool.version() < TEAMS_SINCE:
        needed = ".".join(map(str, TEAMS_SINCE))
        tell(
            f"Teams demande Alertmanager {needed} ou plus récent\u00a0; amtool est plus ancien\u00a0: non vérifiés",
            f"Teams needs Alertmanager {needed} or later; amtool is older: not checked",
        )
        return
    try:
        amtool.check(config)
    except AmtoolError as error:
        fail(f"amtool refuse {config}\u00a0:\n{error}", f"amtool refuses {config}:\n{error}")
    tell("amtool\u00a0: aucune faute", "amtool: no fault")
