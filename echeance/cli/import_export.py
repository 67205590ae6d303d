"""``echeance import``: import an export of a case-management system, and report its rows."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import click

from echeance.importer import CorrectionPolicy, Fates, import_file, print_totals
from shared.process import FilePath, fail, runner, say


@click.command(
    "import",
    help=say(
        "Importe l’export (CSV ou XES, gzip accepté) d’un système de gestion de dossiers, puis affiche le rapport et ce qu’est "
        "devenue chaque ligne.",
        "Import the export (CSV or XES, gzip too) of a case-management system, then print the report and what became of every "
        "row.",
    ),
)
@click.argument("file", type=FilePath())
@click.option(
    "--mapping",
    required=True,
    type=FilePath(),
    help=say("Ce que veulent dire les colonnes (YAML).", "What the columns mean (YAML)."),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier de données\u00a0; par défaut le système réparti de l’environnement, sinon un dossier temporaire.",
        "Data directory; by default the distributed system of the environment, else a temporary directory.",
    ),
)
@click.option(
    "--corrections",
    "policy",
    flag_value="export_corrects",
    default="first_stands",
    help=say(
        "L’export corrige ceux d’avant\u00a0: ce que la source a dit de ses dossiers et que l’export ne dit pas est annulé.",
        "The export corrects earlier ones: what the source said of its files and the export does not say is voided.",
    ),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_export(
    file: Path, mapping: Path, data: Path | None, policy: CorrectionPolicy, form: str
) -> None:
    """Import a file and print the totals; exit status 1 where it breaks off or nothing counted."""
    runner.tune_garbage_collector()
    try:
        totals = import_file(file, mapping, data, policy)
    except (
        sqlite3.OperationalError
    ) as error:  # of the staged rows; the data directory's are UnavailableError
        fail(
            f"les lignes lues ne peuvent attendre sur le disque ({error})\u00a0: faire de la place, ou nommer un autre dossier par SQLITE_TMPDIR",
            f"the rows read cannot wait on the disk ({error}): make room, or name another folder by SQLITE_TMPDIR",
        )
    if form == "json":
        click.echo(json.dumps(totals.figures, ensure_ascii=False))
    else:
        print_totals(totals)
    _exit(file, totals.fates)


def _exit(file: Path, fates: Fates) -> None:
    """Exit status 1, and why, for a file that breaks off or of which nothing counted."""
    if fates.broken is not None:
        line, why = fates.broken
        click.echo(
            say(
                f"Erreur\u00a0: {file} s’arrête à la ligne {line} ({why.fr})\u00a0; ce qui précède est importé",
                f"Error: {file} breaks off at line {line} ({why.en}); what comes before it is imported",
            ),
            err=True,
        )
        sys.exit(1)
    if not fates.counted and not fates.known_already:
        click.echo(
            say(
                f"Erreur\u00a0: aucune ligne de {file} n’a compté",
                f"Error: no row of {file} counted",
            ),
            err=True,
        )
        sys.exit(1)
