"""``echeance standards``: the commitments of a catalogue, the check of one, and one to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from echeance.cli.options import CATALOGUE
from echeance.doubts import doubts
from shared.domain import Catalogue
from shared.process import environment, fail, first_catalogue, language, load_catalogue, say, tell
from shared.text import Text, formats


@click.group(
    invoke_without_command=True,
    help=say(
        "Les engagements du catalogue ; « check » vérifie un fichier, « init » en commence un.",
        "The catalogue's commitments; `check` checks a file, `init` begins one.",
    ),
)
@click.pass_context
@CATALOGUE
def standards(context: click.Context, catalogue_file: Path | None) -> None:
    """List the commitments."""
    if context.invoked_subcommand is None:
        _list_standards(load_catalogue(catalogue_file or environment().catalogue))


def _list_standards(catalogue: Catalogue) -> None:
    spoken = language()
    click.echo(
        f"{getattr(catalogue.name, spoken)} ({catalogue.catalogue}, {say('révision', 'revision')} {catalogue.revision})"
    )
    for identifier, standard in catalogue.standards.items():
        target = formats.target(standard.current.target, spoken)
        name = getattr(standard.name, spoken)
        click.echo(
            f"  {identifier:<28}{target:>6}  {standard.current.limit.in_words(spoken):<20} {name}"
        )


@standards.command(
    help=say(
        "Vérifie un catalogue : dit la ligne et la colonne de chaque faute, et ce qui surprend.",
        "Check a catalogue: tells the line and column of every fault, and what is surprising.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Read a catalogue, and say so; what is legal and surprising goes to standard error."""
    catalogue = load_catalogue(file)
    warnings = doubts(catalogue)
    for warning in warnings:
        click.echo(f"{file}:{warning.within(language())}", err=True)
    spoken = language()
    count = formats.quantity(len(catalogue.standards), _COMMITMENT, spoken)
    more = f", {formats.quantity(len(warnings), _WARNING, spoken)}" if warnings else ""
    tell(
        f"{file} : {count}, révision {catalogue.revision}, aucune faute{more}",
        f"{file}: {count}, revision {catalogue.revision}, no fault{more}",
    )


_COMMITMENT = Text("{n} engagement", "{n} commitment"), Text("{n} engagements", "{n} commitments")
_WARNING = Text("{n} avertissement", "{n} warning"), Text("{n} avertissements", "{n} warnings")


@standards.command(
    help=say(
        "Les jours fériés d’une année, de chaque calendrier d’un catalogue.",
        "The holidays of a year, of each calendar of a catalogue.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help=say("Année.", "Year."))
def holidays(file: Path, year: int) -> None:
    """List the days off that rules and packages give, each with its weekday and its name."""
    catalogue, spoken = load_catalogue(file), language()
    for identifier, data in catalogue.calendars.items():
        first, last = data.coverage.first_year, data.coverage.last_year
        if not first <= year <= last:
            fail(
                f"{file} : le calendrier {identifier} couvre les années {first} à {last}",
                f"{file}: the calendar {identifier} covers the years {first} to {last}",
            )
        click.echo(identifier)
        for day, holiday in catalogue.calendar(identifier).holidays.items():
            if day.year == year:
                weekday = formats.weekday(day, spoken)
                click.echo(f"  {day}  {weekday:<10} {holiday.name.within(spoken)}")


@standards.command(
    help=say(
        "Écrit un catalogue commenté, à changer ; ne remplace aucun fichier.",
        "Write a catalogue with comments, to be changed; replaces no file.",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
def init(file: Path) -> None:
    """Write the first catalogue of an author, in the language of the command."""
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(first_catalogue(language()))
    except FileExistsError:
        fail(
            f"{file} existe déjà : donnez un autre nom (aucun fichier n’est remplacé)",
            f"{file} exists: give another name (no file is replaced)",
        )
    tell(
        f"{file} : changez-le, puis « echeance standards check {file} »",
        f"{file}: change it, then `echeance standards check {file}`",
    )
