"""Who may write to which files: prefixes that tokens reserve, and the units and standards that a reception may name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.http.credentials import Credentials
from tests.builders import ACCESS
from tests.services.ingest.door import House, house
from tests.unit.ingest.cloudevents.given import BATCH, NOW, SOURCE, STRUCTURED, event, written

EVIL = "urn:evil"


def token(site: House, name: str, source: str = SOURCE, **limits: Any) -> str:
    return Credentials(site.file).create(name, ["publish"], created=NOW, sources=[source], **limits)


async def post(
    site: House, token: str, body: Any, kind: dict[str, str] = STRUCTURED
) -> httpx.Response:
    headers = {**kind, "authorization": f"Bearer {token}", "accept-language": "en"}
    return await site.client.post("/v1/events", content=written(body), headers=headers)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:echeance:problem:")


async def test_a_file_with_a_reserved_prefix_takes_events_of_the_tokens_that_name_it_alone(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as site:
        owner = token(site, "owner", prefixes=["CAQ-"])
        spare = token(site, "spare", prefixes=["CAQ-"])
        evil = token(site, "evil", EVIL)
        assert (await post(site, owner, event())).status_code == 202
        assert (await post(site, spare, event())).status_code == 202
        for kind in ("received", "documents_requested", "withdrawn"):
            body = event(source=EVIL, type=f"org.echeance.file.{kind}.v1")
            body["data"] = body["data"] if kind == "received" else {}
            answer = await post(site, evil, body)
            assert (answer.status_code, code(answer)) == (403, "file-reserved")
            [fault] = answer.json()["errors"]
            assert (fault["pointer"], fault["code"]) == ("/subject", "file_reserved")
            assert '"CAQ-"' in fault["detail"]
        assert (await post(site, evil, event(source=EVIL, subject="PEQ-1"))).status_code == 202
        Credentials(site.file).revoke("owner")
        Credentials(site.file).revoke("spare")
        assert (await post(site, evil, event(source=EVIL))).status_code == 202


@pytest.mark.parametrize(
    ("subject", "allowed"),
    [
        ("CAQ-1", {"wide"}),
        ("CAQ-X-1", {"narrow"}),
        ("CAQ-X", {"wide"}),
        ("caq-1", {"wide", "narrow", "none"}),
        ("XCAQ-1", {"wide", "narrow", "none"}),
    ],
)
async def test_the_longest_reserved_prefix_decides(
    subject: str, allowed: set[str], tmp_path: Path
) -> None:
    async with house(tmp_path) as site:
        tokens = {
            "wide": token(site, "wide", prefixes=["CAQ-", "PEQ-"]),
            "narrow": token(site, "narrow", prefixes=["CAQ-X-"]),
            "none": token(site, "none"),
        }
        answers = {
            name: (await post(site, secret, event(subject=subject))).status_code
            for name, secret in tokens.items()
        }
    assert answers == {name: 202 if name in allowed else 403 for name in tokens}


async def test_a_batch_with_one_event_on_a_reserved_file_is_refused_whole(tmp_path: Path) -> None:
    async with house(tmp_path) as site:
        token(site, "owner", prefixes=["CAQ-"])
        evil = token(site, "evil", EVIL)
        batch = [event(source=EVIL, subject="PEQ-1"), event(source=EVIL, id="2")]
        answer = await post(site, evil, batch, BATCH)
        assert (answer.status_code, code(answer)) == (403, "file-reserved")
        assert [one["index"] for one in answer.json()["errors"]] == [1]


async def test_a_reception_names_a_unit_and_a_standard_that_its_token_permits(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as site:
        limited = token(site, "limited", units=["montreal"], standards=["caq-etudes"])
        assert (await post(site, limited, event())).status_code == 202
        unit = {"standard": "caq-etudes", "unit": "laval"}
        answer = await post(site, limited, event(data=unit))
        assert (answer.status_code, code(answer)) == (403, "unit-not-allowed")
        assert "montreal" in answer.json()["errors"][0]["detail"]
        standard = {"standard": "peq", "unit": "montreal"}
        answer = await post(site, limited, event(data=standard))
        assert (answer.status_code, code(answer)) == (403, "standard-not-allowed")
        both = await post(site, limited, event(data={"standard": "peq", "unit": "laval"}))
        assert [one["code"] for one in both.json()["errors"]] == [
            "unit_not_allowed",
            "standard_not_allowed",
        ]
        unknown = await post(site, limited, event(data={"standard": "peq", "unit": "mars"}))
        assert (unknown.status_code, code(unknown)) == (422, "invalid-events")
        end = event(type="org.echeance.file.withdrawn.v1", data={})
        assert (await post(site, limited, end)).status_code == 202


@pytest.mark.parametrize(
    ("standards", "permitted"),
    [
        (["access"], ["access"]),
        (["access-ack"], ["access-ack"]),
        (["access-ack", "access-answer"], ["access", "access-ack", "access-answer"]),
        ([], ["access", "access-ack", "access-answer"]),
    ],
)
async def test_a_token_permits_a_service_by_its_name_or_by_all_its_standards(
    standards: list[str], permitted: list[str], tmp_path: Path
) -> None:
    async with house(tmp_path, catalogue=ACCESS) as site:
        limited = token(site, "limited", standards=standards)
        statuses = {
            word: (await post(site, limited, event(data={"standard": word, "unit": "hall"})))
            for word in ("access", "access-ack", "access-answer")
        }
    assert [word for word, answer in statuses.items() if answer.status_code == 202] == permitted
    for word, answer in statuses.items():
        assert word in permitted or code(answer) == "standard-not-allowed"


async def test_a_transfer_names_a_unit_that_its_token_permits(tmp_path: Path) -> None:
    transfer = event(type="org.echeance.file.transferred.v1", data={"unit": "archives"})
    async with house(tmp_path, catalogue=ACCESS) as site:
        town = token(site, "town", units=["hall", "archives"])
        hall = token(site, "hall", units=["hall"], standards=["access"])
        assert (await post(site, town, transfer)).status_code == 202
        answer = await post(site, hall, transfer)
        assert (answer.status_code, code(answer)) == (403, "unit-not-allowed")
        [fault] = answer.json()["errors"]
        assert (fault["pointer"], fault["code"]) == ("/data/unit", "unit_not_allowed")
