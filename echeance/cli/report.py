"""``echeance report``: the report of a period, beside the server."""

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
from shared.process import environment, language, runner, say


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
