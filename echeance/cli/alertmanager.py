"""``echeance alertmanager-config``: Alertmanager's configuration and templates, written from who supervises what, and checked."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import click

from echeance.cli.options import CATALOGUE
from services.compliance.notifications import supervisors
from services.compliance.notifications.alertmanager import TEAMS_SINCE, TEMPLATE, config_file
from shared.process import environment, fail, load_catalogue, say

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
    shipped = (
        resources.files("services.compliance.notifications") / "templates" / TEMPLATE
    ).read_text("utf-8")
    templates = config_file.templates(shipped, promised, environment().public_url)
    (folder / TEMPLATE).write_text(templates, encoding="utf-8")
    written = folder / _NAME
    text = config_file.configuration(directory, promised)
    written.write_text(text, encoding="utf-8")
    click.echo(say(f"{written} et {TEMPLATE}\u00a0: écrits", f"{written} and {TEMPLATE}: written"))
    _check(written, teams=config_file.needs_teams(directory))


def _check(written: Path, *, teams: bool) -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        click.echo(
            say(
                "amtool n’est pas installé\u00a0: non vérifiés",
                "amtool is not installed: not checked",
            )
        )
        return
    if teams and _version(amtool) < TEAMS_SINCE:
        needed = ".".join(map(str, TEAMS_SINCE))
        click.echo(
            say(
                f"Teams demande Alertmanager {needed} ou plus récent\u00a0; amtool est plus ancien\u00a0: non vérifiés",
                f"Teams needs Alertmanager {needed} or later; amtool is older: not checked",
            )
        )
        return
    done = subprocess.run(
        [amtool, "check-config", str(written)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        fail(
            f"amtool refuse {written}\u00a0:\n{done.stderr}",
            f"amtool refuses {written}:\n{done.stderr}",
        )
    click.echo(say("amtool\u00a0: aucune faute", "amtool: no fault"))


def _version(amtool: str) -> tuple[int, int]:
    done = subprocess.run([amtool, "--version"], check=False, capture_output=True, text=True)
    found = re.search(r"version (\d+)\.(\d+)", done.stdout + done.stderr)
    return (int(found[1]), int(found[2])) if found else (0, 0)
