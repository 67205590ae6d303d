"""The log: its ports, the one loop that reads it, and the embedded implementation on SQLite."""

from shared.log import dead_letters, ports, topic_identity, watchdog
from shared.log.attempts import StoredAttemptCounter
from shared.log.dead_letters import MAX_VALUE_BYTES
from shared.log.index_worker import IndexWorker
from shared.log.loop import Loop
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import (
    AUDIT,
    BREACH_ALERTS,
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    UNDER_FILES,
    Appender,
    Archive,
    Batch,
    Log,
    NewRecord,
    Outcome,
    Position,
    Record,
    RejectedRecord,
    Worker,
    is_copy,
    is_emptied,
    origin_offset,
    partition_of,
    with_headers,
)
from shared.log.quarantine import TooManyDeadLettersError
from shared.log.sqlite import SqliteLog, has_wal_reset_bug, log_records
from shared.log.step_lock import StepLock
from shared.log.topic_identity import StoredTopicIdentity
from shared.log.watchdog import StallDetector
