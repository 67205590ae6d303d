"""Lives of files as the log may hold them at worst: shuffled, doubled, contradicted, taken back, uncountable, and no events at all."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from typing import NamedTuple

from tests.simulation.lives import World

_RUBBISH = (
    b"\xff\x00 not an event",
    b"",
    b"{}",
    b'{"type":"org.echeance.file.melted.v9","subject":"F-00001"}',
)


class Recorded(NamedTuple):
    """A record to append, and when."""

    arrives_at: datetime
    file_id: str
    value: bytes


def hostile_records(random: Random, files: int, begins: datetime, days: int) -> list[Recorded]:
    """Records in the order they arrive."""
    records = []
    for post in World(random, begins, days).posts(files):
        event = json.loads(post.raw)
        event["recordedtime"] = post.arrives_at.isoformat()
        if random.random() < 0.01:
            event = _unknown(event)
        arrives_at, file_id = post.arrives_at, event["subject"]
        records.append(Recorded(arrives_at, file_id, json.dumps(event).encode()))
        if random.random() < 0.01:
            records.append(Recorded(arrives_at, file_id, random.choice(_RUBBISH)))
    return sorted(records)


def _unknown(event: dict[str, object]) -> dict[str, object]:
    """An event that receives the file once more, under a standard nobody knows."""
    data = {"standard": "no-such-standard", "unit": "laval", "attributes": {}}
    name = f"{event['id']}-unknown"
    return {**event, "type": "org.echeance.file.received.v1", "id": name, "data": data}
