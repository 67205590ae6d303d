"""``echeance dead-letters``: list dead letters, show one, and replay their records.

A letter stays in its topic, which is a log. Replaying is idempotent: histories are sets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import click

from echeance.cli.options import DATA, credentials_in_use
from echeance.system import catalogue_of, event_records, open_embedded, read_only
from services.ingest.topics import RefusedRecordError, SourceTopics, open_topics
from shared.domain import DeadLetter, Event, decode_dead_letter, encode
from shared.log import (
    DEAD_LETTERS,
    FILE_EVENTS,
    MAX_VALUE_BYTES,
    Appender,
    Archive,
    NewRecord,
    Record,
    SqliteLog,
    partition_of,
)
from shared.process import distributed, environment, fail, runner, say, tell

REASON = click.option("--reason", help=say("Seulement ce motif.", "Only those with this reason."))
FILE = click.option(
    "--file", "file_id", help=say("Seulement celles de ce dossier.", "Only those of this file.")
)

Named = tuple[str, DeadLetter]
"""A letter and its name, ``partition:offset`` in the topic of dead letters."""


class Choice(NamedTuple):
    """Letters with a reason, of a file, or both."""

    reason: str | None = None
    file_id: str | None = None

    def takes(self, letter: DeadLetter) -> bool:
        of_file = self.file_id is None or letter.key == self.file_id.encode()
        return of_file and self.reason in (None, letter.reason)


_ALL = Choice()


class _Log(Appender, Archive, Protocol):
    """What replaying needs."""


@click.group(
    "dead-letters",
    help=say(
        "Enregistrements qui n’ont pas pu servir : les lister, les voir, les renvoyer.",
        "Records that could not be used: list them, look at them, send them again.",
    ),
)
def dead_letters() -> None:
    """On the data directory, or on Kafka where ECHEANCE_KAFKA is set."""


@dead_letters.command(
    "list",
    help=say(
        "Une lettre par ligne, les plus anciennes de chaque partition d’abord.",
        "One letter a line, the oldest of each partition first.",
    ),
)
@REASON
@FILE
@DATA
def list_letters(reason: str | None, file_id: str | None, data: Path | None) -> None:
    """Name, reason, where the record stood, and detail."""
    asyncio.run(_list(data, Choice(reason, file_id)))


@dead_letters.command(
    help=say("Montre une lettre et ses octets.", "Show one letter and its bytes.")
)
@click.argument("name")
@DATA
def show(name: str, data: Path | None) -> None:
    """As JSON: the bytes in base64, and as the text they may be."""
    letter = asyncio.run(_letter_named(data, name))
    members = json.loads(encode(letter))
    members["key_text"] = letter.key.decode("utf-8", "replace")
    members["value_text"] = letter.value.decode("utf-8", "replace")
    click.echo(json.dumps(members, ensure_ascii=False, indent=2))


@dead_letters.command(
    help=say(
        "Renvoie des enregistrements dans le sujet d’où ils venaient, par nom (partition:position), par motif ou par dossier ; "
        "ceux d’un autre système sont relus (ECHEANCE_SOURCES).",
        "Send records again to the topic they came from, by name (partition:offset), by reason or by file; those of another "
        "system are read again (ECHEANCE_SOURCES).",
    )
)
@click.argument("names", nargs=-1)
@REASON
@FILE
@DATA
def replay(
    names: Sequence[str], reason: str | None, file_id: str | None, data: Path | None
) -> None:
    """Tell how many were sent."""
    choice = Choice(reason, file_id)
    if bool(names) == (choice != _ALL):
        fail(
            "donner des noms, ou --reason, --file ou les deux",
            "give names, or --reason, --file or both",
        )
    sent = asyncio.run(_replay(data, names, choice))
    tell(f"renvoyés : {sent}", f"sent again: {sent}")


async def _list(data: Path | None, choice: Choice) -> None:
    async with _log(data) as log:
        async for letters in _selected(log, choice):
            for name, letter in letters:
                place = f"{letter.topic}[{letter.partition}]@{letter.offset}"
                click.echo(f"{name:<12}{letter.reason:<24}{place:<40}{letter.detail}")


async def _letter_named(data: Path | None, name: str) -> DeadLetter:
    async with _log(data) as log:
        return await _letter(log, name)


async def _replay(data: Path | None, names: Sequence[str], choice: Choice) -> int:
    """Send records again, a batch of one topic at a time; how many."""
    sent = 0
    topics = _source_topics(data)
    async with appending(data) as log:
        batches = _named(log, names) if names else _selected(log, choice)
        async for letters in batches:
            own = [(name, letter) for name, letter in letters if letter.source is None]
            others = [one for one in letters if one[1].source is not None]
            events = [event for one in others for event in _read_again(topics, *one)]
            await log.append(FILE_EVENTS, event_records(events, log.partitions))
            sent += len(events)
            for topic in sorted({letter.topic for _, letter in own}):
                again = [
                    NewRecord(
                        partition_of(letter.key, log.partitions),
                        letter.key,
                        await _whole(log, letter),
                    )
                    for _, letter in own
                    if letter.topic == topic
                ]
                sent += len(await log.append(topic, again))
    return sent


def _source_topics(data: Path | None) -> SourceTopics | None:
    """The topics of other systems, whose letters are read again by what says how now."""
    settings = environment()
    return open_topics(settings, catalogue_of(data or settings.data), credentials_in_use(data))


def _read_again(topics: SourceTopics | None, name: str, letter: DeadLetter) -> Sequence[Event]:
    """The events of a record that was refused; it is told if it is refused again."""
    if topics is None or letter.topic not in topics.file.topics:
        fail(
            f"{name} vient du sujet {letter.topic} d’un autre système : ECHEANCE_SOURCES doit nommer le fichier qui dit comment le lire",
            f"{name} comes from the topic {letter.topic} of another system: ECHEANCE_SOURCES must name the file that says how to read it",
        )
    record = Record(letter.offset, letter.key, letter.value, letter.headers)
    try:
        return topics.read(letter.topic, record, runner.now())
    except RefusedRecordError as error:
        tell(f"{name} est refusé encore : {error}", f"{name} is refused again: {error}")
        return ()


async def _whole(log: Archive, letter: DeadLetter) -> bytes:
    """A record's value: of one that was too long for a letter, from where it stands."""
    if len(letter.value) < MAX_VALUE_BYTES:
        return letter.value
    replayed = log.replay(letter.topic, letter.partition, letter.offset, letter.offset + 1)
    values = [record.value async for records in replayed for record in records]
    if not values:
        place = f"{letter.topic}[{letter.partition}]@{letter.offset}"
        fail(
            f"{place} n’est plus dans le journal, et la lettre n’en a que le début",
            f"{place} is no longer in the log, and the letter has only its beginning",
        )
    return values[0]


