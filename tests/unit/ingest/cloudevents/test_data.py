"""The data of an event: what its type says, in the catalogue's words, and nothing more."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from services.ingest.cloudevents.envelope import Rules, parse_structured
from shared.domain import (
    EVENT_TYPES,
    AttributeWords,
    CivilDate,
    DataMember,
    IdentifierPattern,
    Published,
    WordOf,
    data_members,
    encode,
    stored_name,
)
from tests.builders import ACCESS
from tests.unit.ingest.cloudevents.given import (
    NOW,
    RECEIVED,
    RULES,
    WITHDRAWN,
    error_of,
    event,
    faults_of,
    refused,
    written,
)

TYPE = "org.echeance.file.{}.v1"
TOWN = Rules(catalogue=ACCESS, now=NOW)


@pytest.mark.parametrize(
    "value",
    ["application/json", "Application/JSON; charset=utf-8", 'application/json;a="b c"', None],
)  # fmt: skip
def test_the_data_are_json_whatever_the_parameters(value: Any) -> None:
    assert parse_structured(written(event(datacontenttype=value)), RULES)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("text/plain", "bad_datacontenttype"),
        ("application/jsonx", "bad_datacontenttype"),
        ("application/json;", "bad_datacontenttype"),
        ("application/json; charset", "bad_datacontenttype"),
        ("application/json\n", "bad_datacontenttype"),
        ("", "empty"),
        (1, "not_a_string"),
    ],
)
def test_any_other_content_type_of_the_data_is_refused(value: Any, code: str) -> None:
    assert refused(event(datacontenttype=value)) == [("/datacontenttype", code)]


def test_data_in_base64_are_the_same_data() -> None:
    encoded = base64.b64encode(written(event()["data"])).decode()
    sent = event(data=..., data_base64=encoded, datacontenttype="application/json")
    assert parse_structured(written(sent), RULES) == parse_structured(written(event()), RULES)


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("e30", "bad_base64"),
        ("e30=\n", "bad_base64"),
        ("e3 0=", "bad_base64"),
        ("e30==", "bad_base64"),
        ("=e30", "bad_base64"),
        ("é===", "bad_base64"),
        ("_-__", "bad_base64"),
        (1, "not_a_string"),
        ("/w==", "not_utf8"),
        ("TmFO", "not_a_number"),
        ("W10=", "not_an_object"),
        ("eyJhIjoxfQ==", "unknown_member"),
    ],
)
def test_data_in_bad_base64_are_refused(encoded: Any, code: str) -> None:
    sent = event(type=WITHDRAWN, data=..., data_base64=encoded)
    assert refused(sent) == [("/data_base64", code)]


def test_null_in_base64_is_no_data() -> None:
    assert refused(event(data=..., data_base64="bnVsbA==")) == [("/data_base64", "missing")]
    assert parse_structured(written(event(type=WITHDRAWN, data=..., data_base64="bnVsbA==")), RULES)


def test_data_and_data_base64_together_are_refused() -> None:
    assert refused(event(data_base64="e30=")) == [("/data_base64", "data_twice")]


@pytest.mark.parametrize(
    ("word", "data", "faults"),
    [
        ("received", ..., [("/data", "missing")]),
        ("received", None, [("/data", "missing")]),
        ("received", "{}", [("/data", "not_an_object")]),
        ("received", [], [("/data", "not_an_object")]),
        ("received", {}, [("/data/standard", "missing"), ("/data/unit", "missing")]),
        ("received", {"standard": "caq-etudes", "unit": None}, [("/data/unit", "not_a_string")]),
        (
            "received",
            {"standard": "caq-etudes", "unit": "laval", "attributes": []},
            [("/data/attributes", "not_an_object")],
        ),
        (
            "received",
            {"standard": "caq-etudes", "unit": "laval", "attributes": {"regime": ["temps-complet"]}},
            [("/data/attributes/regime", "not_a_string")],
        ),
        (
            "received",
            {"standard": "caq-etudes", "unit": "laval", "attributes": {"regime": "initiale"}},
            [("/data/attributes/regime", "unknown_word")],
        ),
        ("documents_requested", {"request_id": "a b"}, [("/data/request_id", "bad_identifier")]),
        ("documents_requested", {"request_id": None}, [("/data/request_id", "not_a_string")]),
        ("documents_received", {"id": "r"}, [("/data/id", "unknown_member"), ("/data/request_id", "missing")]),
        ("decided", {"outcome": "granted"}, [("/data/outcome", "unknown_word")]),
        ("decided", {"outcome": ["accepted"]}, [("/data/outcome", "not_a_string")]),
        ("decided", ..., [("/data", "missing")]),
        ("withdrawn", {"why": "moved"}, [("/data/why", "unknown_member")]),
        ("reopened", {"reason": "accepted"}, [("/data/reason", "unknown_word")]),
        ("voided", {"event_id": ""}, [("/data/event_id", "empty")]),
        ("voided", {}, [("/data/event_id", "missing")]),
    ],
)  # fmt: skip
def test_data_say_what_their_type_says_and_nothing_more(
    word: str, data: Any, faults: list[tuple[str, str]]
) -> None:
    assert refused(event(type=TYPE.format(word), data=data)) == faults


def test_an_unknown_word_is_refused_with_the_words_that_exist() -> None:
    sent = event(type=TYPE.format("decided"), data={"outcome": "x"})
    error = error_of(parse_structured, written(sent), RULES)
    [one] = error.faults
    assert "accepted, answered, begun" in one.detail("en")
    assert one.detail() == one.detail("fr") != one.detail("en")
    assert error.status == 422


@pytest.mark.parametrize("kind", ["org.echeance.file.received", RECEIVED + " ", "com.example.x"])
def test_an_unknown_type_is_refused(kind: str) -> None:
    assert refused(event(type=kind)) == [("/type", "unknown_type")]


@pytest.mark.parametrize(
    ("event_type", "member"), [(one, member) for one in EVENT_TYPES for member in data_members(one)]
)
def test_a_member_holds_what_its_event_declares(
    event_type: type[Published], member: DataMember
) -> None:
    """The parser's readers are written by hand, for their speed; the declaration is in ``shared/domain/events.py``."""
    sent = event(type=stored_name(event_type), data={member.name: "Ni mot ni identifiant"})
    codes = {
        WordOf: "unknown_word",
        AttributeWords: "not_an_object",
        IdentifierPattern: "bad_identifier",
        CivilDate: "not_a_date",
    }
    assert (f"/data/{member.name}", codes[type(member.holds)]) in refused(sent)
    if member.required:
        without = event(type=stored_name(event_type), data={})
        assert (f"/data/{member.name}", "missing") in refused(without)


