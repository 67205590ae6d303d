"""Who may write to which files: prefixes that tokens reserve, and the units and standards that a reception may name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.http.credentials import Credentials
from tests.services.ingest.door import House, house
from tests.unit.ingest.cloudevents.given import BATCH, NOW, SOURCE, STRUCTURED, event, written

EVIL = "urn:evil"


def token(known: House, name: str, source: str = SOURCE, **limits: Any) -> str:
    return Credentials(known.file).create(
        name, ["publish"], created=NOW, sources=[source], **limits
    )


async def post(
    known: House, token: str, body: Any, kind: dict[str, str] = STRUCTURED
) -> httpx.Response:
    headers = {**kind, "authorization": f"Bearer {token}", "accept-language": "en"}
    return await known.client.post("/v1/events", content=written(body), headers=headers)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:echeance:problem:")


async def test_a_file_with_a_reserved_prefix_takes_events_of_the_tokens_that_name_it_alone(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as known:
        owner = token(known, "owner", prefixes=["CAQ-"])
        spare = token(known, "spare", prefixes=["CAQ-"])
        evil = token(known, "evil", EVIL)
        assert (await post(known, owner, event())).status_code == 202
        assert (await post(known, spare, event())).status_code == 202
        for kind in ("received", "documents_requested", "withdrawn"):
            body = event(source=EVIL, type=f"org.echeance.file.{kind}.v1")
            body["data"] = body["data"] if kind == "received" else {}
            answer = await post(known, evil, body)
            assert (answer.status_code, code(answer)) == (403, "file-reserved")
            [told] = answer.json()["errors"]
            assert (told["pointer"], told["code"]) == ("/subject", "file_reserved")
            assert '"CAQ-"' in told["detail"]
        assert (await post(known, evil, event(source=EVIL, subject="PEQ-1"))).status_code == 202
        Credentials(known.file).revoke("owner")
        Credentials(known.file).revoke("spare")
        assert (await post(known, evil, event(source=EVIL))).status_code == 202


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
    async with house(tmp_path) as known:
        tokens = {
            "wide": token(known, "wide", prefixes=["CAQ-", "PEQ-"]),
            "narrow": token(known, "narrow", prefixes=["CAQ-X-"]),
            "none": token(known, "none"),
        }
        answers = {
            name: (await post(known, made, event(subject=subject))).status_code
            for name, made in tokens.items()
        }
    assert answers == {name: 202 if name in allowed else 403 for name in tokens}


async def test_a_batch_with_one_event_on_a_reserved_file_is_refused_whole(tmp_path: Path) -> None:
    async with house(tmp_path) as known:
        token(known, "owner", prefixes=["CAQ-"])
        evil = token(known, "evil", EVIL)
        batch = [event(source=EVIL, subject="PEQ-1"), event(source=EVIL, id="2")]
        answer = await post(known, evil, batch, BATCH)
        assert (answer.status_code, code(answer)) == (403, "file-reserved")
        assert [one["index"] for one in answer.json()["errors"]] == [1]


async def test_a_reception_names_a_unit_and_a_standard_that_its_token_permits(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as known:
        limited = token(known, "limited", units=["montreal"], standards=["caq-etudes"])
        assert (await post(known, limited, event())).status_code == 202
        unit = {"standard": "caq-etudes", "unit": "laval"}
        answer = await post(known, limited, event(data=unit))
        assert (answer.status_code, code(answer)) == (403, "unit-not-allowed")
        assert "montreal" in answer.json()["errors"][0]["detail"]
        standard = {"standard": "peq", "unit": "montreal"}
        answer = await post(known, limited, event(data=standard))
        assert (answer.status_code, code(answer)) == (403, "standard-not-allowed")
        both = await post(known, limited, event(data={"standard": "peq", "unit": "laval"}))
        assert [one["code"] for one in both.json()["errors"]] == [
            "unit_not_allowed",
            "standard_not_allowed",
        ]
        unknown = await post(known, limited, event(data={"standard": "peq", "unit": "mars"}))
        assert (unknown.status_code, code(unknown)) == (422, "invalid-events")
        end = event(type="org.echeance.file.withdrawn.v1", data={})
        assert (await post(known, limited, end)).status_code == 202


def test_a_credentials_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    kept = Credentials(tmp_path / "credentials.json")
    made = kept.create("caq", ["publish"], created=NOW, sources=[SOURCE])
    entry = json.loads((tmp_path / "credentials.json").read_text())["tokens"][0]
    assert entry.keys().isdisjoint({"prefixes", "standards"})
    earlier = {"tokens": [entry | {"units": []}], "version": 1}
    (tmp_path / "credentials.json").write_text(json.dumps(earlier))
    known = kept.authenticate(made)
    assert known is not None and known.standards is None
    assert known.reservations.against("CAQ-1") is None
