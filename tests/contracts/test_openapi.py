"""The HTTP interface is what ``docs/openapi.json`` says: the file is as served, and the answers of a real system fit it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator

from echeance.cli import openapi
from services.compliance.editions import EditionDocument, EditionStore
from shared.errors import UnavailableError
from shared.http.application import create_application
from shared.http.credentials import Credentials
from tests.builders import (
    CATALOGUE,
    SOURCE,
    answered,
    at,
    cloudevent,
    decided,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.contracts.schemas import faults
from tests.echeance.command import done
from tests.services.audit_records import add_records
from tests.services.world import Site, world_and_site

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
NOW = "2025-06-20 12:00"
PROBLEM = "application/problem+json"

ATTRIBUTES = {"regime": "temps-complet", "inscription": "premiere"}
LIVES = [
    received("open", "2025-05-01"),
    received("late", "2025-03-01"),
    received("waiting", "2025-05-01", standard="peq"),
    requested("waiting", "2025-05-12", "R-1"),
    received("call", "2025-05-05 09:00", standard="telephone"),
    decided("call", "2025-05-05 09:01:30.5", "answered"),
    received("course", "2025-05-03", standard="francisation-temps-complet", attributes=ATTRIBUTES),
    requested("course", "2025-05-05"),
    answered("course", "2025-05-20"),
    decided("course", "2025-06-02", "refused"),
    decided("course", "2025-06-03", "refused"),
    reopened("course", "2025-06-04"),
    received("gone", "2025-05-05", standard="courriel", unit="quebec"),
    withdrawn("gone", "2025-05-06"),
    received("taken-back", "2025-05-05", standard="plainte"),
    decided("taken-back", "2025-05-07", "answered", named="mistake"),
    voided("taken-back", "2025-05-08", "mistake"),
    decided("never-received", "2025-05-07"),
]
"""Every event, every kind of limit, every stage and reason of a day off."""

LATE_WORD = decided("open", "2025-05-20", recorded=NOW)
"""What corrects a month that was over."""

AUDIT = "/v1/audit"
READS: list[tuple[str, str]] = [
    *((AUDIT, f"{AUDIT}?{query}") for query in ("", "limit=1", "kind=nothing", "since=x")),
    ("/healthz", "/healthz"),
    ("/readyz", "/readyz"),
    *(("/v1/files", f"/v1/files?{query}") for query in ("", "stage=waiting", "limit=1")),
    ("/v1/files", "/v1/files?after=nonsense"),
    ("/v1/files", "/v1/files?limit=0"),
    *(("/v1/files/{file_id}", f"/v1/files/{event.file_id}") for event in LIVES),
    ("/v1/files/{file_id}", "/v1/files/open?at=2025-05-03&known_at=2025-05-02"),
    ("/v1/files/{file_id}", "/v1/files/open?at=yesterday"),
    ("/v1/files/{file_id}", "/v1/files/unknown"),
    ("/v1/files/{file_id}", "/v1/files/open?after=nonsense"),
    ("/v1/dead-letters", "/v1/dead-letters?limit=1"),
    ("/v1/dead-letters", "/v1/dead-letters?source=urn:example:other"),
    ("/v1/dead-letters", "/v1/dead-letters?after=nonsense"),
    *(("/v1/files/{file_id}/ledger", f"/v1/files/{event.file_id}/ledger") for event in LIVES),
    ("/v1/files/{file_id}/ledger", "/v1/files/unknown/ledger"),
    *(("/v1/files/{file_id}/events", f"/v1/files/{event.file_id}/events") for event in LIVES),
    ("/v1/files/{file_id}/events", "/v1/files/unknown/events"),
    ("/v1/deadline", "/v1/deadline?standard=peq&received=2025-05-01"),
    ("/v1/deadline", "/v1/deadline?standard=telephone&received=2025-05-05T09:00:00-04:00"),
    ("/v1/deadline", "/v1/deadline?standard=caq-etudes&received=2025-05-01&waiting=x"),
    ("/v1/deadline", "/v1/deadline?standard=nothing&received=2025-05-01"),
    ("/v1/deadline", "/v1/deadline?standard=peq&received=1950-01-01"),
    ("/v1/deadline", "/v1/deadline"),
    ("/v1/standards", "/v1/standards"),
    ("/v1/calendars/{identifier}", "/v1/calendars/qc-legal"),
    ("/v1/calendars/{identifier}", "/v1/calendars/qc-public-service?year=2025"),
    ("/v1/calendars/{identifier}", "/v1/calendars/nothing"),
    *(("/v1/alerts", f"/v1/alerts?{query}") for query in ("", "active=true", "limit=1")),
    ("/v1/alerts", "/v1/alerts?after=nonsense"),
    ("/v1/attainment", "/v1/attainment"),
    ("/v1/attainment", "/v1/attainment?basis=due&period=month&unit=montreal"),
    ("/v1/attainment", "/v1/attainment?standard=nothing"),
    ("/v1/attainment", "/v1/attainment?period=nothing"),
    ("/v1/attainment", "/v1/attainment?by=unit&period=2025-05"),
    ("/v1/attainment", "/v1/attainment?standard=telephone"),
    ("/v1/attainment/files", "/v1/attainment/files?standard=telephone&period=2025-05"),
    ("/v1/reach", "/v1/reach?by=unit"),
    ("/v1/reach", "/v1/reach?standard=caq-etudes&period=quarter"),
    ("/v1/reach", "/v1/reach?standard=nothing"),
    ("/v1/reach", "/v1/reach?period=2025-05"),
    ("/v1/variation", "/v1/variation?standard=caq-etudes&unit=laval&basis=due"),
    ("/v1/variation", "/v1/variation?standard=nothing"),
    ("/v1/age-order", "/v1/age-order?standard=caq-etudes"),
    ("/v1/age-order", "/v1/age-order?standard=nothing"),
    ("/v1/forecast", "/v1/forecast"),
    ("/v1/forecast", "/v1/forecast?standard=nothing"),
    ("/v1/forecast/files", "/v1/forecast/files"),
    ("/v1/forecast/files", "/v1/forecast/files?standard=nothing"),
    (
        "/v1/attainment/files",
        "/v1/attainment/files?standard=caq-etudes&basis=due&part=late&limit=1",
    ),
    ("/v1/attainment/files", "/v1/attainment/files?standard=nothing"),
    ("/v1/attainment/files", "/v1/attainment/files?standard=peq&after=nonsense"),
    ("/v1/delays", "/v1/delays?by=unit&period=2025-05"),
    ("/v1/delays", "/v1/delays?standard=telephone&period=rolling-90"),
    ("/v1/delays", "/v1/delays?unit=montreal"),
    ("/v1/delays", "/v1/delays?standard=nothing"),
    ("/v1/stops", "/v1/stops?by=unit&period=2025-06"),
    ("/v1/stops", "/v1/stops?standard=francisation-temps-complet&unit=montreal"),
    ("/v1/stops", "/v1/stops?standard=nothing"),
    ("/v1/stops", "/v1/stops?period=nothing"),
    ("/v1/stops/files", "/v1/stops/files?standard=caq-etudes&rule=last_day&period=2025-05"),
    ("/v1/stops/files", "/v1/stops/files?standard=nothing&rule=serial"),
    ("/v1/stops/files", "/v1/stops/files?standard=peq&rule=nothing"),
    ("/v1/stops/files", "/v1/stops/files?standard=peq&rule=serial&after=nonsense"),
    ("/v1/open", "/v1/open?by=unit"),
    ("/v1/open", "/v1/open?unit=atlantis"),
    ("/v1/corrections", "/v1/corrections"),
    ("/v1/corrections", "/v1/corrections?since=yesterday"),
    ("/v1/corrections", "/v1/corrections?standard=nothing"),
    ("/v1/workload", "/v1/workload?standard=courriel"),
    ("/v1/workload", "/v1/workload?standard=peq&by=week&unit=laval"),
    ("/v1/workload", "/v1/workload"),
    ("/v1/workload", "/v1/workload?standard=courriel&by=day"),
    ("/v1/changes", "/v1/changes?by=unit"),
    ("/v1/changes", "/v1/changes?period=fiscal-year&basis=due"),
    ("/v1/changes", "/v1/changes?standard=nothing"),
    ("/v1/anomalies", "/v1/anomalies"),
    *(("/v1/report", f"/v1/report?format={form}") for form in ("json", "csv", "markdown", "html")),
    ("/v1/report", "/v1/report?format=pdf"),
    ("/v1/publication/{fiscal_year}.zip", "/v1/publication/2024-2025.zip"),
    ("/v1/publication/{fiscal_year}.zip", "/v1/publication/2030-2031.zip"),
    ("/v1/report", "/v1/report?known_at=2025-06-01"),
    ("/v1/attainment", "/v1/attainment?known_at=yesterday"),
    ("/v1/editions", "/v1/editions"),
    *(
        ("/v1/editions/{number}/{name}", f"/v1/editions/1/report.{form}")
        for form in ("json", "csv", "fr.md", "en.html", "pdf")
    ),
    ("/v1/editions/{number}/{name}", "/v1/editions/0/report.csv"),
    ("/metrics", "/metrics"),
]


STREAM = "/v1/alerts/stream"
"""Without end, so asked elsewhere: tests/services/compliance/test_alert_api.py."""


class Operation(NamedTuple):
    method: str
    path: str
    told: dict[str, Any]


def operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            yield Operation(method, path, told)


def response_of(method: str, path: str, status: int) -> dict[str, Any]:
    """What the document says of an answer; the operation must know its status."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    assert str(status) in responses, f"{method} {path} does not say that it may answer {status}"
    told: dict[str, Any] = responses[str(status)]
    if "$ref" in told:
        told = DOCUMENT["components"]["responses"][told["$ref"].rpartition("/")[2]]
    return told


