"""``echeance import``: import an export of a case-management system, and report its rows."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from echeance.cli.options import CATALOGUE
from echeance.importer import (
    CorrectionPolicy,
    ExportError,
    Fates,
    import_file,
    print_totals,
    suggest,
)
from echeance.system import directory_copy
from shared.process import FilePath, environment, fail, language, load_catalogue, runner, say


@click.command(
    "import",
    help=say(
        "Importe l’export (CSV, classeur, lignes JSON, Parquet, XES ou OCEL) d’un système de gestion de dossiers, puis affiche "
        "le rapport et ce qu’est devenue chaque ligne.",
        "Import the export (CSV, workbook, JSON lines, Parquet, XES or OCEL) of a case-management system, then print the report "
        "and what became of every row.",
    ),
)
@click.argument("file", type=FilePath())
@click.option(
    "--mapping",
    type=FilePath(),
    help=say("Ce que veulent dire les colonnes (YAML).", "What the columns mean (YAML)."),
)
@click.option(
    "--suggest",
    "suggests",
    is_flag=True,
    help=say(
        "N’importe rien\u00a0: regarde FILE et écrit une correspondance commentée, pour les mots du catalogue.",
        "Import nothing: look at FILE and write a mapping with comments, for the words of the catalogue.",
    ),
)
@click.option(
    "--sheet", help=say("Feuille d’un classeur (--suggest).", "Sheet of a workbook (--suggest).")
)
@CATALOGUE
@click.option(
    "--dry-run",
    "dry",
    is_flag=True,
    help=say(
        "Ne change rien\u00a0: dit ce que donnerait l’import, sur une copie du dossier de données.",
        "Change nothing: say what would come of the import, on a copy of the data directory.",
    ),
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
    "--snapshot",
    "policy",
    flag_value="export_is_all",
    help=say(
        "L’export est tout ce que dit sa source\u00a0: il corrige ses dossiers, et ceux qu’il n’a plus sont retirés.",
        "The export is all that its source says: it corrects its files, and those it no longer has are taken back.",
    ),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_export(
    file: Path,
    mapping: Path | None,
    suggests: bool,
    sheet: str | None,
    catalogue_file: Path | None,
    dry: bool,
    data: Path | None,
    policy: CorrectionPolicy,
    form: str,
) -> None:
    """Import a file and print the totals; exit status 1 where it breaks off or nothing counted."""
    if suggests:
        _suggest(file, sheet, catalogue_file)
        return
    if mapping is None:
        fail(
            f"donnez --mapping MAPPING.yaml\u00a0; «\u00a0echeance import --suggest {file}\u00a0» en écrit une",
            f"give --mapping MAPPING.yaml; `echeance import --suggest {file}` writes one",
        )
    runner.tune_garbage_collector()
    try:
        with ExitStack() as opened:
            if dry:
                data = opened.enter_context(directory_copy(data))
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


def _suggest(file: Path, sheet: str | None, catalogue_file: Path | None) -> None:
    written = catalogue_file or environment().catalogue
    named = None if written is None else str(written)
    try:
        text = suggest(file, sheet, load_catalogue(written), named, language())
    except ExportError as error:
        why = error.reason.text
        fail(f"{file}\u00a0: {why.fr}", f"{file}: {why.en}")
    click.echo(text, nl=False)


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
