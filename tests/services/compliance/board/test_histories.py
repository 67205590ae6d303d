"""Histories of a clock in another process: asked with compliance's own token, and without them a page that says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest

from services.compliance import clock_client
from services.compliance.board import board_pages
from services.compliance.board.shell import Board
from services.compliance.clock_client import HistorySource, RemoteHistories
from shared.domain.cycles import history
from shared.errors import SettingError, UnavailableError
from shared.http.application import create_application
from shared.settings import read_settings
from shared.text import formats
from tests.builders import CATALOGUE
from tests.services.compliance.board.browsing import shown, words
from tests.services.compliance.board.test_file import NOW, STORY
from tests.services.world import Site, World, site, world


@asynccontextmanager
async def compliance_alone(
    known: World, web: Site, found: HistorySource | None
) -> AsyncIterator[Site]:
    """The board of a compliance service that has no clock beside it."""

    async def readiness() -> dict[str, object]:
        return {}

    board = Board(known.embedded.compliance, CATALOGUE, known.now, histories=found)
    app = create_application([board_pages(board).routes], web.credentials, readiness)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://compliance") as client:
        yield Site(client, web.credentials, web.token)


@asynccontextmanager
async def lived(folder: Path) -> AsyncIterator[tuple[World, Site, Path]]:
    """A clock that answers, and the file with compliance's token for it."""
    async with world(folder, NOW) as known, site(known) as web:
        await known.live(*STORY)
        token_file = folder / "clock.token"
        token_file.write_text(f"{web.token}\n")
        yield known, web, token_file


async def test_the_events_are_those_of_the_clock_and_none_where_there_is_no_file(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as (_, web, token_file):
        asked = RemoteHistories(web.client, token_file)
        assert await asked.history("A") == history(one for one in STORY if one.file_id == "A")
        assert await asked.history("nothing") is None


async def test_a_page_made_from_a_clock_elsewhere_is_the_page_made_beside_it(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as (known, web, token_file):
        beside = await shown(web, "/files/A")
        asked = RemoteHistories(web.client, token_file)
        async with compliance_alone(known, web, asked) as alone:
            elsewhere = await shown(alone, "/files/A")
            other = await shown(alone, "/files/A", token=web.units_token("laval"))
    assert elsewhere.text == beside.text
    assert other.status_code == 404  # though compliance's own token may see every unit


class Away:
    """A clock that does not answer."""

    async def history(self, file_id: str) -> None:
        raise UnavailableError("the clock: away")


@pytest.mark.parametrize(
    ("found", "said"),
    [(Away(), "L’horloge ne répond pas"), (None, "l’exploitant peut la lui indiquer")],
)
async def test_without_the_clock_the_page_says_so_and_shows_what_compliance_knows(
    tmp_path: Path, found: HistorySource | None, said: str
) -> None:
    async with lived(tmp_path) as (known, web, _), compliance_alone(known, web, found) as alone:
        cycle = (await web.json("/v1/files/overdue"))["cycles"][0]
        page = await shown(alone, "/files/overdue")
        early = await shown(alone, "/files/early")
        nothing = await shown(alone, "/files/nothing")
        other = await shown(alone, "/files/overdue", token=web.units_token("laval"))
    told = words(page.text)
    assert page.status_code == early.status_code == 200
    assert said in told and formats.day(date.fromisoformat(cycle["due_on"]), "fr") in told
    assert "dépassé" in told and "Offrir un rendez-vous" in told
    assert nothing.status_code == other.status_code == 404


@pytest.mark.parametrize("content", [b"", b"[]x", b'{"type": "other"}'])
async def test_an_answer_that_is_no_history_is_a_clock_that_is_away(
    tmp_path: Path, content: bytes
) -> None:
    token_file = tmp_path / "clock.token"
    token_file.write_text("ech_")
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    async with httpx.AsyncClient(transport=transport, base_url="http://clock") as client:
        with pytest.raises(UnavailableError, match="no history"):
            await RemoteHistories(client, token_file).history("A")


async def test_a_token_that_is_refused_or_gone_is_told_to_operators_not_to_readers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with lived(tmp_path) as (known, web, token_file):
        token_file.write_text("ech_" + "x" * 43)
        asked = RemoteHistories(web.client, token_file)
        async with compliance_alone(known, web, asked) as alone:
            refused = await shown(alone, "/files/A")
            token_file.unlink()
            gone = await shown(alone, "/files/A")
    assert "L’horloge ne répond pas" in refused.text and refused.text == gone.text
    assert "the clock: 401" in caplog.text and "ECHEANCE_CLOCK_TOKEN_FILE" in caplog.text


async def test_a_clock_that_cannot_be_reached_is_away(tmp_path: Path) -> None:
    token_file = tmp_path / "clock.token"
    token_file.write_text("ech_")
    given = read_settings(
        {"ECHEANCE_CLOCK_URL": "http://127.0.0.1:9", "ECHEANCE_CLOCK_TOKEN_FILE": str(token_file)}
    )
    async with clock_client.remote_histories(given) as asked:
        assert asked is not None
        with pytest.raises(UnavailableError, match="the clock: ConnectError"):
            await asked.history("A")


async def test_an_address_without_a_token_is_a_setting_to_mend() -> None:
    given = read_settings({"ECHEANCE_CLOCK_URL": "http://127.0.0.1:9"})
    with pytest.raises(SettingError, match="ECHEANCE_CLOCK_TOKEN_FILE"):
        async with clock_client.remote_histories(given):
            pass
    async with clock_client.remote_histories(read_settings({})) as nothing:
        assert nothing is None