def check(method: str, path: str, answer: httpx.Response) -> None:
    """The answer is one of those the document describes, to the last member."""
    told = response_of(method, path, answer.status_code)
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in told["content"], (path, answer.status_code, media_type)
    schema = told["content"][media_type]["schema"]
    value = answer.json() if media_type.endswith("json") else answer.text
    assert not faults(schema, DOCUMENT, value), (path, value)
    for name in told.get("headers", ()):
        assert name in answer.headers, (path, answer.status_code, name)


@asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[Site]:
    again = received("open", "2025-04-02", named=LIVES[0].id)  # becomes a dead letter
    async with world_and_site(folder, NOW, *LIVES) as (known, web):
        await known.live(LATE_WORD, again)
        async for _ in known.embedded.index_letters(known.now):
            pass
        editions = EditionStore(known.embedded.database)
        forms = {
            "json": ("application/json", "{}"),
            "csv": ("text/csv; charset=utf-8", "period\n"),
            "fr.md": ("text/markdown; charset=utf-8", "# Rapport\n"),
            "en.html": ("text/html; charset=utf-8", "<p>Report</p>\n"),
        }
        documents = [
            EditionDocument.of(f"report.{form}", media_type, text)
            for form, (media_type, text) in forms.items()
        ]
        await editions.add("2024-2025", "Direction", CATALOGUE, at(NOW), documents)
        await add_records(known)
        yield web


