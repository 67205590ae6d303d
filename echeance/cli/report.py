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
from shared.process import environment, language, load_catalogue, runner, say
from shared.text import formats


@click.command(
    "report",
    help=say("Affiche le rapport d’une période.", "Print the report of a period."),
)
@DATA
@CATALOGUE
@click.option(
    "--period",
    "written",
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
def report_command(data: Path | None, catalogue: Path | None, written: str, form: str) -> None:
    """Print the report in one of its forms."""
    directory = data or environment().data
    promised = catalogue_of(directory, catalogue)
    click.echo(asyncio.run(_report(directory, promised, written, form)), nl=False)


async def _report(data: Path, promised: Catalogue, written: str, form: str) -> str:
    now = runner.now()
    today = promised.calendar(promised.default_calendar).local_day(now)
    try:
        asked = ALL_YEARS if written == ALL_YEARS.name else parse_period(written, today)
    except PeriodError as error:
        raise click.BadParameter(str(error), param_hint="--period") from None
    async with read_only(data) as base:
        await ClockStore(base).require(promised)
        store = ComplianceStore(base)
        built = await report.build(store, promised, asked, today)
        if form == "csv":
            return report_formats.as_csv(built)
        if form == "json":
            return json.dumps(report_formats.as_json(built), ensure_ascii=False) + "\n"
        if form == "html":
            frame = annual.Frame(language(), now, styled=True)
            return annual.document(annual.of_report(built, promised), promised, frame) + "\n"
        return report_formats.as_markdown(built, promised, language())


@click.group(
    invoke_without_command=True,
    help=say(
        "Les engagements du catalogue ; « check » vérifie un fichier.",
        "The catalogue's commitments; `check` checks a file.",
    ),
)
@click.pass_context
@CATALOGUE
def standards(context: click.Context, catalogue: Path | None) -> None:
    """List the commitments."""
    if context.invoked_subcommand is None:
        _list_standards(load_catalogue(catalogue or environment().catalogue))


def _list_standards(promised: Catalogue) -> None:
    spoken = language()
    click.echo(
        f"{getattr(promised.name, spoken)} ({promised.catalogue}, {say('révision', 'revision')} {promised.revision})"
    )
    for identifier, standard in promised.standards.items():
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
    promised = load_catalogue(file)
    count = len(promised.standards)
    click.echo(
        say(
            f"{file} : {count} engagements, révision {promised.revision}, aucune faute",
            f"{file}: {count} commitments, revision {promised.revision}, no fault",
        )
    )
