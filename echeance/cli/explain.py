"""``echeance explain``: a file's ledger in words, day by day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from echeance.system import catalogue_of, read_only
from services.clock import ClockStore, Evaluator
from shared.domain import (
    ANOMALIES,
    EVENTS,
    LIMIT_UNITS,
    STATUSES,
    Catalogue,
    CycleClock,
    CycleLedger,
    History,
    LedgerDay,
    LedgerEvent,
    deadline_words,
    decode_history,
    file_ledger,
    remaining,
    why,
)
from shared.process import environment, fail, language, runner, say
from shared.text import formats, moments


@click.command(
    help=say(
        "Explique un dossier jour par jour : ce qui a compté, ce qui n’a pas compté, et pourquoi.",
        "Explain a file day by day: what counted, what did not, and why.",
    )
)
@click.argument("file_id", metavar="FILE_ID")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say("Dossier de données.", "Data directory."),
)
@click.option(
    "--at",
    help=say(
        "Moment demandé (date ou instant avec décalage) ; maintenant par défaut.",
        "Moment asked about (a date, or an instant with its offset); now by default.",
    ),
)
@click.option(
    "--catalogue",
    "catalogue_file",
    type=click.Path(path_type=Path),
    help=say("Fichier du catalogue.", "Catalogue file."),
)
def explain(file_id: str, data: Path | None, at: str | None, catalogue_file: Path | None) -> None:
    """Print the ledger of every cycle of a file."""
    directory = data or environment().data
    catalogue = catalogue_of(directory, catalogue_file)
    zone = catalogue.zone
    try:
        moment = moments.parse_instant(at, zone) if at else runner.now()
    except moments.MomentError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None
    history = asyncio.run(_history(file_id, directory, catalogue))
    for line in _lines(file_id, history, catalogue, moment):
        click.echo(line)


async def _history(file_id: str, data: Path, catalogue: Catalogue) -> History:
    async with read_only(data) as base:
        store = ClockStore(base)
        await store.require(catalogue)
        files = await store.files([file_id])
    if file_id not in files:
        fail(f"aucun dossier {file_id!r} dans {data}", f"no file {file_id!r} in {data}")
    return decode_history(files[file_id].history)


def _lines(file_id: str, history: History, catalogue: Catalogue, moment: datetime) -> Iterator[str]:
    opening, clock = Evaluator(catalogue).clock(history, moment)
    if opening is None:
        yield say(
            f"{file_id} : aucune réception connue à ce moment.",
            f"{file_id}: no reception known at that moment.",
        )
        return
    standard = catalogue.standards[opening.data.standard]
    yield f"{file_id} — {getattr(standard.name, language())}"
    summary = standard.current.summary.text().within(language())
    yield say(f"Ce qui est mesuré\u00a0: {summary}", f"What is measured: {summary}")
    calendar = catalogue.calendar_of(standard)
    days_of_cycles = file_ledger(history, standard, calendar, moment, catalogue.sharing)
    for cycle, days in zip(clock.cycles, days_of_cycles, strict=True):
        yield ""
        late_from = remaining.late_from(cycle.state, calendar, calendar.local_day(moment))
        yield from _cycle(cycle, days, late_from)


def _cycle(cycle: CycleClock, days: CycleLedger, late_from: date | None) -> Iterator[str]:
    state, spoken = cycle.state, language()
    unit = LIMIT_UNITS[days.unit].within(spoken)
    count, limit = formats.number(cycle.counted, spoken), formats.number(cycle.limit, spoken)
    yield say(f"Cycle {state.number} : ", f"Cycle {state.number}: ") + STATUSES[
        state.status
    ].within(spoken)
    yield say(
        f"{count} {unit} comptés sur {limit}", f"{count} of {limit} {unit} counted"
    ) + _verdict(cycle, late_from)
    for day in days.days:
        yield _day(day)


def _verdict(cycle: CycleClock, late_from: date | None) -> str:
    state, spoken = cycle.state, language()
    parts = []
    if state.due_on is not None:
        due = formats.day(state.due_on, spoken)
        parts.append(say(f"échéance le {due}", f"due {due}"))
        if late_from is not None:
            parts.append(deadline_words.run_out_words(late_from, spoken))
    if cycle.earliest_due_on is not None:
        earliest = formats.day(cycle.earliest_due_on, spoken)
        parts.append(
            say(
                f"au plus tôt le {earliest} si les documents arrivaient",
                f"{earliest} at the earliest if the documents came",
            )
        )
    if state.on_time is not None:
        parts.append(say("dans le délai", "on time") if state.on_time else say("en retard", "late"))
    if state.review_until is not None:
        until = formats.day(state.review_until, spoken)
        parts.append(say(f"révision possible jusqu’au {until}", f"review possible until {until}"))
    return "".join(say(f" ; {part}", f"; {part}") for part in parts)


def _day(day: LedgerDay) -> str:
    spoken = language()
    weekday = formats.weekday(day.day, spoken)
    total = formats.number(day.total, spoken) if day.counted else "·"
    events = "".join(f" — {_event(event)}" for event in day.events)
    return f"  {day.day.isoformat()}  {weekday:<10} {total:>6}  {why(day.why, spoken)}{events}"


def _event(event: LedgerEvent) -> str:
    words = EVENTS[event.type].within(language())
    if event.request_id is not None:
        words += f" ({event.request_id})"
    if event.voided:
        words += say(", annulé depuis", ", voided since")
    if event.changed_nothing is not None:
        reason = ANOMALIES[event.changed_nothing].within(language())
        words += say(f", sans effet : {reason}", f", without effect: {reason}")
    return words