EVENTS = "/v1/events"
HOOK = "/v1/hooks/{name}"
MEDIA_TYPES = {
    EVENTS: "application/cloudevents+json",
    f"{EVENTS}/batch": "application/cloudevents-batch+json",
    f"{EVENTS}/ndjson": "application/x-ndjson",
}


async def posted(web: Site, path: str, content: bytes, **headers: str) -> httpx.Response:
    sent = {"authorization": f"Bearer {web.token}", "content-type": MEDIA_TYPES[path]}
    return await web.client.post(path, content=content, headers={**sent, **headers})


def test_the_document_is_the_one_kept() -> None:
    assert KEPT.read_text(encoding="utf-8") == openapi.text(openapi.document()), (
        "the HTTP interface has changed: run `echeance openapi > docs/openapi.json`, and read the difference"
    )


def test_the_command_prints_it() -> None:
    assert json.loads(done("openapi")) == DOCUMENT


async def test_the_document_is_the_one_served(tmp_path: Path) -> None:
    async with asked(tmp_path) as web:
        assert await web.json("/openapi.json") == DOCUMENT


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_operation_is_described() -> None:
    for _, path, told in operations():
        assert told["summary"] and told["description"] and told["tags"], path
        for parameter in told.get("parameters", ()):
            assert parameter["schema"], (path, parameter["name"])
        for status, response in told["responses"].items():
            if "$ref" in response:
                continue
            assert response["description"], (path, status)
            for media_type, content in response["content"].items():
                assert content["schema"], (path, status, media_type)
                assert status < "400" or media_type == PROBLEM or (path, status) == EVENTS_422


