"""``echeance demo``: two years of a made-up ministry, then live traffic on an accelerated clock, so that crossings happen while
one watches. Everything goes through ingest's own parser and the real log; nothing is drawn on the page that was not counted.

The past is counted month by month, and lately week by week, as it would have been: a decision that was published, counted and taken
back a month later is a correction, and an alert was raised when it was due. Counted all at once, it would be an import, of which nobody
was ever given the first answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import click

from echeance.demo import alerts
from echeance.demo import port as demo_port
from echeance.demo.ministry import Arrival, Ministry
from echeance.demo.profiles import SOURCES
from echeance.importer import importing
from echeance.system import CREDENTIALS, Embedded, open_embedded, serving_embedded
from services.compliance.alerts import AlertStore
from services.ingest import Publisher
from services.ingest.cloudevents import Rules, parse_structured
from shared.domain import Catalogue, Event
from shared.http import Credentials
from shared.log import FILE_EVENTS
from shared.process import (
    AcceleratedClock,
    Now,
    Settings,
    configure_logging,
    environment,
    fail,
    language,
    load_catalogue,
    progress_bar,
    runner,
    say,
)
from shared.text import Text, formats

_BATCH_EVENTS = 10_000
_TICK_SECONDS = 0.2
_LATELY = timedelta(days=56)


@click.command(
    help=say(
        "Démonstration : deux ans d’un ministère inventé, puis du trafic en direct sur une horloge accélérée.",
        "Demonstration: two years of a made-up ministry, then live traffic on an accelerated clock.",
    )
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help=say("Port HTTP ; 0 : le premier libre.", "HTTP port; 0: any free one."),
)
@click.option(
    "--speed",
    type=click.IntRange(1, 86_400),
    default=3_600,
    show_default=True,
    help=say("Combien de fois plus vite que l’horloge.", "How many times faster than the clock."),
)
@click.option(
    "--files",
    type=click.IntRange(100, 1_000_000),
    default=24_000,
    show_default=True,
    help=say("Dossiers des deux ans passés.", "Files of the two past years."),
)
@click.option("--seed", type=int, default=2021, show_default=True)
def demo(port: int, speed: int, files: int, seed: int) -> None:
    """Serve a living example until interrupted."""
    refused = demo_port.refusal(port)
    if refused is not None:
        fail(*refused)
    promised = load_catalogue(None)
    runner.tune_garbage_collector()
    with tempfile.TemporaryDirectory(prefix="echeance-demo-") as directory:
        settings = environment()._replace(
            data=Path(directory), port=port, host=demo_port.HOST, batch_records=20_000
        )
        configure_logging(settings, "demo")
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_demo(settings, promised, speed=speed, files=files, seed=seed))
    click.echo(
        say("Terminé ; rien n’est resté sur le disque.", "Ended; nothing was left on the disk.")
    )


async def _demo(
    settings: Settings, promised: Catalogue, *, speed: int, files: int, seed: int
) -> None:
    start = runner.now()
    calendar = promised.calendar(promised.default_calendar)
    ministry = Ministry(seed, promised, calendar, start, files=files)
    async with open_embedded(settings, promised) as embedded:
        click.echo(
            say(
                f"Deux ans d’un ministère inventé, environ {formats.number(files, 'fr')} dossiers :",
                f"Two years of a made-up ministry, about {formats.number(files, 'en')} files:",
            )
        )
        await count_past(embedded, ministry.past(), files, start)
        await embedded.catch_up(_stopped(start))
        credentials = Credentials(settings.data / CREDENTIALS)
        token = credentials.create("demo", ["publish", "read"], sources=SOURCES, created=start)
        now = AcceleratedClock(start, speed)
        notice = _notice(speed)
        async with serving_embedded(embedded, credentials, settings, now, notice=notice) as server:
            _announce(server.port, token, notice)
            publisher = Publisher(embedded.log)
            playing = asyncio.create_task(_live(embedded, publisher, ministry.live(), now))
            await asyncio.wait([playing, server.serving], return_when=asyncio.FIRST_COMPLETED)
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


async def count_past(
    embedded: Embedded, past: Iterator[Arrival], files: int, start: datetime
) -> None:
    """Send the past through the parser into the log, and count each month, or lately each week, as of its last arrival."""
    calendar = embedded.catalogue.calendar(embedded.catalogue.default_calendar)
    lately = calendar.local_day(start) - _LATELY

    def part(arrival: Arrival) -> tuple[int, int]:
        day = calendar.local_day(arrival.recorded_at)
        return (day.year, day.month) if day < lately else day.isocalendar()[:2]

    with progress_bar(say("Mois vécus", "Months"), files * 5 // 2) as progress:
        for _, arrivals in groupby(past, part):
            lived = list(arrivals)
            for first in range(0, len(lived), _BATCH_EVENTS):
                some = lived[first : first + _BATCH_EVENTS]
                events = [_event(arrival, embedded.catalogue) for arrival in some]
                records = importing.records(events, embedded.log.partitions)
                await embedded.log.append(FILE_EVENTS, records)
                progress.update(len(events))
            await embedded.catch_up(_stopped(lived[-1].recorded_at))


def _stopped(at: datetime) -> Now:
    """A clock that stands still."""
    return lambda: at


async def _live(
    embedded: Embedded, publisher: Publisher, live: Iterator[Arrival], now: AcceleratedClock
) -> None:
    """Files arrive, and alerts are told."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_play(embedded, publisher, live, now))
        group.create_task(
            alerts.report_alerts(AlertStore(embedded.database), embedded.catalogue, now)
        )


async def _play(
    embedded: Embedded, publisher: Publisher, live: Iterator[Arrival], now: AcceleratedClock
) -> None:
    """Publish each arrival when its moment has come on the accelerated clock."""
    upcoming = next(live)
    while True:
        arrived = []
        while upcoming.recorded_at <= now():
            arrived.append(_event(upcoming, embedded.catalogue))
            upcoming = next(live)
        if arrived:
            await publisher.publish(arrived)
        await asyncio.sleep(_TICK_SECONDS)


def _event(arrival: Arrival, promised: Catalogue) -> Event:
    rules = Rules(catalogue=promised, now=arrival.recorded_at, sources=SOURCES)
    return parse_structured(arrival.raw, rules)


def _notice(speed: int) -> Text:
    return Text(
        f"HORLOGE ACCÉLÉRÉE : une seconde en vaut {formats.number(speed / 60, 'fr')} minutes.",
        f"ACCELERATED CLOCK: one second is {formats.number(speed / 60, 'en')} minutes.",
    )


def _announce(port: int, token: str, notice: Text) -> None:
    address = f"http://127.0.0.1:{port}"
    asking = f"curl -H 'Authorization: Bearer {token}' '{address}"
    click.echo()
    click.echo(notice.within(language()))
    click.echo(say("Page :    ", "Page:     ") + f"{address}/sign-in?token={token}")
    click.echo(say("Jeton :   ", "Token:    ") + token)
    click.echo(say("Essayer : ", "Try:      ") + f"{asking}/v1/files?stage=critical&limit=3'")
    click.echo(say("Alertes : ", "Alerts:   ") + f"{asking}/v1/alerts?active=true&limit=3'")
    click.echo(say("Ctrl-C pour terminer.", "Ctrl-C to end."))
