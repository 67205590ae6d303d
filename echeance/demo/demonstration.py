"""The demonstration: two years of a made-up ministry, then live traffic on an accelerated clock.

Events pass ingest's parser and the real log, like those of any publisher. The past is counted month
by month, and lately week by week, so that corrections and alerts exist: a decision that was
published, counted and voided a month later is a correction. Counted all at once it would be an
import, without any earlier answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

import click

from echeance import edition
from echeance.demo import alerts
from echeance.demo.ministry import Arrival, Ministry
from echeance.demo.profiles import SOURCES
from echeance.system import CREDENTIALS, Embedded, event_records, open_embedded, serving_embedded
from services.compliance import parse_period
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
    language,
    progress_bar,
    runner,
    say,
    tell,
)
from shared.text import Text, formats

_BATCH_EVENTS = 10_000
_TICK_SECONDS = 0.2
_LATELY = timedelta(days=56)
_PUBLISHER = "Direction du service à la clientèle"


async def demonstrate(
    settings: Settings, catalogue: Catalogue, *, speed: int, files: int, seed: int
) -> None:
    """Serve a living example until interrupted."""
    start = runner.now()
    calendar = catalogue.calendar()
    ministry = Ministry(seed, catalogue, calendar, start, files=files)
    settings = settings._replace(public_results="on")
    async with open_embedded(settings, catalogue) as embedded:
        tell(
            f"Deux ans d’un ministère inventé, environ {formats.number(files, 'fr')} dossiers :",
            f"Two years of a made-up ministry, about {formats.number(files, 'en')} files:",
        )
        await count_past(embedded, ministry.past(), files, start)
        await embedded.catch_up(_stopped(start))
        await _publish_last_year(embedded, start)
        credentials = Credentials(settings.data / CREDENTIALS, runner.now)
        scopes = ["publish", "read", "explain"]
        token = credentials.create("demo", scopes, sources=SOURCES, created=start)
        now = AcceleratedClock(start, speed)
        notice = _notice(speed)
        async with serving_embedded(embedded, credentials, settings, now, notice=notice) as server:
            _announce(f"{settings.scheme}://127.0.0.1:{server.port}", token, notice)
            publisher = Publisher(embedded.log)
            playing = asyncio.create_task(_live(embedded, publisher, ministry.live(), now))
            await asyncio.wait([playing, server.serving], return_when=asyncio.FIRST_COMPLETED)
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


async def count_past(
    embedded: Embedded, past: Iterator[Arrival], files: int, start: datetime
) -> None:
    """Append the past, and count each month, lately each week, as of its last arrival."""
    calendar = embedded.catalogue.calendar()
    lately = calendar.local_day(start) - _LATELY

    def part(arrival: Arrival) -> tuple[int, int]:
        day = calendar.local_day(arrival.recorded_at)
        return (day.year, day.month) if day < lately else day.isocalendar()[:2]

    with progress_bar(say("Mois vécus", "Months"), files * 5 // 2) as progress:
        for _, arrivals in groupby(past, part):
            of_part = list(arrivals)
            for first in range(0, len(of_part), _BATCH_EVENTS):
                batch = of_part[first : first + _BATCH_EVENTS]
                events = [_event(arrival, embedded.catalogue) for arrival in batch]
                records = event_records(events, embedded.log.partitions)
                await embedded.log.append(FILE_EVENTS, records)
                progress.update(len(events))
            await embedded.catch_up(_stopped(of_part[-1].recorded_at))


async def _publish_last_year(embedded: Embedded, now: datetime) -> None:
    """Publish the last fiscal year that is over, as `echeance publish` does."""
    catalogue = embedded.catalogue
    begins = catalogue.fiscal_year_start
    running = parse_period("fiscal-year", catalogue.local_day(now), begins)
    year = parse_period("fiscal-year", running.first - timedelta(days=1), begins)
    await edition.publish(embedded.compliance, catalogue, year.name, _PUBLISHER, now)


def _stopped(at: datetime) -> Now:
    """A clock stopped at an instant."""
    return lambda: at


async def _live(
    embedded: Embedded, publisher: Publisher, live: Iterator[Arrival], now: AcceleratedClock
) -> None:
    """Publish live events, and report alerts."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_play(embedded, publisher, live, now))
        group.create_task(
            alerts.report_alerts(AlertStore(embedded.database), embedded.catalogue, now)
        )


async def _play(
    embedded: Embedded, publisher: Publisher, live: Iterator[Arrival], now: AcceleratedClock
) -> None:
    """Publish each event at its instant on the accelerated clock."""
    upcoming = next(live)
    while True:
        arrived = []
        while upcoming.recorded_at <= now():
            arrived.append(_event(upcoming, embedded.catalogue))
            upcoming = next(live)
        if arrived:
            await publisher.publish(arrived)
        await asyncio.sleep(_TICK_SECONDS)


def _event(arrival: Arrival, catalogue: Catalogue) -> Event:
    rules = Rules(catalogue=catalogue, now=arrival.recorded_at, sources=SOURCES)
    return parse_structured(arrival.raw, rules)


def _notice(speed: int) -> Text:
    number, unit = (speed / 60, "minutes") if speed >= 2 * 60 else (speed, "s")
    return Text(
        f"HORLOGE ACCÉLÉRÉE : une seconde en vaut {formats.number(number, 'fr')} {unit}.",
        f"ACCELERATED CLOCK: one second is {formats.number(number, 'en')} {unit}.",
    )


def _announce(address: str, token: str, notice: Text) -> None:
    asking = f"curl -H 'Authorization: Bearer {token}' '{address}"
    click.echo()
    click.echo(notice.within(language()))
    click.echo(say("Page :    ", "Page:     ") + f"{address}/sign-in?token={token}")
    click.echo(say("Jeton :   ", "Token:    ") + token)
    click.echo(say("Essayer : ", "Try:      ") + f"{asking}/v1/files?stage=critical&limit=3'")
    click.echo(say("Alertes : ", "Alerts:   ") + f"{asking}/v1/alerts?active=true&limit=3'")
    tell("Ctrl-C pour terminer.", "Ctrl-C to end.")
