"""The binary mode: attributes in headers, decoded once and strictly; and how a request says which mode it is in."""

from __future__ import annotations

import pytest
from cloudevents.core.bindings.http import to_binary_event
from cloudevents.core.v1.event import CloudEvent

from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.cloudevents.http_binding import mode_of, parse_binary
from tests.unit.ingest.cloudevents.given import (
    RULES,
    SOURCE,
    WITHDRAWN,
    attributes,
    error_of,
    event,
    faults_of,
    written,
)

BODY = written(event()["data"])


def headers(**changes: str | bytes | None) -> list[tuple[bytes, bytes]]:
    names = {name: str(value) for name, value in event().items() if name != "data"} | changes
    found = [(b"content-type", b"application/json")]
    for name, value in names.items():
        if value is not None:
            raw = value if isinstance(value, bytes) else value.encode()
            found.append((b"ce-" + name.encode(), raw))
    return found


def refused(sent: list[tuple[bytes, bytes]], body: bytes = BODY) -> list[tuple[str, str]]:
    error = error_of(parse_binary, sent, body, RULES)
    return [(pointer, code) for _, pointer, code in faults_of(error)]


def test_an_event_in_binary_mode_is_the_same_event() -> None:
    expected = parse_structured(written(event()), RULES)
    assert parse_binary(headers(), BODY, RULES) == expected
    assert parse_binary(headers(source=SOURCE.replace("/", "%2F")), BODY, RULES) == expected
    assert parse_binary(headers(source=f'"{SOURCE}"'), BODY, RULES) == expected
    assert parse_binary(headers(traceparent="%F0%9F%98%80"), BODY, RULES) == expected


def test_an_event_without_data_has_no_body() -> None:
    sent = headers(type=WITHDRAWN)
    assert parse_binary(sent, b"", RULES) == parse_binary(sent, b"{}", RULES)


def test_percent_decoding_happens_once() -> None:
    found = parse_binary(headers(source="/a%2520b"), BODY, RULES)
    assert found.source == "/a%20b"
    assert refused(headers(source="/a%20b")) == [("/source", "bad_source")]


@pytest.mark.parametrize(
    "value",
    [b"%C0%A0", b"%c0%a0", b"%FF", b"%ED%A0%80", b"%F8%88%80%80%80", b"%E2%82", b"%", b"%4", b"%zz", b"\xc3\xa9", b"a\tb", b"a\x7f"],
)  # fmt: skip
def test_a_header_that_is_not_encoded_as_asked_is_malformed(value: bytes) -> None:
    assert refused(headers(ext=value)) == [("/ext", "bad_header")]
    assert refused(headers(id=value)) == [("/id", "bad_header")]


def test_a_control_character_cannot_come_in_by_percent_encoding() -> None:
    assert refused(headers(id="a%0Ab")) == [("/id", "bad_identifier")]
    assert refused(headers(ext="a%00b")) == [("/ext", "bad_extension_value")]


@pytest.mark.parametrize("name", ["datacontenttype", "data", "data_base64"])
def test_what_http_itself_carries_has_no_header(name: str) -> None:
    assert refused(headers(**{name: "application/json"})) == [(f"/{name}", "not_a_header")]


def test_a_repeated_header_is_malformed() -> None:
    assert refused([*headers(), (b"ce-id", b"evt-1")]) == [("/id", "repeated_header")]
    error = error_of(mode_of, [*headers(), (b"content-type", b"application/json")])
    assert faults_of(error) == [(0, "", "repeated_header")]


@pytest.mark.parametrize("name", ["", "with-dash", "with_line", "é"])
def test_an_ill_named_header_is_refused(name: str) -> None:
    [(_, code)] = refused([*headers(), (b"ce-" + name.encode("latin-1"), b"x")])
    assert code == "bad_extension_name"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time"])
def test_a_required_header_is_required(name: str) -> None:
    assert refused(headers(**{name: None})) == [(f"/{name}", "missing")]
    assert refused(headers(**{name: ""})) == [(f"/{name}", "empty")]


def test_the_faults_of_the_body_are_those_of_its_data() -> None:
    assert refused(headers(), b'{"unit":1,"unit":NaN}') == [
        ("/data/unit", "duplicate_member"),
        ("/data/unit", "not_a_number"),
    ]
    assert refused(headers(), b"\xff") == [("/data", "not_utf8")]
    assert refused(headers(), b"") == [("/data", "missing")]
    assert refused(headers(), b"[]") == [("/data", "not_an_object")]
    assert refused(headers(), b" " * 65_537) == [("", "too_large")]


@pytest.mark.parametrize(
    ("content_type", "mode"),
    [
        ("application/cloudevents+json", "structured"),
        ("Application/CloudEvents+JSON; charset=UTF-8", "structured"),
        ('application/cloudevents+json ;charset="utf-8"; a=b', "structured"),
        ("application/cloudevents-batch+json", "batch"),
        ("application/cloudevents-batch+json;charset=utf-8", "batch"),
        ("application/x-ndjson", "lines"),
        ("application/json", "binary"),
    ],
)
def test_the_media_type_says_the_mode(content_type: str, mode: str) -> None:
    assert mode_of([(b"content-type", content_type.encode()), (b"ce-id", b"1")]) == mode


@pytest.mark.parametrize(
    "content_type",
    [
        "", "text/plain", "application/cloudevents", "application/cloudevents+xml", "application/cloudevents-batch",
        "application/cloudevents-batch+jsonx", "application/cloudevents+json; charset=latin-1", "application/cloudevents+json; charset",
        "application", "application/json, application/json", "\xff", "application/xml",
    ],
)  # fmt: skip
def test_any_other_media_type_is_not_accepted(content_type: str) -> None:
    sent = [(b"content-type", content_type.encode("latin-1")), (b"ce-id", b"1")]
    assert error_of(mode_of, sent).status == 415


def test_a_mode_may_be_the_only_one_accepted() -> None:
    batch = [(b"content-type", b"application/cloudevents-batch+json")]
    assert mode_of(batch, "batch") == "batch"
    for sent in ([], headers(), [(b"content-type", b"text/plain"), (b"ce-id", b"1")]):
        error = error_of(mode_of, sent, "batch")
        assert error.status == 415
        assert error.faults[0].values["known"] == "application/cloudevents-batch+json"


def test_json_without_a_single_attribute_is_no_event() -> None:
    assert error_of(mode_of, [(b"content-type", b"application/json")]).status == 415


def test_what_the_cloudevents_package_sends_is_accepted() -> None:
    message = to_binary_event(CloudEvent(attributes(comment="Montréal, 100 %"), event()["data"]))
    sent = [(name.lower().encode(), value.encode()) for name, value in message.headers.items()]
    assert mode_of(sent) == "binary"
    assert parse_binary(sent, message.body, RULES) == parse_structured(written(event()), RULES)
