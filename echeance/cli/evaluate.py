"""``echeance evaluate``: one case a line in, one answer a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from echeance import cases
from echeance.cli.options import ANY_CATALOGUE
from shared.process import environment, fail, language, load_catalogue, say


@click.command(
    help=say(
        "Applique les règles de calcul à des histoires, une par ligne (JSON), et répond ligne par ligne.",
        "Apply the counting rules to histories, one a line (JSON), and answer line by line.",
    )
)
@click.argument(
    "file", type=click.File("r", encoding="utf-8", errors="replace"), metavar="CASES.jsonl"
)
@click.option(
    "--calendar",
    help=say(
        "Calendrier qui remplace celui de chaque cas.", "Calendar that overrides each case's own."
    ),
)
@ANY_CATALOGUE
def evaluate(file: TextIO, calendar: str | None, catalogue_file: Path | None) -> None:
    """Answer every case; exit status 1 when a line could not be read."""
    catalogue = load_catalogue(catalogue_file or environment().catalogue)
    if calendar is not None and calendar not in catalogue.calendars:
        calendars = ", ".join(catalogue.calendars)
        fail(
            f"aucun calendrier {calendar!r} : le catalogue a {calendars}",
            f"no calendar {calendar!r}: the catalogue has {calendars}",
        )
    failed = 0
    for line in file:
        if not line.strip():
            continue
        answered = cases.answer(line, catalogue, calendar, language())
        failed += "error" in answered
        click.echo(_line(answered))
    if failed:
        click.echo(
            say(f"{failed} ligne(s) illisible(s)", f"{failed} line(s) could not be read"), err=True
        )
        sys.exit(1)


def _line(answered: Mapping[str, Any]) -> str:
    """An answer as JSON; a lone surrogate, which UTF-8 lacks, is escaped."""
    text = json.dumps(answered, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