EVENTS_422 = ("/v1/events/ndjson", "422")
"""NDJSON of which no line was accepted is answered with its verdicts."""


def test_every_operation_but_health_asks_for_a_token() -> None:
    for method, path, told in operations():
        schemes = [scheme for one in told["security"] for scheme in one]
        assert schemes == {"post": ["bearer"], "get": ["bearer", "session"]}[method] or (
            schemes == [] and path in ("/healthz", "/readyz")
        )
        assert ("401" in told["responses"]) == bool(schemes)


async def test_every_answer_is_as_described(tmp_path: Path) -> None:
    met = set()
    async with asked(tmp_path) as web:
        auditor = web.credentials.create("auditor", ["audit"], created=at(NOW))
        for path, address in READS:
            answer = await web.get(address, token=auditor if path == AUDIT else None)
            check("get", path, answer)
            if answer.status_code == 200:
                met.add(path)
    assert met == {path for method, path, _ in operations() if method == "get"} - {STREAM}


async def test_refusals_at_the_door_are_as_described(tmp_path: Path) -> None:
    async with asked(tmp_path) as web:
        publisher = web.credentials.create(
            "publisher", ["publish"], sources=[SOURCE], created=at(NOW)
        )
        reader = web.credentials.create("reader", ["read"], created=at(NOW))
        for method, path, _ in operations():
            if path in ("/healthz", "/readyz"):
                continue
            check(method, path, await web.client.request(method, path))
            token = reader if method == "post" else publisher
            headers = {"authorization": f"Bearer {token}"}
            check(method, path, await web.client.request(method, path, headers=headers))


async def test_a_service_that_is_not_ready_answers_as_described(tmp_path: Path) -> None:
    async def unavailable() -> Mapping[str, Any]:
        raise UnavailableError("the database does not answer")

    app = create_application([], Credentials(tmp_path / "credentials.json"), unavailable)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
        check("get", "/readyz", await client.get("/readyz"))


async def test_every_way_to_publish_is_answered_as_described(tmp_path: Path) -> None:
    event, wrong = cloudevent(received("A", "2025-05-01")), b'{"specversion": "1.0"}'
    one, batch, lines = MEDIA_TYPES
    foreign = event.replace(SOURCE.encode(), b"https://other.example.org")
    binary = {f"ce-{name}": value for name, value in json.loads(event).items() if name != "data"}
    binary["content-type"] = "application/json"
    text = {"content-type": "text/plain"}
    ways: list[tuple[str, bytes, dict[str, str], int]] = [
        (one, event, {}, 202),
        (one, json.dumps(json.loads(event)["data"]).encode(), binary, 202),
        (batch, b"[" + event + b"]", {}, 202),
        (lines, event, {}, 202),
        (lines, event + b"\n" + wrong, {}, 207),
        (lines, wrong, {}, 422),
        (one, wrong, {}, 422),
        (batch, b"[" + wrong + b"]", {}, 422),
        *((path, b"{", {}, 400) for path in (one, batch)),
        (one, foreign, {}, 403),
        (one, b" " * 70_000, {}, 413),
        *((path, event, text, 415) for path in MEDIA_TYPES),
    ]
    async with asked(tmp_path) as web:
        for path, content, headers, status in ways:
            answer = await posted(web, path, content, **headers)
            assert answer.status_code == status, (path, content)
            check("post", path, answer)


