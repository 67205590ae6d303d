"""What an import amounts to: the figures of the whole system, and the rows that were refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import click

from services.compliance.attainment import attainment
from services.compliance.store import ComplianceStore
from services.standalone.words import language, say
from shared import language as formats

LISTED_REJECTIONS = 10_000


class Rejection(NamedTuple):
    """A row that could not be read."""

    line: int
    reason: str


class Rejections:
    """All are counted; the first ten thousand are kept to be listed."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Rejection] = []

    def add(self, rejection: Rejection) -> None:
        self.count += 1
        if self.count <= LISTED_REJECTIONS:
            self.first.append(rejection)


class Totals(NamedTuple):
    """What the file held, and what all files of the directory amount to."""

    rejections: Rejections
    figures: dict[str, Any]
    report: str


async def figures_of(
    store: ComplianceStore, rejections: Rejections, ignored: int
) -> dict[str, Any]:
    """What the system holds after the import, all years and standards together."""
    received, withdrawn = await store.outcomes("received"), await store.outcomes("withdrawn")
    decided, running = await store.outcomes("decided"), await store.outcomes("open")
    kept = attainment(decided)
    waiting = running.get("waiting", 0)
    return {
        "files": await store.files(),
        "received": sum(received.values()),
        "decided": sum(decided.values()) - decided.get("abandoned", 0),
        "on_time": kept.on_time,
        "late": kept.late,
        "open": sum(running.values()) - waiting,
        "waiting": waiting,
        "withdrawn": sum(withdrawn.values()) + decided.get("abandoned", 0),
        "attainment": None if kept.ratio is None else float(kept.ratio),
        "rejected": rejections.count,
        "ignored": ignored,
        "rejections": [rejection._asdict() for rejection in rejections.first],
    }


def print_totals(totals: Totals) -> None:
    """The report and the figures in words; rejected rows on standard error, with line and reason."""
    figures, spoken = totals.figures, language()
    click.echo(totals.report)
    ratio = figures["attainment"]
    kept = (
        None
        if ratio is None
        else Fraction(figures["on_time"], figures["on_time"] + figures["late"])
    )
    for french, english, value in (
        ("dossiers", "files", figures["files"]),
        ("reçus", "received", figures["received"]),
        ("décidés", "decided", figures["decided"]),
        ("dans le délai", "on time", figures["on_time"]),
        ("en retard", "late", figures["late"]),
        ("ouverts", "open", figures["open"]),
        ("en attente du client", "waiting for the client", figures["waiting"]),
        ("retirés", "withdrawn", figures["withdrawn"]),
        ("lignes refusées", "rejected rows", figures["rejected"]),
        ("lignes sans événement", "rows that are no event", figures["ignored"]),
    ):
        click.echo(f"{say(french, english):<26}{formats.number(value, spoken):>12}")
    click.echo(f"{say('atteinte', 'attainment'):<26}{formats.percent(kept, spoken):>12}")
    for line, reason in totals.rejections.first:
        click.echo(say(f"ligne {line} : {reason}", f"line {line}: {reason}"), err=True)
    if unlisted := totals.rejections.count - len(totals.rejections.first):
        click.echo(say(f"… et {unlisted} autres", f"… and {unlisted} more"), err=True)
