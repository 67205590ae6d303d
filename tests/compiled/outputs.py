"""``python -m tests.compiled.outputs FILES``: what the core makes of random files, one output a line.

The same in every process, whatever it runs as: what is compiled and what is interpreted are compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import chain
from random import Random
from typing import Any, Final

import msgspec

from bench.core import cloudevent_json
from deploy.compiled import names
from services.clock import Evaluator, of_stored
from services.clock.views import file_view
from services.compliance.alerts.law import alert_changes
from services.compliance.projection.step import Step
from services.ingest.cloudevents import InvalidEventsError, Rules, parse_batch, parse_structured
from shared.compiled import CORE_FORM
from shared.domain import (
    BreachAlert,
    ClockSnapshot,
    Event,
    UnknownStandardError,
    cycles,
    decode_snapshot,
    encode,
)
from shared.domain.calendars import CoverageError
from shared.domain.remaining import remaining_at
from tests.unit.domain import wide

CATALOGUES: Final = 40
"""Each takes longer to read than a file to count."""
_LONGEST: Final = 9
_EACH: Final = 20
"""Files of which one document is posted, with something wrong in it."""
_WRONG: Final[tuple[Any, ...]] = (
    None,
    "",
    "x y",
    1.5,
    -3,
    [],
    {},
    "2026-13-45T00:00:00Z",
    "é" * 300,
)


@cache
def _evaluator(catalogue: int) -> Evaluator:
    return Evaluator(wide.wide(catalogue).catalogue)


def configurations() -> Iterator[str]:
    """How each struct of a compiled module is configured: mypyc takes no keywords of a class, only what its base has."""
    for name in names():
        for value in vars(import_module(name)).values():
            own = isinstance(value, type) and value.__module__ == name
            if own and issubclass(value, msgspec.Struct):
                config = value.__struct_config__
                yield f"{name} {value.__name__} frozen={config.frozen} gc={config.gc} omits={config.omit_defaults} tag={config.tag}"


def outputs(files: int) -> Iterator[str]:
    """What evaluation, views, ledgers, projection, alerts and the parser make of each file."""
    for number in range(files):
        file = wide.file(number % CATALOGUES, number % _LONGEST, number)
        evaluator = _evaluator(number % CATALOGUES)
        yield f"file {number}"
        try:
            yield from _of_file(evaluator, file)
        except (CoverageError, UnknownStandardError) as error:
            yield repr(error)
        if number % _EACH == 0:
            yield from _of_documents(file, Random(number))


def _of_file(evaluator: Evaluator, file: wide.File) -> Iterator[str]:
    """The file event by event, as the services follow it, then at the moment asked about."""
    known: list[Event] = []
    before: ClockSnapshot | None = None
    alerts: dict[tuple[object, ...], BreachAlert] = {}
    catalogue = file.wide.catalogue
    warned = frozenset(name for name, one in catalogue.standards.items() if one.has_thresholds)
    step = Step(0, file.now, catalogue.zone)
    for position, event in enumerate(file.history):
        known.append(event)
        history = of_stored(encode(cycles.history(known)))
        now = max(file.now, event.time) if position % 2 else event.time
        row = evaluator.evaluate(
            "F-1", history, partition=0, generation=1, position=position, now=now
        )
        yield f"{row.snapshot.decode()} {row.digest} {row.columns()}"
        after = decode_snapshot(row.snapshot)
        step.fold(before, after, row.snapshot)
        changed = alert_changes(list(alerts.values()), before, after, now, warned=warned)
        alerts.update({one.identity: one for one in changed})
        yield from (encode(one).decode() for one in changed)
        before = after
    yield from (repr((one.table.name, one.rows)) for one in step.writes(len(known)))
    reading = evaluator.files.read(known, file.now)
    view = file_view("F-1", known, reading, catalogue=catalogue, as_of=file.now, known_at=None)
    yield view.model_dump_json()
    for one in reading.of_standards:
        for cycle in one.clock.cycles:
            yield repr((cycle, cycle.remaining))
            yield repr(remaining_at(cycle.state, one.standard, one.calendar, file.now))
        yield from (repr(ledger) for ledger in evaluator.files.ledgers(known, one))


def _of_documents(file: wide.File, chance: Random) -> Iterator[str]:
    """The file's events as they are posted: as they are, then each with a member that is wrong or gone."""
    rules = Rules(catalogue=file.wide.catalogue, now=file.now)
    documents = [json.loads(cloudevent_json(event)) for event in file.history]
    spoilt = []
    for document in documents:
        data = document.get("data") or {}
        member, wrong = chance.choice([*document, *data, "surprise"]), chance.choice(_WRONG)
        spoilt.append(
            document | {"data": data | {member: wrong}}
            if member in data
            else document | {member: wrong}
        )
    for one in (*documents, *spoilt):
        try:
            yield repr(parse_structured(json.dumps(one).encode(), rules))
        except InvalidEventsError as error:
            yield repr([(one.pointer, one.detail("fr"), one.detail("en")) for one in error.faults])
    try:
        yield repr(parse_batch(json.dumps(documents).encode(), rules))
    except InvalidEventsError as error:
        yield str(error)


if __name__ == "__main__":
    print(CORE_FORM, file=sys.stderr)
    for _line in chain(configurations(), outputs(int(sys.argv[1]))):
        print(_line)
