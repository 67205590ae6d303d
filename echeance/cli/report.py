"""``echeance report`` and ``standards``: what an operator asks beside the server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from echeance.cli.options import CATALOGUE, DATA
from echeance.system import catalogue_of, read_only
from services.clock import ClockStore
from services.compliance import PeriodError, parse_period
from services.compliance.attainment import ALL_YEARS, report, report_formats
from services.compliance.board import annual
from services.compliance.projection import ComplianceStore
from shared.domain import Catalogue
from shared.process import environment, language, load_catalogue, runner, say, tell
from shared.text import formats


@click.command(
    "report", help=say("Affiche le rapport d’une période.", "Print the report of a period.")
)
@DATA
@CATALOGUE
@click.option(
    "--period",
    default="fiscal-year",
    show_default=True,
    help="2026-2027, 2026-11, 2026-Q4, rolling-90, all…",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "csv", "json", "html"]),
    default="markdown",
    show_default=True,
)
def report_command(data: Path | None, catalogue_file: Path | None, period: str, form: str) -> None:
    """Print the report in one of its forms."""
    directory = data or environment().data
    catalogue = catalogue_of(directory, catalogue_file)
    click.echo(asyncio.run(_report(directory, catalogue, period, form)), nl=False)


async def _report(data: Path, catalogue: Catalogue, period: str, form: str) -> str:
    now = runner.now()
    today = catalogue.local_day(now)
    try:
        report_period = (
            ALL_YEARS
            if period == ALL_YEARS.name
            else parse_period(period, today, catalogue.fiscal_year_start)
        )
    except PeriodError as error:
        raise click.BadParameter(str(error), param_hint="--period") from None
    async with read_only(data) as database:
        await ClockStore(database).require(catalogue)
        store = ComplianceStore(database)
        built = await report.build(store, catalogue, report_period, today)
        if form == "csv":
            return report_formats.as_csv(built)
        if form == "json":
            return json.dumps(report_formats.as_json(built), ensure_ascii=False) + "\n"
        if form == "html":
            frame = annual.Frame(language(), now, styled=True)
            return annual.document(annual.of_report(built, catalogue), catalogue, frame) + "\n"
        return report_formats.as_markdown(built, catalogue, language())


@click.group(
    invoke_without_command=True,
    help=say(
        "Les engagements du catalogue ; « check » vérifie un fichier.",
        "The catalogue's commitments; `check` checks a file.",
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
        "Vérifie un catalogue ; dit la ligne et la colonne de chaque faute.",
        "Check a catalogue; tells the line and column of every fault.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Read a catalogue, and say so."""
    catalogue = load_catalogue(file)
    count = len(catalogue.standards)
    tell(
        f"{file} : {count} engagements, révision {catalogue.revision}, aucune faute",
        f"{file}: {count} commitments, revision {catalogue.revision}, no fault",
    )
