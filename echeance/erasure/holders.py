"""What holds files, and how it loses one: every table and topic, each with its rule.

A table or topic that is not named here fails a test, and so does one with identifiers whose rule says
that it has none. What is outside of tables and topics is in docs/operations.md, “Answer a request for
erasure”.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from shared.log import AUDIT, BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS

Rule = Literal[
    "none", "counts", "replaced", "renamed", "rewritten", "deleted", "ended", "transient"
]
"""How a table loses a file.

- ``none``: it names no file. ``counts``: it counts files, without naming them.
- ``replaced``: the clock gives the row to the pseudonym and writes it anew (``services/clock/worker.py``).
- ``renamed``: compliance renames the file (``services/compliance/projection/forgetting.py``).
- ``rewritten``, ``deleted``: texts without the identifier, or rows that go, with the cleaning (``cleaning``).
- ``ended``: the identifiers are emptied at the end of the cleaning itself.
- ``transient``: a rebuild's or an import's own, gone with it.
"""

TABLE_RULES: Final[Mapping[str, Rule]] = {
    "log_records": "rewritten",
    "positions": "none",
    "attempts": "none",
    "origins": "none",
    "rebuilds": "transient",
    "clock_files": "replaced",
    "clock_generations": "none",
    "dead_letters": "deleted",
    "sessions": "none",
    "audit_records": "rewritten",
    "audit_chains": "none",
    "audit_removed": "none",
    "token_uses": "none",
    "erasures": "ended",
    "forgotten_files": "none",
    "erasure_positions": "none",
    "erasure_keys": "none",
    "compliance_files": "renamed",
    "tallies": "counts",
    "open_tallies": "counts",
    "delay_tallies": "counts",
    "anomaly_tallies": "counts",
    "measured_cycles": "renamed",
    "stop_findings": "renamed",
    "corrections": "renamed",
    "known_tallies": "counts",
    "known_cycles": "renamed",
    "known_files": "renamed",
    "recounts": "none",
    "known_since": "none",
    "alerts": "renamed",
    "alert_tallies": "counts",
    "alert_deliveries": "renamed",
    "alert_notices": "none",
    "leases": "none",
    "digests": "none",
    "explanations": "rewritten",
    "releases": "counts",
    "previews": "deleted",
    "editions": "counts",
    "edition_files": "counts",
}

TOPIC_RULES: Final[Mapping[str, str]] = {
    FILE_EVENTS: "copied to its own end without the file, then deleted up to there",
    DEAD_LETTERS: "copied to its own end without the file, then deleted up to there",
    FILE_CLOCKS: "a tombstone, and compaction within max.compaction.lag.ms",
    BREACH_ALERTS: "copied to its own end without the file, then deleted up to there",
    AUDIT: "copied to its own end, its records of the file without the identifier, then deleted up to there",
}
"""How a topic on Kafka loses a file; on SQLite all are in ``log_records``."""
