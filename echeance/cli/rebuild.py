"""``echeance rebuild``: recompute everything from the log, and compare the figures.

The embedded system is stopped for it; the services of the distributed one are rebuilt online.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from echeance.cli.options import CATALOGUE, DATA
from echeance.rebuild import Differences, rebuild_clock, rebuild_compliance
from echeance.system import catalogue_of, open_embedded
from shared.domain import Catalogue
from shared.process import Settings, environment, fail, runner, say, tell


@click.group(
    invoke_without_command=True,
    help=say(
        "Recalcule tout depuis le premier événement du journal, et le dit si un chiffre change. Sans sous-commande : le dossier "
        "de données, système arrêté.",
        "Compute everything again from the log's first event, and say so if a figure changes. Without a subcommand: the data "
        "directory, the system being stopped.",
    ),
)
@click.pass_context
@DATA
@CATALOGUE
def rebuild(context: click.Context, data: Path | None, catalogue_file: Path | None) -> None:
    """Forget what was computed, keep the log, count again."""
    if context.invoked_subcommand is None:
        directory = data or environment().data
        _embedded(directory, catalogue_of(directory, catalogue_file))


@rebuild.command(
    help=say(
        "Les compteurs du système réparti, pendant qu’il travaille (ECHEANCE_KAFKA et ECHEANCE_DATABASE, sous le rôle qui "
        "possède les tables).",
        "The counters of the distributed system, while it works (ECHEANCE_KAFKA and ECHEANCE_DATABASE, under the role that owns "
        "the tables).",
    )
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    help=say(
        "Processus qui comptent ; un par cœur par défaut.",
        "Processes that count; one a core by default.",
    ),
)
@CATALOGUE
def clock(processes: int, catalogue_file: Path | None) -> None:
    """Count every file again beside the clocks."""
    began = runner.now()
    result = asyncio.run(rebuild_clock(_settings(catalogue_file), processes))
    seconds = (runner.now() - began).total_seconds()
    files, rejected = result.recounted
    tell(
        f"compteurs reconstruits en {seconds:.1f} s : {files} dossiers, {rejected} enregistrements écartés",
        f"counters rebuilt in {seconds:.1f} s: {files} files, {rejected} records refused",
    )
    _tell_differences(result.differences)


@rebuild.command(
    help=say(
        "Les mesures du système réparti, pendant qu’il travaille : tous les dossiers sont publiés à nouveau (mêmes variables).",
        "The measures of the distributed system, while it works: every file is published again (same variables).",
    )
)
@CATALOGUE
def compliance(catalogue_file: Path | None) -> None:
    """Fold every file again beside compliance."""
    began = runner.now()
    differences = asyncio.run(rebuild_compliance(_settings(catalogue_file)))
    seconds = (runner.now() - began).total_seconds()
    tell(f"mesures reconstruites en {seconds:.1f} s", f"measures rebuilt in {seconds:.1f} s")
    _tell_differences(differences)


def _settings(catalogue_file: Path | None) -> Settings:
    settings = environment()
    return settings._replace(catalogue=catalogue_file or settings.catalogue)


def _tell_differences(differences: Differences) -> None:
    """Whether the figures in use had been the right ones."""
    if not differences.total:
        tell("mêmes chiffres", "same figures")
        return
    examples = ", ".join(differences.examples)
    tell(
        f"chiffres différents, remplacés : {differences.total} ({examples})",
        f"different figures, replaced: {differences.total} ({examples})",
    )


def _embedded(directory: Path, catalogue: Catalogue) -> None:
    if not (directory / "echeance.sqlite").exists():
        fail(f"aucune donnée dans {directory}", f"no data in {directory}")
    before, after = asyncio.run(_rebuild(directory, catalogue))
    if before == after:
        tell(f"reconstruit : mêmes chiffres ({after})", f"rebuilt: same figures ({after})")
    else:
        tell(f"reconstruit : {before} → {after}", f"rebuilt: {before} → {after}")


async def _rebuild(data: Path, catalogue: Catalogue) -> tuple[str, str]:
    settings = environment()._replace(data=data, batch_records=20_000)
    async with open_embedded(settings, catalogue) as embedded:
        now = runner.now()
        await embedded.catch_up_with_progress(lambda: now)
        before = await embedded.compliance.digest()
        await embedded.reset_computed()
        await embedded.catch_up_with_progress(lambda: now)
        await embedded.note_recount(lambda: now)
        return before, await embedded.compliance.digest()
