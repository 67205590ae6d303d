"""A ministry of a million open files for the board: folded by compliance's own worker, over two
years of tallies, every cell taken.

Each file is a copy, under its own id and unit, of one of some thousand histories evaluated by the
law; the worker writes its row, tallies, alerts, delays and listings as in production. As many decided
files come on top, one in four after a stop near its limit. Corrections and deliveries are inserted as
the services would; an edition of each year, and a preview, are published.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import create_async_engine

from bench.attainment import PARTITIONS, TODAY, UNITS, forty_units
from services.clock import Evaluator, of_events
from services.compliance.board import annual
from services.compliance.editions import EditionStore, edition_documents
from services.compliance.periods import parse_period
from services.compliance.preview import PreviewStore, PreviewTally
from services.compliance.projection import ComplianceStore, ComplianceWorker
from services.compliance.publication import Publication, publish_year
from shared.domain import (
    AnswerData,
    Catalogue,
    ClockSnapshot,
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    ReceivedData,
    RequestData,
    Standard,
    decode_snapshot,
    encode,
)
from shared.log import Batch, Record, partition_of
from shared.text import Language

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 17, tzinfo=UTC)
_TOGETHER = 10_000
_WEEK, _WORKING_DAYS = 7, 5
_BEYOND = 1.15
"""How far past its limit an open file may be, as a fraction of the limit."""
_WAIT_EVERY, _LATE_WAIT_EVERY, _STOP_EVERY = 6, 40, 4
_STOPPED_DAYS = 7
_CORRECTIONS, _PERIOD_DAYS = 100_000, 700
_PREVIEWED, _YEARS = 20_000, ("2024-2025", "2025-2026")


class Lives:
    """Histories by standard, day of reception and kind, each evaluated once.

    They are as long as the limits of one catalogue, and evaluated under another, or the same.
    """

    def __init__(self, catalogue: Catalogue, limits: Catalogue) -> None:
        self._catalogue = catalogue
        self._limits = limits
        self._evaluator = Evaluator(catalogue)
        self.life = cache(self._life)

    def _life(self, standard: str, ago: int, kind: str) -> ClockSnapshot:
        began = NOW - timedelta(days=ago, hours=2)
        reception = ReceivedData(standard=standard, unit=UNITS[0])
        events = [event_of_life(Received, "r", began, reception)]
        if kind == "waiting":
            asked_at = began + timedelta(days=min(1, ago))
            events.append(event_of_life(DocumentsRequested, "q", asked_at, RequestData()))
        elif kind == "late_waiting":
            asked_at = NOW - timedelta(hours=1)
            events.append(event_of_life(DocumentsRequested, "q", asked_at, RequestData()))
        elif kind in ("decided", "stopped"):
            limit = civil_days(self._limits.standards[standard])
            at = began + timedelta(days=limit * (ago % 23) // 20, minutes=2)
            if kind == "stopped":
                asked_at = began + timedelta(days=max(limit - 1, 0))
                answered_at = asked_at + timedelta(days=_STOPPED_DAYS)
                at = answered_at + timedelta(days=1)
                if at < NOW:
                    events.append(event_of_life(DocumentsRequested, "q", asked_at, RequestData()))
                    events.append(event_of_life(DocumentsReceived, "a", answered_at, AnswerData()))
            outcome = DecidedData(outcome=self._catalogue.outcomes[0])
            events.append(event_of_life(Decided, "d", min(at, NOW), outcome))
        evaluation = self._evaluator.evaluate(
            "life", of_events(events), partition=0, generation=1, position=0, now=NOW
        )
        return decode_snapshot(evaluation.snapshot)


def event_of_life(kind: Callable[..., Event], name: str, at: datetime, data: Struct) -> Event:
    """An event of the file that every snapshot is made of."""
    return kind(id=name, source="urn:bench", file_id="life", time=at, recorded_at=at, data=data)


def civil_days(standard: Standard) -> int:
    """How long its limit is, about."""
    limit = standard.current.limit
    match limit.unit:
        case "business_days":
            return int(limit.length) * _WEEK // _WORKING_DAYS
        case "civil_days":
            return int(limit.length)
        case "seconds":
            return 1


def name_of(number: int) -> str:
    return f"B-{number:08}"


def snapshots(
    catalogue: Catalogue, files: int, law: Catalogue | None = None
) -> Iterator[ClockSnapshot]:
    """Open files, and as many decided ones, in random order; under another ``law`` the same files."""
    chance, lives = random.Random(2021), Lives(law or catalogue, catalogue)
    standards = list(catalogue.standards)
    for number in range(2 * files):
        standard, nth = standards[chance.randrange(len(standards))], number // 2
        if number % 2:
            kind = "stopped" if nth % _STOP_EVERY == 0 else "decided"
            life = lives.life(standard, chance.randrange(_PERIOD_DAYS), kind)
        else:
            limit = civil_days(catalogue.standards[standard])
            ago = int(chance.random() * limit * _BEYOND) + 1
            kind_of = _late_kind if ago > limit + 1 else _kind
            life = lives.life(standard, ago, kind_of(nth))
        unit = UNITS[int(len(UNITS) * chance.random() ** 2)]
        yield replace(life, file_id=name_of(number), unit=unit, position=number)


def _late_kind(number: int) -> str:
    return "late_waiting" if number % _LATE_WAIT_EVERY == 0 else "open"


def _kind(number: int) -> str:
    return "waiting" if number % _WAIT_EVERY == 0 else "open"


async def fold(
    store: ComplianceStore, catalogue: Catalogue, folding: Iterable[ClockSnapshot], files: int
) -> None:
    """Fold snapshots, of so many open files, with the worker, in batches per partition."""
    worker = ComplianceWorker(store, catalogue)
    reached = {partition: await worker.claim(partition) for partition in range(PARTITIONS)}
    waiting: dict[int, list[tuple[bytes, bytes]]] = {partition: [] for partition in reached}
    for folded, snapshot in enumerate(folding):
        key = snapshot.file_id.encode()
        partition = partition_of(key, PARTITIONS)
        waiting[partition].append((key, encode(snapshot)))
        if len(waiting[partition]) == _TOGETHER:
            at = NOW - timedelta(seconds=(files * 2 - folded) // 50)
            await _step(worker, partition, reached, waiting[partition], at)
    for partition, records in waiting.items():
        await _step(worker, partition, reached, records, NOW)


async def _step(
    worker: ComplianceWorker,
    partition: int,
    reached: dict[int, int],
    records: list[tuple[bytes, bytes]],
    at: datetime,
) -> None:
    begins = reached[partition]
    reached[partition] = begins + len(records)
    read = [Record(begins + place, *record) for place, record in enumerate(records)]
    outcome = await worker.handle(Batch(partition, read, reached[partition]), at)
    records.clear()
    if outcome is not None:
        await worker.commit(outcome)


async def insert_history(url: str, catalogue: Catalogue) -> None:
    """Other rows of the services: corrections, published and delivered alerts; then ANALYZE."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in (_corrections(catalogue), *_TOLD, "ANALYZE"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def publish(store: ComplianceStore, catalogue: Catalogue) -> None:
    """An edition of each year that is over, and a preview of a shorter limit (of fewer files: the
    page is as long however many there are).
    """
    editions = EditionStore(store.database)
    for year in _YEARS:
        publication = await publish_year(store, catalogue, parse_period(year, TODAY), NOW)
        documents = edition_documents(
            publication, catalogue, partial(_page, publication, catalogue)
        )
        await editions.add(year, "Bench", catalogue, NOW, documents)
    candidate = forty_units(later=True)
    tally = PreviewTally(catalogue, candidate, NOW)
    pairs = zip(
        snapshots(catalogue, _PREVIEWED), snapshots(catalogue, _PREVIEWED, candidate), strict=True
    )
    for before, after in pairs:
        if tally.add(before, replace(after, generation=before.generation + 1)):
            tally.add_alerts((), before, after)
    await PreviewStore(store.database).replace(tally.document())


