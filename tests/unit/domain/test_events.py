"""The stored form of events, snapshots, alerts and dead letters: golden files, byte for byte, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, get_args

import msgspec
import pytest

from shared.domain import events, records
from shared.domain.events import (
    ADMINISTRATIVE_TYPES,
    EVENT_TYPES,
    NATURAL_ORDER,
    OPERATOR,
    AllowanceRaised,
    AllowanceRaisedData,
    AnswerData,
    Assigned,
    AssignedData,
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    EventName,
    Extended,
    ExtendedData,
    Forgotten,
    ForgottenData,
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
    data_members,
    short_name,
    stored_name,
)
from shared.domain.records import (
    Anomaly,
    BreachAlert,
    ChangedBy,
    ClockSnapshot,
    ClockSnapshotV1,
    CycleState,
    DeadLetter,
    Stop,
)
from tests.paths import ROOT

GOLDEN = ROOT / "tests" / "golden" / "events"
COMMON: dict[str, Any] = {
    "source": "urn:example:cases",
    "file_id": "CAQ-2025-000123",
    "time": datetime(2025, 4, 28, 14, 30, tzinfo=UTC),
    "recorded_at": datetime(2025, 4, 28, 14, 30, 5, 250_000, tzinfo=UTC),
}
RECEIVED = ReceivedData(
    standard="evaluation-comparative", unit="montreal", attributes={"evaluation": "initiale"}
)
LIFECYCLE: dict[str, Any] = {
    "received": Received(id="e-1", data=RECEIVED, **COMMON),
    "documents_requested": DocumentsRequested(
        id="e-2", data=RequestData(request_id="R-1"), **COMMON
    ),
    "documents_requested_without_id": DocumentsRequested(id="e-3", data=RequestData(), **COMMON),
    "documents_received": DocumentsReceived(id="e-4", data=AnswerData(request_id="R-1"), **COMMON),
    "documents_requested_of_a_kind": DocumentsRequested(
        id="e-9",
        data=RequestData(request_id="R-2", kind="supplement", answer_by=date(2025, 5, 12)),
        **COMMON,
    ),
    "extended": Extended(id="e-10", data=ExtendedData(extension="agreed"), **COMMON),
    "extended_until": Extended(
        id="e-11", data=ExtendedData(extension="agreed", until=date(2025, 6, 30)), **COMMON
    ),
    "reached": Reached(id="e-12", data=ReachedData(milestone="acknowledged"), **COMMON),
    "transferred": Transferred(id="e-13", data=TransferredData(unit="quebec"), **COMMON),
    "withdrawn_for_a_reason": Withdrawn(
        id="e-14", data=WithdrawnData(reason="duplicate"), **COMMON
    ),
    "decided": Decided(id="e-5", data=DecidedData(outcome="refused"), **COMMON),
    "withdrawn": Withdrawn(id="e-6", data=WithdrawnData(), **COMMON),
    "reopened": Reopened(id="e-7", data=ReopenedData(reason="sent-back"), **COMMON),
    "voided": Voided(id="e-8", data=VoidedData(event_id="e-5"), **COMMON),
    "forgotten": Forgotten(
        id="forgotten-1",
        data=ForgottenData(pseudonym="~abcdefghijklmnopqrstuvwxyz"),
        **(COMMON | {"source": OPERATOR}),
    ),
    "assigned": Assigned(
        id="assigned-1",
        data=AssignedData(source="urn:example:cases"),
        **(COMMON | {"source": OPERATOR}),
    ),
    "allowance_raised": AllowanceRaised(
        id="raised-1",
        data=AllowanceRaisedData(source="urn:example:cases", events=2_000),
        **(COMMON | {"source": OPERATOR}),
    ),
}
OPEN_CYCLE = CycleState(
    number=2,
    status="open",
    received_at=datetime(2025, 6, 2, 13, 0, tzinfo=UTC),
    received_on=date(2025, 6, 2),
    since=datetime(2025, 6, 2, 13, 0, tzinfo=UTC),
    counted=0,
    waited=0,
    measured=True,
    due_on=date(2025, 8, 13),
    breaches_at=datetime(2025, 8, 14, 4, 0, tzinfo=UTC),
    stage="on_track",
    stage_since=datetime(2025, 6, 2, 13, 0, tzinfo=UTC),
)
DECIDED_CYCLE = CycleState(
    number=1,
    status="decided",
    received_at=datetime(2025, 4, 28, 14, 30, tzinfo=UTC),
    received_on=date(2025, 4, 28),
    since=datetime(2025, 5, 30, 20, 0, tzinfo=UTC),
    counted=23,
    waited=4.5,
    measured=False,
    due_on=date(2025, 5, 27),
    breaches_at=datetime(2025, 5, 28, 4, 0, tzinfo=UTC),
    on_time=False,
    ended_on=date(2025, 5, 30),
    outcome="refused",
    review_until=date(2025, 8, 28),
)
SNAPSHOT = ClockSnapshot(
    file_id="CAQ-2025-000123",
    generation=3,
    position=4821,
    crossed_at=datetime(2025, 6, 2, 13, 0, tzinfo=UTC),
    changed_by=ChangedBy(
        source="urn:example:cases",
        id="e-9",
        type="decided",
        recorded_at=datetime(2025, 6, 2, 13, 0, 4, 500_000, tzinfo=UTC),
    ),
    standard="evaluation-comparative",
    unit="montreal",
    cycles=(DECIDED_CYCLE, OPEN_CYCLE),
    anomalies=(Anomaly(source="urn:example:cases", event_id="e-9", reason="after_end"),),
)
SNAPSHOT_OF_STOPS = msgspec.structs.replace(
    SNAPSHOT,
    cycles=(
        msgspec.structs.replace(
            DECIDED_CYCLE,
            gross=30,
            stops=(
                Stop(
                    began_at=datetime(2025, 5, 1, 14, 0, tzinfo=UTC),
                    recorded_at=datetime(2025, 5, 1, 14, 0, 2, tzinfo=UTC),
                    counted=3,
                    removed=7,
                    ended_at=datetime(2025, 5, 12, 13, 0, tzinfo=UTC),
                    remaining=17,
                    late_at=datetime(2025, 5, 28, 4, 0, tzinfo=UTC),
                    open_seconds=201_600,
                ),
                Stop(
                    began_at=datetime(2025, 5, 30, 13, 0, tzinfo=UTC),
                    recorded_at=datetime(2025, 5, 30, 13, 0, 1, tzinfo=UTC),
                    counted=22,
                    removed=0,
                    party="other",
                    ended_at=datetime(2025, 5, 30, 19, 0, tzinfo=UTC),
                    kind="third-party",
                    lapsed=True,
                ),
            ),
            remaining=-3,
            on_time_unstopped=False,
        ),
    ),
)
WITHOUT_CAUSE = {
    name for name in ClockSnapshot.__struct_fields__ if name not in ("changed_by", "transfers")
}
SNAPSHOT_V1 = ClockSnapshotV1(**{name: getattr(SNAPSHOT, name) for name in WITHOUT_CAUSE})
DEAD_LETTER = DeadLetter(
    reason="unreadable",
    detail="Invalid value 'org.echeance.file.received.v9' - at `$.type`",
    topic="echeance.file-events",
    partition=5,
    offset=4822,
    key=b"CAQ-2025-000123",
    value=b'{"type":"org.echeance.file.received.v9","\xff"}',
)
REFUSED_LETTER = msgspec.structs.replace(
    DEAD_LETTER,
    reason="refused",
    detail="/time: is required",
    topic="cases.events",
    partition=3,
    offset=17,
    key=b"CASE-1",
    value=b"{}",
    at=datetime(2025, 5, 1, 12, tzinfo=UTC),
    source="urn:example:cases",
    headers=(("ce_id", b"1"),),
)
RAISED_ALERT = BreachAlert(
    file_id="CAQ-2025-000123",
    cycle=2,
    stage="critical",
    stage_since=datetime(2025, 8, 11, 4, 0, tzinfo=UTC),
    standard="evaluation-comparative",
    unit="montreal",
    due_on=date(2025, 8, 13),
    breaches_at=datetime(2025, 8, 14, 4, 0, tzinfo=UTC),
    raised_at=datetime(2025, 8, 11, 4, 0, 0, 812_000, tzinfo=UTC),
)
RESOLVED_ALERT = msgspec.structs.replace(
    RAISED_ALERT,
    by_catalogue=True,
    resolved_at=datetime(2025, 8, 12, 15, 20, 0, 95_000, tzinfo=UTC),
    resolved_why="waiting",
)
LONG_WAIT_ALERT = BreachAlert(
    file_id="CAQ-2025-000124",
    cycle=1,
    stage="waiting_long",
    stage_since=datetime(2025, 8, 11, 4, 0, tzinfo=UTC),
    standard="request-answer",
    unit="montreal",
    raised_at=datetime(2025, 8, 11, 4, 0, 0, 812_000, tzinfo=UTC),
    resolved_at=datetime(2025, 8, 12, 15, 20, 0, 95_000, tzinfo=UTC),
    resolved_why="answered",
    of_standard="request-answer",
)
ALERTS: dict[str, Any] = {
    "alert_raised": RAISED_ALERT,
    "alert_resolved": RESOLVED_ALERT,
    "alert_of_a_long_wait": LONG_WAIT_ALERT,
}
VALUES: dict[str, Any] = {
    **LIFECYCLE,
    **ALERTS,
    "snapshot": SNAPSHOT,
    "snapshot_of_stops": SNAPSHOT_OF_STOPS,
    "snapshot_v1": SNAPSHOT_V1,
    "dead_letter": DEAD_LETTER,
    "dead_letter_refused": REFUSED_LETTER,
}


def stored(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", VALUES)
def test_what_is_written_is_the_golden_form_to_the_byte(name: str) -> None:
    assert events.encode(VALUES[name]) == stored(name)


DECODERS: dict[str, Callable[[bytes], object]] = {
    **dict.fromkeys(LIFECYCLE, events.decode_event),
    **dict.fromkeys(ALERTS, records.decode_alert),
    "snapshot": records.decode_snapshot,
    "snapshot_of_stops": records.decode_snapshot,
    "dead_letter": records.decode_dead_letter,
    "dead_letter_refused": records.decode_dead_letter,
}


@pytest.mark.parametrize("name", DECODERS)
def test_a_golden_record_is_read_back_as_it_was(name: str) -> None:
    assert DECODERS[name](stored(name)) == VALUES[name]


def test_a_snapshot_of_the_first_version_is_read_as_one_whose_cause_is_not_known() -> None:
    unattributed = msgspec.structs.replace(SNAPSHOT, changed_by=None)
    assert records.decode_snapshot(stored("snapshot_v1")) == unattributed


def test_a_history_is_stored_as_a_list_of_events() -> None:
    values = list(LIFECYCLE.values())
    assert events.decode_history(events.encode(values)) == values


def test_every_event_has_its_golden_file_and_no_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(VALUES)
    assert {type(event) for event in LIFECYCLE.values()} == {
        *EVENT_TYPES,
        *ADMINISTRATIVE_TYPES,
        Forgotten,
    }


def test_stored_names_carry_their_version_and_are_never_renamed() -> None:
    every = (*EVENT_TYPES, *ADMINISTRATIVE_TYPES)
    words = [short_name(event_type) for event_type in every]
    assert words == [
        "received",
        "transferred",
        "documents_requested",
        "documents_received",
        "extended",
        "reached",
        "decided",
        "withdrawn",
        "reopened",
        "voided",
        "assigned",
        "allowance_raised",
    ]
    assert [stored_name(event_type) for event_type in every] == [
        f"org.echeance.file.{word}.v1" for word in words
    ]


def test_the_natural_order_is_the_order_of_a_files_life() -> None:
    assert sorted(NATURAL_ORDER, key=NATURAL_ORDER.__getitem__) == [
        *EVENT_TYPES,
        *ADMINISTRATIVE_TYPES,
    ]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("decided", b"file.decided.v1", b"file.decided.v2"),
        ("decided", b"file.decided.v1", b"file.paid.v1"),
        ("decided", b'"specversion":"1.0"', b'"specversion":"0.3"'),
        ("decided", b'"outcome":', b'"result":'),
        ("decided", b'"subject":', b'"file":'),
        ("decided", b'"id":"e-5"', b'"id":5'),
        ("decided", b'"id":"e-5"', b'"id":null'),
        ("decided", b'"2025-04-28T14:30:00Z"', b'"2025-04-28"'),
        ("decided", b'"specversion"', b'"name":"Marie","specversion"'),
        ("decided", b'"outcome":"refused"', b'"outcome":"refused","note":"Marie"'),
        ("snapshot", b"clock.v2", b"clock.v3"),
        ("snapshot", b"clock.v2", b"clock.v1"),
        ("snapshot", b'"changed_by":{', b'"changed":{'),
        ("snapshot", b'04.500000Z"', b'04.500000"'),
    ],
)
def test_an_unknown_type_version_or_member_is_refused(name: str, old: bytes, new: bytes) -> None:
    golden = stored(name)
    assert golden.count(old) == 1
    with pytest.raises(msgspec.ValidationError):
        DECODERS[name](golden.replace(old, new))


def test_a_snapshots_version_orders_generation_then_position_then_crossing() -> None:
    later = datetime(2025, 6, 3, tzinfo=UTC)
    rebuilt = msgspec.structs.replace(SNAPSHOT, generation=4, position=1)
    continued = msgspec.structs.replace(SNAPSHOT, position=4822)
    crossed = msgspec.structs.replace(SNAPSHOT, crossed_at=later)
    versions = [snapshot.version for snapshot in (SNAPSHOT, crossed, continued, rebuilt)]
    assert versions == sorted(versions)
    assert len(set(versions)) == 4


@pytest.mark.parametrize("identifier", ["A", "CAQ-2025-1", "a.b:c_d-e", "9" * 64])
def test_a_file_id_is_opaque_and_short(identifier: str) -> None:
    assert events.FILE_ID.fullmatch(identifier)


@pytest.mark.parametrize("identifier", ["", "-a", "a b", "é", "a/b", "a\n", "9" * 65, "<b>"])
def test_what_could_be_a_name_or_markup_is_no_file_id(identifier: str) -> None:
    assert not events.FILE_ID.fullmatch(identifier)


def test_event_ids_may_hold_slashes_and_words_only_lower_case() -> None:
    assert events.EVENT_ID.fullmatch("cases/2025:1")
    assert not events.EVENT_ID.fullmatch("a" * 129)
    assert events.WORD.fullmatch("temps-complet")
    assert not events.WORD.fullmatch("Temps")


def test_every_event_says_what_its_data_may_hold() -> None:
    """Members, in order; those in brackets may be left out."""

    def said(event_type: type[Published]) -> list[str]:
        return [
            f"{one.name}" if one.required else f"[{one.name}]" for one in data_members(event_type)
        ]

    assert {short_name(event_type): said(event_type) for event_type in EVENT_TYPES} == {
        "received": ["standard", "unit", "[attributes]"],
        "transferred": ["unit"],
        "documents_requested": ["[request_id]", "[kind]", "[answer_by]"],
        "documents_received": ["[request_id]"],
        "decided": ["outcome"],
        "extended": ["extension", "[until]"],
        "reached": ["milestone"],
        "withdrawn": ["[reason]"],
        "reopened": ["reason"],
        "voided": ["event_id"],
    }


def test_every_name_of_an_event_is_a_type_of_event() -> None:
    assert list(get_args(EventName)) == [short_name(event_type) for event_type in EVENT_TYPES]