async def test_batches_and_ndjson_are_taken_at_their_own_address_and_at_that_of_events(
    tmp_path: Path,
) -> None:
    event = cloudevent(received("A", "2025-05-01"))
    content = dict.fromkeys(MEDIA_TYPES, event) | {f"{EVENTS}/batch": b"[" + event + b"]"}
    async with asked(tmp_path) as web:
        for path, media_type in MEDIA_TYPES.items():
            for at_path in MEDIA_TYPES:
                headers = {"content-type": media_type}
                answer = await posted(web, at_path, content[path], **headers)
                accepted = at_path in (EVENTS, path)
                assert answer.status_code == (202 if accepted else 415), (path, at_path)
                if not accepted:
                    assert answer.json()["known"] == MEDIA_TYPES[at_path]


def test_what_is_described_is_what_the_parser_takes() -> None:
    schema, batch = body_of(EVENTS), body_of(f"{EVENTS}/batch")
    sent = [json.loads(cloudevent(event)) for event in LIVES]
    assert len({event["type"] for event in sent}) == 7
    for event in sent:
        assert not faults(schema, DOCUMENT, event), event
        assert faults(schema, DOCUMENT, {**event, "subject": "Marie Tremblay"})
        assert faults(schema, DOCUMENT, {**event, "type": f"{event['type']}0"})
        assert faults(schema, DOCUMENT, {**event, "data": {**event["data"], "name": "Marie"}})
    assert not faults(batch, DOCUMENT, sent)


def body_of(path: str) -> dict[str, Any]:
    """The schema of what is sent there by its own media type."""
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]
    schema: dict[str, Any] = content[MEDIA_TYPES[path]]["schema"]
    return schema


# What generators of clients need; tests/clients runs some.


def objects(value: Any = DOCUMENT) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for member in value.values() if isinstance(value, dict) else value:
        if isinstance(member, dict | list):
            yield from objects(member)


def test_no_two_names_make_the_same_class_method_or_file() -> None:
    schemas = list(DOCUMENT["components"]["schemas"])
    ids = [told["operationId"] for _, _, told in operations()]
    assert all(name.isascii() and name.isidentifier() for name in [*schemas, *ids])
    folded = [name.replace("_", "").lower() for name in [*schemas, *ids]]
    assert len(folded) == len(set(folded))


def test_an_operation_is_named_by_what_it_does() -> None:
    for method, path, told in operations():
        verb = told["operationId"].partition("_")[0]
        assert verb == ("get" if method == "get" else "publish"), path


def test_the_document_names_a_package_and_where_it_is_served() -> None:
    assert DOCUMENT["info"]["title"].isascii() and DOCUMENT["info"]["title"].isidentifier()
    assert DOCUMENT["servers"] == [{"url": "/"}]


def test_an_operation_has_one_body_beside_binary_mode_and_one_success() -> None:
    for method, path, told in operations():
        taken = list(told.get("requestBody", {}).get("content", ()))
        binary = ["application/json"] if path == EVENTS else []
        bodies = {**MEDIA_TYPES, HOOK: "application/json"}
        assert taken == ([bodies[path], *binary] if path in bodies else []), path
        schemas = [
            response["content"]["application/json"]["schema"]
            for status, response in told["responses"].items()
            if status < "300" and "application/json" in response["content"]
        ]
        assert all("anyOf" not in schema for schema in schemas), (method, path)
        assert all(schema == schemas[0] for schema in schemas), (method, path)


def test_every_attribute_of_binary_mode_is_a_parameter() -> None:
    [told] = [told for method, path, told in operations() if (method, path) == ("post", EVENTS)]
    event = DOCUMENT["components"]["schemas"]["ReceivedCloudEvent"]
    assert [(one["in"], one["name"]) for one in told["parameters"]] == [
        ("header", f"ce-{name}") for name in event["required"]
    ]
    assert all(one["schema"] == {"type": "string"} for one in told["parameters"])


def test_every_constant_has_its_type_and_every_kind_is_told_by_its_member() -> None:
    for schema in objects():
        if isinstance(schema.get("const"), str):
            assert schema["type"] == "string"
        if "discriminator" in schema:
            assert "oneOf" in schema


def test_bounds_are_in_words_of_json_schema_and_defaults_of_one_type() -> None:
    for schema in objects():
        assert not {word for word in ("ge", "gt", "le", "lt") if word in schema}
        assert "anyOf" not in schema or schema.get("default") is None
