"""JSON that two readers could understand differently, and whatever else may be sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.cloudevents.envelope import parse_batch, parse_structured
from services.ingest.cloudevents.faults import EventFault, InvalidEventsError
from shared.domain import events
from tests.unit.ingest.cloudevents.given import RULES, error_of, event, faults_of, refused, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b"", "", "not_json"),
        (b"{", "", "not_json"),
        (b"{'id': 1}", "", "not_json"),
        (b'{"id":"a\x01"}', "", "not_json"),
        (b'{"id":"\\x"}', "", "not_json"),
        (b"{}{}", "", "not_json"),
        (b"\x00", "", "not_json"),
        (written(event()).decode().encode("utf-16"), "", "not_utf8"),
        (b'{"id":"\xff"}', "", "not_utf8"),
        (b'{"id":"\xed\xa0\x80"}', "", "not_utf8"),
        (b'{"id":"\xc0\xa0"}', "", "not_utf8"),
        (b"\xef\xbb\xbf" + written(event()), "", "byte_order_mark"),
        (b'{"a":NaN}', "/a", "not_a_number"),
        (b'{"a":[1,-Infinity]}', "/a/1", "not_a_number"),
        (b'{"id":"a","id":"a"}', "/id", "duplicate_member"),
        (b'{"id":"a","\\u0069d":"b"}', "/id", "duplicate_member"),
        (b'{"data":{"a~/":[{"b":1,"b":2}]}}', "/data/a~0~1/0/b", "duplicate_member"),
        (b'{"a":' + b"1" * 10_000 + b"}", "/a", "number_too_long"),
        (b'{"a":-' + b"1" * 10_000 + b"}", "/a", "number_too_long"),
    ],
)
def test_a_text_that_two_readers_could_understand_differently_is_malformed(
    raw: bytes, pointer: str, code: str
) -> None:
    assert refused(raw) == [(pointer, code)]
    assert error_of(parse_structured, raw, RULES).status == 400


@pytest.mark.parametrize(
    ("opening", "code"), [(b"[", "too_deep"), (b'{"a":', "not_an_array"), (b'[{"a":[', "too_deep")]
)
def test_nesting_a_hundred_thousand_deep_is_refused_and_harms_nothing(
    opening: bytes, code: str
) -> None:
    [fault] = error_of(parse_batch, opening * 100_000, RULES).faults
    assert fault.code == code


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"a"', b"1e999", b"-0.0"])
def test_an_event_is_an_object(raw: bytes) -> None:
    assert refused(raw) == [("", "not_an_object")]


def test_a_malformed_batch_tells_which_event_is_malformed() -> None:
    error = error_of(parse_batch, b'[{}, {"data": {"a": 1, "a": NaN}}, NaN]', RULES)
    assert faults_of(error) == [
        (1, "/data/a", "duplicate_member"),
        (1, "/data/a", "not_a_number"),
        (2, "", "not_a_number"),
    ]


@given(st.dictionaries(st.sampled_from(sorted(event())) | st.text(), JSON))
def test_whatever_is_sent_is_accepted_or_refused_with_words(changes: dict[str, Any]) -> None:
    try:
        found = parse_structured(written(event(**changes)), RULES)
    except InvalidEventsError as error:
        told = [
            one.detail(language) + one.pointer for one in error.faults for language in ("fr", "en")
        ]
        assert told and all(text.encode() for text in told)
    else:
        assert events.decode_event(events.encode(found)) == found


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0aNt1e- ').map(str.encode))
def test_whatever_bytes_are_sent_nothing_but_a_refusal_happens(raw: bytes) -> None:
    faults = error_of(parse_structured, raw, RULES).faults
    assert all(isinstance(one, EventFault) for one in faults)