@pytest.mark.parametrize(
    ("word", "data"),
    [
        ("received", {"standard": "access", "unit": "hall"}),
        ("received", {"standard": "access-answer", "unit": "hall"}),
        ("transferred", {"unit": "archives"}),
        ("documents_requested", {"kind": "supplement"}),
        ("documents_requested", {"request_id": "R-1", "kind": "courtesy", "answer_by": "2025-05-12"}),
        ("extended", {"extension": "volume"}),
        ("extended", {"extension": "agreed", "until": "2025-06-30"}),
        ("reached", {"milestone": "acknowledged"}),
        ("withdrawn", {"reason": "duplicate"}),
        ("withdrawn", {}),
    ],
)  # fmt: skip
def test_data_are_stored_as_they_were_sent(word: str, data: dict[str, Any]) -> None:
    stored = parse_structured(written(event(type=TYPE.format(word), data=data)), TOWN)
    sent = {"attributes": {}, **data} if word == "received" else data
    assert json.loads(encode(stored))["data"] == sent


@pytest.mark.parametrize(
    ("word", "data", "faults"),
    [
        ("transferred", {}, [("/data/unit", "missing")]),
        ("transferred", {"unit": "mars"}, [("/data/unit", "unknown_word")]),
        ("transferred", ..., [("/data", "missing")]),
        ("documents_requested", {"kind": "parking"}, [("/data/kind", "unknown_word")]),
        ("documents_requested", {"kind": None}, [("/data/kind", "not_a_string")]),
        ("documents_requested", {"answer_by": "12/05/2025"}, [("/data/answer_by", "not_a_date")]),
        ("documents_requested", {"answer_by": "20250512"}, [("/data/answer_by", "not_a_date")]),
        ("documents_requested", {"answer_by": "2025-W20-1"}, [("/data/answer_by", "not_a_date")]),
        ("documents_requested", {"answer_by": "2025-02-30"}, [("/data/answer_by", "not_a_date")]),
        ("documents_requested", {"answer_by": 20250512}, [("/data/answer_by", "not_a_string")]),
        ("documents_received", {"kind": "supplement"}, [("/data/kind", "unknown_member"), ("/data/request_id", "missing")]),
        ("extended", {"until": "2025-06-30"}, [("/data/extension", "missing")]),
        ("extended", {"extension": "more"}, [("/data/extension", "unknown_word")]),
        ("extended", {"extension": "agreed", "until": "soon"}, [("/data/until", "not_a_date")]),
        ("reached", {"milestone": "answered"}, [("/data/milestone", "unknown_word")]),
        ("reached", ..., [("/data", "missing")]),
        ("withdrawn", {"reason": "moved"}, [("/data/reason", "unknown_word")]),
        ("withdrawn", {"reason": None}, [("/data/reason", "not_a_string")]),
    ],
)  # fmt: skip
def test_words_and_dates_of_requests_extensions_and_transfers_are_as_strict(
    word: str, data: Any, faults: list[tuple[str, str]]
) -> None:
    sent = written(event(type=TYPE.format(word), data=data))
    error = error_of(parse_structured, sent, TOWN)
    assert [(pointer, code) for _, pointer, code in faults_of(error)] == faults
