"""the ages of open files by stage"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_PAGE = 2_000
_STAGES = ("on_track", "at_risk", "critical", "overdue")
_RUNNING = (b'"status":"open"', b'"status":"waiting"')

_tallies = sa.table(
    "open_tallies",
    *(sa.column(name) for name in ("basis", "standard", "unit", "day", "outcome", "partition")),
    sa.column("files"),
)
_files = sa.table(
    "compliance_files",
    *(sa.column(name) for name in ("file_id", "of_standard", "partition", "snapshot")),
)


def upgrade() -> None:
    """Tally what is in hand by reception and stage, again from the snapshots; the overdue need no index of their own."""
    op.drop_index("measured_cycles_overdue", "measured_cycles")
    bind, counted, after = op.get_bind(), Counter[tuple[Any, ...]](), ""
    page = sa.select(_files.c.file_id, _files.c.partition, _files.c.snapshot)
    page = page.where(_files.c.of_standard == "").order_by(_files.c.file_id).limit(_PAGE)
    while rows := bind.execute(page.where(_files.c.file_id > after)).all():
        after = rows[-1].file_id
        for _, partition, stored in rows:
            if any(running in stored for running in _RUNNING):
                counted.update((*key, partition) for key in _in_hand(json.loads(stored)))
    op.execute(sa.delete(_tallies).where(_tallies.c.basis == "open_received"))
    columns = [column.name for column in _tallies.columns]
    tallied = [("open_received", *key, files) for key, files in counted.items()]
    op.bulk_insert(_tallies, [dict(zip(columns, row, strict=True)) for row in tallied])


def _in_hand(snapshot: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Standard, unit (and * for all of them), day and stage of the measured cycles that do not wait.

    A file of several standards is counted once more under ``*`` and the standard for each but the
    most urgent of a passage: a sum over all standards takes it off.
    """
    running = [one for one in snapshot["cycles"] if one["status"] in ("open", "waiting")]
    for one in running:
        if not one["measured"] or one.get("stage") not in _STAGES:
            continue
        name, unit = one.get("standard"), one.get("unit") or snapshot["unit"]
        names = [name or snapshot["standard"]]
        if name is not None:
            passage = [other for other in running if other["number"] == one["number"]]
            if one is not min(passage, key=_urgency):
                names.append(f"*{name}")
        day = date.fromisoformat(one["received_on"]).toordinal()
        for standard in names:
            yield standard, unit, day, one["stage"]
            yield standard, "*", day, one["stage"]


def _urgency(cycle: dict[str, Any]) -> tuple[bool, datetime]:
    """Soonest breach first, then what has none by the beginning of its wait."""
    waits = cycle.get("stage") is None or cycle.get("breaches_at") is None
    return waits, datetime.fromisoformat(cycle["since" if waits else "breaches_at"])
