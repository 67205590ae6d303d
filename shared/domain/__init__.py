"""What can happen to a file, and what the law makes of it. Pure: no IO, no wall clock."""

from shared.domain import (
    catalogue,
    counting,
    cycles,
    deadline_words,
    delay,
    ledger_days,
    remaining,
    vocabulary,
)
from shared.domain.catalogue import Catalogue, Unit
from shared.domain.commitments import Standard, Target, Terms
from shared.domain.countable import DeadlineError
from shared.domain.cycles import PLAIN, Effect, FileState, History, Outstanding
from shared.domain.delay import CycleClock, Deadline, FileClock
from shared.domain.events import (
    EVENT_ID,
    EVENT_TYPES,
    FILE_ID,
    LONGEST_SOURCE,
    NATURAL_ORDER,
    OPERATOR,
    PSEUDONYM_MARK,
    WORD,
    Administrative,
    AllowanceRaised,
    AllowanceRaisedData,
    AnswerData,
    Assigned,
    AssignedData,
    AttributeWords,
    CivilDate,
    DataMember,
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    EventName,
    Extended,
    ExtendedData,
    Forgotten,
    ForgottenData,
    IdentifierPattern,
    Published,
    Reached,
    ReachedData,
    Received,
    ReceivedData,
    Reopened,
    ReopenedData,
    RequestData,
    Transferred,
    TransferredData,
    Voided,
    VoidedData,
    Withdrawn,
    WithdrawnData,
    WordList,
    WordOf,
    data_members,
    decode_event,
    decode_history,
    encode,
    is_pseudonym,
    short_name,
    stored_name,
)
from shared.domain.file_clock import (
    FileCalculator,
    FileCheckpoint,
    FileReading,
    StandardReading,
    UnknownStandardError,
)
from shared.domain.instants import from_microseconds, microseconds
from shared.domain.ledger import CycleLedger, LedgerDay, LedgerEvent, file_ledger
from shared.domain.ledger_days import DayReason
from shared.domain.limits import (
    CatalogueLimit,
    DayUnit,
    Length,
    LimitUnit,
    Minutes,
    ThresholdUnit,
    Word,
    in_threshold_words,
)
from shared.domain.list_order import LAST, listed_cycle, sort_key
from shared.domain.ownership import (
    NOT_SHARED,
    NOTHING_RESERVED,
    Owner,
    Reservation,
    Reservations,
    Sharing,
    is_source,
    owner,
)
from shared.domain.records import (
    CONFLICT,
    CRASHED,
    DEAD_LETTER_REASONS,
    NOT_FORGOTTEN,
    OUTSIDE_COVERAGE,
    REFUSED,
    SNAPSHOT_REVISION,
    TOO_MANY_EVENTS,
    TOO_MANY_OTHERS,
    UNKNOWN_STANDARD,
    UNREADABLE,
    AlertEnd,
    AlertStage,
    Anomaly,
    AnomalyReason,
    BreachAlert,
    ChangedBy,
    ClockSnapshot,
    CycleState,
    DeadLetter,
    Party,
    Stage,
    Status,
    Stop,
    Transfer,
    decode_dead_letter,
    decode_snapshot,
)
from shared.domain.remaining import remaining_at
from shared.domain.uri import URI, URI_REFERENCE
from shared.domain.vocabulary import ANOMALIES, EVENTS, LIMIT_UNITS, STAGE_WORDS, STATUSES, why
from shared.domain.what_if import Wait, WhatIf, evaluate_what_if