def _page(publication: Publication, catalogue: Catalogue, spoken: Language) -> str:
    frame = annual.Frame(spoken, NOW, styled=True)
    return annual.document(annual.of_report(publication, catalogue), catalogue, frame)


_TOLD = (
    "INSERT INTO alert_notices SELECT partition, max(position) FROM alerts GROUP BY partition",
    "INSERT INTO alert_deliveries SELECT file_id, cycle, stage, stage_since, of_standard, raised_at FROM alerts",
)


def _corrections(catalogue: Catalogue) -> str:
    names = _sql_values(list(catalogue.standards))
    units = _sql_values(UNITS)
    day = f"{date.toordinal(TODAY) - _PERIOD_DAYS} + n % {_PERIOD_DAYS}"
    return (
        f"WITH RECURSIVE count(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM count WHERE n < {_CORRECTIONS - 1}), "
        f"standards(place, standard) AS (VALUES {names}), units(number, unit) AS (VALUES {units}) "
        "INSERT INTO corrections SELECT 0, n, 0, n, 'B-' || n, 1, standard, unit, "
        f"CASE WHEN n % 2 = 0 THEN 'decided' ELSE 'due' END, {day}, 'on_time', {day}, 'late', 1, "
        "'urn:bench', 'e' || n, 'voided', n FROM count "
        f"JOIN standards ON place = n % {len(catalogue.standards)} JOIN units ON number = n % {len(UNITS)}"
    )


def _sql_values(names: Sequence[str]) -> str:
    return ", ".join(f"({number}, '{name}')" for number, name in enumerate(names))
