"""The attributes of an event: each held to the specification, with nothing invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.ingest.cloudevents.envelope import parse_structured
from tests.unit.ingest.cloudevents.given import NOW, RULES, error_of, event, refused, written

REOPENED = "org.echeance.file.reopened.v1"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time"])
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (..., "missing"),
        (None, "missing"),
        ("", "empty"),
        (1, "not_a_string"),
        (True, "not_a_string"),
        (["1.0"], "not_a_string"),
        ({"a": "1.0"}, "not_a_string"),
    ],
)
def test_a_required_attribute_is_a_string_that_says_something(
    name: str, value: Any, code: str
) -> None:
    assert refused(event(**{name: value})) == [(f"/{name}", code)]


@pytest.mark.parametrize("version", ["1", "1.0.2", "0.3", "1.0 ", "one"])
def test_only_version_1_0_of_the_specification_is_accepted(version: str) -> None:
    assert refused(event(specversion=version)) == [("/specversion", "wrong_specversion")]


@pytest.mark.parametrize(
    "value",
    ["a\nb", "a\x00b", "a\x7fb", "a\x85b", "a b", "é", "\ud800", "😀", "-a", "a" * 65, "A\n"],
)
def test_a_file_id_has_no_room_for_anything_but_an_identifier(value: str) -> None:
    assert refused(event(subject=value)) == [("/subject", "bad_identifier")]


@pytest.mark.parametrize("value", ["a b", "a\n", "\udfff", "é", "a" * 129, "/a"])
def test_an_event_id_has_no_room_for_anything_but_an_identifier(value: str) -> None:
    assert refused(event(id=value)) == [("/id", "bad_identifier")]


@pytest.mark.parametrize(
    "source",
    [
        "a b", "a\tb", "/a\n", 'a"b', "a<b>", "a\\b", "a|b", "a^b", "a`b", "a{b}", "é", "%", "%4", "%zz", "1a:b", ":a",
        "a#b#c", "http://[::1", "http://a:b:c", "[a]", "x" * 1_025, "\ud800", "http://a b/",
    ],
)  # fmt: skip
def test_a_source_that_is_no_uri_reference_is_refused(source: str) -> None:
    assert refused(event(source=source)) == [("/source", "bad_source")]


@pytest.mark.parametrize(
    "source",
    [
        "/", "a", "../a", "?q", "#f", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "mailto:cncf@example.org",
        "https://user@example.org:8443/a/b?c=d&e#f", "//example.org", "http://[2001:db8::7]/c", "a:b", "a%20b", "./1a:b",
        "tel:+1-816-555-1212", "x" * 1_024,
    ],
)  # fmt: skip
def test_a_source_is_any_uri_reference(source: str) -> None:
    assert parse_structured(written(event(source=source)), RULES).source == source


@pytest.mark.parametrize(
    "time",
    [
        "2025-04-28", "2025-04-28T09:30:00", "2025-04-28T24:00:00Z", "2025-04-28T23:59:60Z", "2025-W18-1T09:30:00Z",
        "2025-118T09:30:00Z", "20250428T093000Z", "2025-04-28 09:30:00Z", "2025-04-28T09:30Z", "2025-04-28T09:30:00+0400",
        "2025-04-28T09:30:00-04", "2025-04-28T09:30:00+24:00", "2025-04-28T09:30:00-04:60", "2025-02-29T09:30:00Z",
        "2025-13-01T09:30:00Z", "2025-04-31T09:30:00Z", "2025-00-10T09:30:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
        "2025-04-28T09:60:00Z", "2025-04-28T09:30:00.Z", "2025-04-28T09:30:00,5Z", "2025-04-28T09:30:00Z ", "2025-04-28T09:30:00Z\n",
        "２025-04-28T09:30:00Z", "2025-04-28T09:30:00 -04:00", "1745847000", "+12025-04-28T09:30:00Z", "now", "\ud800",
    ],
)  # fmt: skip
def test_a_time_that_is_no_instant_with_its_offset_is_refused(time: str) -> None:
    assert refused(event(time=time)) == [("/time", "bad_time")]


@pytest.mark.parametrize(
    "time",
    [
        "2025-04-28T13:30:00Z", "2025-04-28t13:30:00z", "2025-04-28T09:30:00-04:00", "2025-04-28T13:30:00.000Z",
        "2025-04-28T13:30:00-00:00", "2025-04-29T13:29:00+23:59", "2025-04-28T13:30:00.000000999Z",
    ],
)  # fmt: skip
def test_a_time_is_kept_in_utc(time: str) -> None:
    found = parse_structured(written(event(time=time)), RULES).time
    assert found == datetime(2025, 4, 28, 13, 30, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


def test_a_time_within_the_years_of_the_calendars_is_not_refused_however_long_ago() -> None:
    first = "2010-01-01T00:00:00-05:00"
    assert parse_structured(written(event(time=first)), RULES).time.year == 2010


@pytest.mark.parametrize(
    "written_time", ["0001-01-01T00:00:00Z", "1999-06-01T12:00:00Z", "2009-12-31T23:59:59-05:00"]
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"type": "org.echeance.file.decided.v1", "data": {"outcome": "accepted"}},
        {"type": "org.echeance.file.voided.v1", "data": {"event_id": "e-1"}},
        {"type": "org.echeance.file.reopened.v1", "data": {"reason": "sent-back"}},
    ],
)
def test_a_time_outside_the_years_of_the_calendars_is_refused(
    written_time: str, changes: dict[str, Any]
) -> None:
    assert refused(event(time=written_time, **changes)) == [("/time", "outside_coverage")]


def test_what_must_be_due_after_the_calendars_end_is_refused_and_the_day_before_is_not() -> None:
    late = replace(RULES, now=datetime(2050, 12, 31, 20, tzinfo=UTC))
    kinds: dict[str, dict[str, Any]] = {
        "received": {},
        "reopened": {"type": REOPENED, "data": {"reason": "sent-back"}},
    }
    last = {
        "received": "2050-12-01",
        "reopened": "2050-12-30",
    }  # a file of any standard is reopened
    for kind, changes in kinds.items():
        day = date.fromisoformat(last[kind])
        parse_structured(written(event(time=f"{day}T12:00:00-05:00", **changes)), late)
        beyond = event(time=f"{day + timedelta(days=1)}T12:00:00-05:00", **changes)
        [fault] = error_of(parse_structured, written(beyond), late).faults
        assert fault.code == "deadline_outside_coverage"


def test_what_ends_a_file_is_taken_to_the_calendars_last_day() -> None:
    late = replace(RULES, now=datetime(2050, 12, 31, 20, tzinfo=UTC))
    decision = {"type": "org.echeance.file.decided.v1", "data": {"outcome": "accepted"}}
    parse_structured(written(event(time="2050-12-31T12:00:00-05:00", **decision)), late)


def test_a_time_ahead_is_accepted_up_to_the_tolerance_and_refused_beyond() -> None:
    latest = NOW + RULES.future_tolerance
    parse_structured(written(event(time=latest.isoformat())), RULES)
    beyond = latest + timedelta(microseconds=1)
    assert refused(event(time=beyond.isoformat())) == [("/time", "time_ahead")]
    assert refused(event(time="9999-12-31T23:59:59Z")) == [("/time", "time_ahead")]
    assert refused(event(time="9999-12-31T23:59:59-23:59")) == [("/time", "bad_time")]


def test_an_event_is_recorded_at_the_moment_it_is_accepted() -> None:
    assert parse_structured(written(event()), RULES).recorded_at == NOW


@pytest.mark.parametrize(
    "value", ["", "accent é 😀", True, False, None, 0, -(2**31), 2**31 - 1, "x" * 5_000]
)
def test_a_valid_extension_is_accepted_and_not_kept(value: Any) -> None:
    kept = parse_structured(
        written(event(traceparent=value, abcdefghijklmnopqrstuvwxyz012=value)), RULES
    )
    assert kept == parse_structured(written(event()), RULES)


@pytest.mark.parametrize(
    "name", ["Upper", "with_line", "with-dash", "é", "", "a b", "a.b", "\ud800", "١"]
)
def test_an_ill_named_extension_is_refused(name: str) -> None:
    [(_, code)] = refused(event(**{name: "x"}))
    assert code == "bad_extension_name"


@pytest.mark.parametrize(
    "value",
    [1.0, 1e400, 2**31, -(2**31) - 1, [], {}, "a\nb", "a\x7f", "a\x9f", "\ud800", "\uffff", "\ufdd0", "\U0001fffe"],
)  # fmt: skip
def test_an_ill_typed_extension_is_refused(value: Any) -> None:
    raw = written(event(ext=value)).replace(b"Infinity", b"1e400")
    assert refused(raw) == [("/ext", "bad_extension_value")]


def test_the_recorded_time_is_not_for_a_publisher_to_say() -> None:
    sent = event(recordedtime="2020-01-01T00:00:00Z")
    assert refused(sent) == [("/recordedtime", "reserved_extension")]


@pytest.mark.parametrize("value", ["schemas/a", "/a", "#a", "//a/b", "a b:c", "", 1, "http://a b"])
def test_a_dataschema_that_is_no_absolute_uri_is_refused(value: Any) -> None:
    [(pointer, _)] = refused(event(dataschema=value))
    assert pointer == "/dataschema"