async def _named(log: Archive, names: Sequence[str]) -> AsyncIterator[list[Named]]:
    yield [(name, await _letter(log, name)) for name in names]


async def _selected(log: Archive, choice: Choice) -> AsyncIterator[list[Named]]:
    """The letters of a choice, a batch at a time."""
    for partition in range(log.partitions):
        async for records in log.replay(DEAD_LETTERS, partition):
            letters = [
                (f"{partition}:{one.offset}", decode_dead_letter(one.value))
                for one in records
                if one.value
            ]
            yield [(name, letter) for name, letter in letters if choice.takes(letter)]


async def _letter(log: Archive, name: str) -> DeadLetter:
    partition, _, offset = name.partition(":")
    if not (partition.isdigit() and offset.isdigit() and int(partition) < log.partitions):
        fail(
            f"{name} n’est pas un nom : partition:position", f"{name} is no name: partition:offset"
        )
    first = int(offset)
    replayed = log.replay(DEAD_LETTERS, int(partition), first, first + 1)
    records = [record async for batch in replayed for record in batch]
    if not records or not records[0].value:
        fail(f"aucune lettre {name}", f"there is no letter {name}")
    return decode_dead_letter(records[0].value)


@asynccontextmanager
async def _log(data: Path | None) -> AsyncIterator[Archive]:
    """The log to read: Kafka's without ``data``, else a directory's, which may be in use."""
    settings = environment()
    if settings.kafka and data is None:
        async with distributed.cluster(settings) as log:
            yield log
    else:
        async with read_only(data or settings.data) as database:
            partitions, batch_records = settings.partitions, settings.batch_records
            yield SqliteLog(database, partitions=partitions, batch_records=batch_records)


@asynccontextmanager
async def appending(data: Path | None) -> AsyncIterator[_Log]:
    """The log to append to; a data directory must not be in use."""
    settings = environment()
    if settings.kafka and data is None:
        async with distributed.cluster(settings) as log:
            yield log
    else:
        settings = settings._replace(data=data or settings.data)
        async with open_embedded(settings, catalogue_of(settings.data)) as embedded:
            yield embedded.log
