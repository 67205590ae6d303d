"""The tables of the projection: snapshots, their tallies, and the lists behind the figures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Computed,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from shared.database import metadata


def _partial_index(name: str, condition: ColumnElement[bool], *columns: Column[Any]) -> None:
    """An index of the rows that meet a condition."""
    Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


compliance_files = Table(
    "compliance_files",
    metadata,
    Column("file_id", String, nullable=False),
    Column(
        "of_standard",
        String,
        nullable=False,
        comment="empty for the file; a standard for its part in a file of several",
    ),
    Column("partition", Integer, nullable=False),
    Column(
        "snapshot", LargeBinary, nullable=False, comment="the newest snapshot folded, as stored"
    ),
    Column("standard", String),
    Column("unit", String),
    Column(
        "stage",
        String,
        comment="of an open file: a stage, waiting, or overdue_waiting; followed_ before it where the file is not measured",
    ),
    Column(
        "breaches_at",
        BigInteger,
        comment="sort key of open files; after every breach while waiting",
    ),
    PrimaryKeyConstraint("file_id", "of_standard"),
)

_is_open = compliance_files.c.breaches_at.is_not(None)
_urgency = (
    compliance_files.c.breaches_at,
    compliance_files.c.file_id,
    compliance_files.c.of_standard,
)
_group = compliance_files.c.standard, compliance_files.c.unit, compliance_files.c.stage
# The first files of a stage, and of any choice of standard, unit and stage.
_partial_index("compliance_files_stage", _is_open, compliance_files.c.stage, *_urgency)
_partial_index("compliance_files_chosen", _is_open, *_group, *_urgency)

# Owners of different partitions never touch the same row; a measure sums over partitions when it is read.
tallies = Table(
    "tallies",
    metadata,
    Column("basis", String, nullable=False),
    Column(
        "grain",
        String,
        nullable=False,
        comment="day, week, month, quarter or year: what a row covers",
    ),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False, comment="* for all units together"),
    Column("day", Integer, nullable=False, comment="ordinal of the first day covered"),
    Column("outcome", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    PrimaryKeyConstraint("basis", "grain", "standard", "unit", "day", "outcome", "partition"),
    sqlite_with_rowid=False,
)

# What is open now. Files leave a row as they change, so most rows come to 0; an index holds the others.
# It does not hold the count itself, so that PostgreSQL can update rows in place (HOT).
open_tallies = Table(
    "open_tallies",
    metadata,
    Column("basis", String, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False, comment="* for all units together"),
    Column("day", Integer, nullable=False, comment="ordinal of the date; 0 for none"),
    Column("outcome", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("has_files", Boolean, Computed("files <> 0", persisted=True)),
    PrimaryKeyConstraint("basis", "standard", "unit", "day", "outcome", "partition"),
    sqlite_with_rowid=False,
)

Index(
    "open_tallies_left",
    open_tallies.c.basis,
    open_tallies.c.standard,
    open_tallies.c.unit,
    open_tallies.c.day,
    sqlite_where=open_tallies.c.files != 0,
    postgresql_where=open_tallies.c.has_files,
)

# How long ended cycles took: files by what their limit had counted, in whole days or seconds.
delay_tallies = Table(
    "delay_tallies",
    metadata,
    Column("grain", String, nullable=False, comment="month or year: what a row covers"),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False, comment="* for all units together"),
    Column("day", Integer, nullable=False, comment="ordinal of the first day covered"),
    Column("outcome", String, nullable=False),
    Column(
        "kind",
        String,
        nullable=False,
        comment="net, gross (had nothing stopped the delay), or both where they are the same",
    ),
    Column("amount", Integer, nullable=False, comment="days, or seconds rounded up"),
    Column("partition", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    PrimaryKeyConstraint(
        "grain", "standard", "day", "unit", "outcome", "kind", "amount", "partition"
    ),
    sqlite_with_rowid=False,
)

anomaly_tallies = Table(
    "anomaly_tallies",
    metadata,
    Column("source", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("unit", String, nullable=False, comment="empty where no reception tells it"),
    Column("partition", Integer, nullable=False),
    Column("events", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "reason", "unit", "partition"),
    sqlite_with_rowid=False,
)

# The files behind the figures, one row a cycle; the row of a cycle no longer measured stays, emptied.
measured_cycles = Table(
    "measured_cycles",
    metadata,
    Column("file_id", String, nullable=False),
    Column("of_standard", String, nullable=False, comment="empty in a file of one standard"),
    Column("cycle", Integer, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("received_on", Integer, nullable=False, comment="ordinals of dates, as below"),
    Column("decided_on", Integer, comment="null while it is overdue"),
    Column("due_on", Integer),
    Column("outcome", String, nullable=False),
    Column("counted", Integer, comment="days or seconds, once it ended"),
    Column("gross", Integer, comment="the same, had nothing stopped the delay"),
    PrimaryKeyConstraint("file_id", "of_standard", "cycle"),
    sqlite_with_rowid=False,
)

_cycles = measured_cycles.c
for _day in (_cycles.decided_on, _cycles.due_on):
    _columns = _cycles.standard, _day, _cycles.file_id, _cycles.cycle, _cycles.unit, _cycles.outcome
    # Delays of days that make no whole month are read from the index alone.
    _delays = (_cycles.counted, _cycles.gross) if _day.name == "decided_on" else ()
    _partial_index(
        f"measured_cycles_{_day.name}", _day.is_not(None), *_columns, _cycles.of_standard, *_delays
    )

# Ended cycles whose stops are to verify, one row a rule; the row of one that is so no longer stays, emptied.
stop_findings = Table(
    "stop_findings",
    metadata,
    Column("file_id", String, nullable=False),
    Column("of_standard", String, nullable=False, comment="empty in a file of one standard"),
    Column("cycle", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("ended_on", Integer, comment="ordinal of the date; null once it is to verify no longer"),
    Column("outcome", String, nullable=False),
    Column("removed", Float, nullable=False, comment="by all its stops, in the unit of the limit"),
    Column("at", BigInteger, nullable=False, comment="microseconds since 1970: what it is about"),
    Column("amount", Float, nullable=False, comment="how much of it, by rule"),
    PrimaryKeyConstraint("file_id", "of_standard", "cycle", "rule"),
    sqlite_with_rowid=False,
)

_found = stop_findings.c
_partial_index(
    "stop_findings_ended",
    _found.ended_on.is_not(None),
    _found.standard,
    _found.rule,
    _found.ended_on,
    _found.file_id,
    _found.of_standard,
    _found.cycle,
    _found.unit,
)

# Answers that changed after their period had closed. A rebuild keeps them: they cannot be recomputed.
corrections_table = Table(
    "corrections",
    metadata,
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False, comment="up to where the step had read"),
    Column("number", Integer, nullable=False, comment="within the step"),
    Column("noted_at", BigInteger, nullable=False, comment="microseconds since 1970, as below"),
    Column("file_id", String, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("old_day", Integer),
    Column("old_result", String),
    Column("new_day", Integer),
    Column("new_result", String),
    Column("generation", BigInteger, nullable=False),
    Column("source", String, comment="the event that changed it; null for a new generation"),
    Column("event_id", String),
    Column("event_type", String),
    Column("recorded_at", BigInteger),
    PrimaryKeyConstraint("noted_at", "partition", "position", "number"),
)

# A file that is forgotten is renamed in them.
Index("corrections_file", corrections_table.c.file_id)

# The answers of a period, before and since, counted from the indexes alone.
_answer = corrections_table.c
_before, _since = (_answer.old_day, _answer.old_result), (_answer.new_day, _answer.new_result)
for (_day, _result), _other in ((_before, _since), (_since, _before)):
    _counted = _answer.basis, _day, _answer.standard, _answer.unit, _result, *_other
    _partial_index(f"corrections_{_day.name}", _day.is_not(None), *_counted)

# What became known after the day it is about (known_changes). History, as corrections are.
known_tallies = Table(
    "known_tallies",
    metadata,
    Column("basis", String, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False, comment="* for all units together"),
    Column("day", Integer, nullable=False, comment="ordinal of the date; 0 for none"),
    Column("known_on", Integer, nullable=False, comment="ordinal of the day on which it was known"),
    Column("outcome", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    PrimaryKeyConstraint("basis", "standard", "unit", "day", "known_on", "outcome", "partition"),
    sqlite_with_rowid=False,
)

# Measured cycles as they were listed before a change that became known that late.
known_cycles = Table(
    "known_cycles",
    metadata,
    Column("file_id", String, nullable=False),
    Column("of_standard", String, nullable=False, comment="empty in a file of one standard"),
    Column("cycle", Integer, nullable=False),
    Column("known_on", Integer, nullable=False, comment="ordinal of the day of the change"),
    Column("position", BigInteger, nullable=False, comment="up to where the step had read"),
    Column("partition", Integer, nullable=False),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("received_on", Integer, nullable=False, comment="ordinals of dates, as below"),
    Column("decided_on", Integer),
    Column("due_on", Integer),
    Column("outcome", String, nullable=False, comment="empty where it was not listed"),
    Column("counted", Integer, comment="days or seconds, once it ended"),
    Column("gross", Integer, comment="the same, had nothing stopped the delay"),
    PrimaryKeyConstraint("file_id", "of_standard", "cycle", "known_on", "position"),
    sqlite_with_rowid=False,
)

for _day in (known_cycles.c.decided_on, known_cycles.c.due_on):
    _partial_index(f"known_cycles_{_day.name}", _day.is_not(None), known_cycles.c.standard, _day)

# Files of which nothing was known on a day that a cycle of theirs is about: one row for all of a step.
known_files = Table(
    "known_files",
    metadata,
    Column("partition", Integer, nullable=False),
    Column("known_on", Integer, nullable=False, comment="ordinal of the day of the change"),
    Column("position", BigInteger, nullable=False, comment="up to where the step had read"),
    Column("files", String, nullable=False, comment="JSON: an array of identifiers"),
    PrimaryKeyConstraint("partition", "known_on", "position"),
)

# Up to where a rebuild read events: what is folded of them again is no news.
recounts = Table(
    "recounts",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)

# Nothing is known of days before this one, where an earlier program has folded.
known_since = Table(
    "known_since",
    metadata,
    Column("began_on", Integer, primary_key=True, autoincrement=False, comment="an ordinal"),
)

COMPUTED = (
    compliance_files,
    tallies,
    open_tallies,
    delay_tallies,
    anomaly_tallies,
    measured_cycles,
    stop_findings,
)
"""What a rebuild empties and fills again."""
