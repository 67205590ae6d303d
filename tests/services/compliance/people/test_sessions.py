"""Sessions: how they begin and all the ways in which they end, on both databases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from services.compliance.people.keeper import SessionKeeper, SessionLimits
from services.compliance.people.store import SessionStore, StoredSession
from services.compliance.people.tables import sessions
from shared.database.engine import Database
from shared.domain.instants import microseconds
from shared.http import event_stream, front_door
from shared.http.cookies import SESSION_COOKIE
from shared.metrics.registry import Metrics
from tests.builders import at as instant
from tests.services.compliance.board.browsing import BROWSER
from tests.services.compliance.people.offices import OWN_SITE, Wall
from tests.services.world import BEGINNING, Site, site, world

IDLE, LONGEST, MOST = timedelta(minutes=30), timedelta(hours=12), 3
CREATED = instant(BEGINNING)


class Desk:
    """A site that people sign in to with tokens; its wall clock is moved, and another process shares its database."""

    def __init__(self, web: Site, database: Database, wall: Wall) -> None:
        self.web = web
        self.wall = wall
        self.database = database
        limits = SessionLimits(IDLE, LONGEST, MOST, timedelta(minutes=5))
        self.other_process = SessionKeeper(SessionStore(database), web.credentials, wall, limits)

    def browser(self, scheme: str = "http", **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self.web.client._transport,
            base_url=f"{scheme}://echeance",
            headers={**BROWSER, **OWN_SITE, **headers},
        )

    async def sign_in(self, browser: httpx.AsyncClient, token: str | None = None) -> str:
        answer = await browser.post("/sign-in", data={"token": token or self.web.token})
        assert answer.status_code == 303, answer.text
        return browser.cookies[SESSION_COOKIE]

    async def rows(self) -> list[StoredSession]:
        async with self.database.reading() as connection:
            found = await connection.execute(select(sessions).order_by(sessions.c.begun_at))
            return [StoredSession(*row) for row in found]

    async def noted(self, browser: httpx.AsyncClient) -> None:
        """Work until it is written down, which no page waits for."""
        since = microseconds(self.wall() - timedelta(seconds=30))
        for _ in range(500):
            if max(one.seen_at for one in await self.rows()) >= since:
                return
            assert await is_in(browser)
            await asyncio.sleep(0.01)
        raise TimeoutError("work was not written down")


async def is_in(browser: httpx.AsyncClient) -> bool:
    answer = await browser.get("/worklist")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    wall = Wall()
    async with world(tmp_path, sign_in_sessions=MOST) as known:
        known.embedded = replace(known.embedded, metrics=Metrics(wall))
        async with site(known) as web:
            yield Desk(web, known.embedded.database, wall)


async def test_only_the_browser_has_the_identifier_and_nobody_keeps_the_token(desk: Desk) -> None:
    async with desk.browser() as browser:
        identifier = await desk.sign_in(browser)
        assert re.fullmatch(r"[\w-]{43}", identifier)
        [row] = await desk.rows()
        assert identifier not in repr(row) and desk.web.token not in repr(row)
        assert desk.web.token not in repr(dict(browser.cookies))
        browser.cookies.set(SESSION_COOKIE, desk.web.token)
        assert not await is_in(browser)
        browser.cookies.set(SESSION_COOKIE, row.id_sha256)
        assert not await is_in(browser)


async def test_each_sign_in_has_an_identifier_of_its_own_and_ends_the_one_before(
    desk: Desk,
) -> None:
    async with desk.browser() as browser, desk.browser() as thief:
        first = await desk.sign_in(browser)
        thief.cookies.set(SESSION_COOKIE, first)
        assert await is_in(thief)
        assert await desk.sign_in(browser) != first
        assert await is_in(browser) and not await is_in(thief)
        assert len(await desk.rows()) == 1


async def test_an_identifier_that_somebody_planted_begins_nothing(desk: Desk) -> None:
    async with desk.browser() as browser:
        sent = {"cookie": f"{SESSION_COOKIE}=planted"}
        await browser.post("/sign-in", data={"token": desk.web.token}, headers=sent)
        assert browser.cookies[SESSION_COOKIE] != "planted"
        assert await is_in(browser)
        assert (await browser.get("/worklist", headers=sent)).status_code == 303


async def test_a_session_ends_after_half_an_hour_without_work(desk: Desk) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        for minutes in (29, 58, 87):
            desk.wall.ahead = timedelta(minutes=minutes)
            await desk.noted(browser)
        desk.wall.ahead = timedelta(minutes=118)
        answer = await browser.get("/worklist")
        assert answer.headers["location"] == "/sign-in?next=%2Fworklist&ended=1"
        assert "Votre session est terminée" in (await browser.get(answer.headers["location"])).text
        assert not await desk.rows()


async def test_a_session_ends_after_half_a_day_of_work(desk: Desk) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        for quarters in range(1, 48):
            desk.wall.ahead = timedelta(minutes=15 * quarters)
            await desk.noted(browser)
        desk.wall.ahead = LONGEST
        assert not await is_in(browser)


async def test_a_page_that_is_left_open_is_no_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stream is asked for again and again by itself, and ends with the session."""
    hurry(monkeypatch)
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        desk.wall.ahead = timedelta(minutes=29)
        stream = asyncio.create_task(browser.get("/worklist/stream"))
        await until(lambda: desk.web.client is not None and not stream.done(), 0.3)
        desk.wall.ahead = timedelta(minutes=31)
        async with asyncio.timeout(10):
            assert (await stream).status_code == 200
        assert not await is_in(browser)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask more often, and check that what is promised would be held at the usual pace."""
    assert event_stream.CHECK_SECONDS + front_door._RECENT_SECONDS < 15
    monkeypatch.setattr(event_stream, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(front_door, "_RECENT_SECONDS", 0.05)


async def until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait a while, and check that something held throughout."""
    for _ in range(10):
        await asyncio.sleep(seconds / 10)
        assert holds()


@pytest.mark.parametrize("how", ["signed out", "revoked", "other rights", "elsewhere"])
async def test_what_ends_a_session_ends_its_streams(
    desk: Desk, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    token = desk.web.units_token("laval")
    async with desk.browser() as browser, desk.browser() as other:
        identifier = await desk.sign_in(browser, token)
        await desk.sign_in(other)
        stream = asyncio.create_task(browser.get("/worklist/stream"))
        going_on = asyncio.create_task(other.get("/v1/alerts/stream"))
        await until(lambda: not stream.done(), 0.3)
        if how == "signed out":
            answer = await browser.post("/sign-out")
            assert answer.headers["location"] == "/sign-in"
            assert f'{SESSION_COOKIE}="";' in answer.headers["set-cookie"]
            browser.cookies.set(SESSION_COOKIE, identifier)  # a copy of it opens nothing either
        elif how == "elsewhere":
            left = await desk.other_process.leave(identifier)
            assert left is not None and (left.caller.name, left.id_token) == ("laval", "")
            assert await desk.other_process.leave(identifier) is None
        else:
            desk.web.credentials.revoke("laval")
            if how == "other rights":
                desk.web.credentials.create("laval", ["read"], units=["montreal"], created=CREATED)
        async with asyncio.timeout(10):
            await stream
        assert not await is_in(browser) and await is_in(other)
        await until(lambda: not going_on.done(), 0.3)
        going_on.cancel()
        assert len(await desk.rows()) == 1


async def test_a_person_has_so_many_sessions_and_the_oldest_make_room(desk: Desk) -> None:
    browsers = [desk.browser() for _ in range(MOST + 2)]
    async with desk.browser() as another:
        await desk.sign_in(another, desk.web.units_token("laval"))
        for minute, browser in enumerate(browsers):
            desk.wall.ahead = timedelta(seconds=minute)
            await desk.sign_in(browser)
        assert [await is_in(one) for one in browsers] == [False, False, True, True, True]
        assert await is_in(another)
    for browser in browsers:
        await browser.aclose()


async def test_work_is_written_down_once_a_minute(desk: Desk) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        seen = set()
        for seconds in range(0, 180, 10):
            desk.wall.ahead = timedelta(seconds=seconds)
            assert await is_in(browser)
            await asyncio.sleep(0.01)
            seen.add((await desk.rows())[0].seen_at)
        assert 2 <= len(seen) <= 4


async def test_a_page_does_not_wait_for_work_to_be_written_down(desk: Desk) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        desk.wall.ahead = timedelta(minutes=2)
        async with desk.database.transaction() as held:
            await held.execute(update(sessions).values(agent="held"))
            async with asyncio.timeout(2):
                assert await is_in(browser) and await is_in(browser)
        await desk.noted(browser)


async def test_sessions_that_are_over_are_deleted_though_nobody_asks(desk: Desk) -> None:
    async with desk.browser() as idle, desk.browser() as old:
        await desk.sign_in(idle)
        await desk.sign_in(old)
        desk.wall.ahead = timedelta(minutes=20)
        await desk.noted(old)
        assert await desk.other_process.delete_over() == 0
        desk.wall.ahead = timedelta(minutes=40)
        assert await desk.other_process.delete_over() == 1
        assert await is_in(old)
        desk.wall.ahead = LONGEST
        assert await desk.other_process.delete_over() == 1


async def test_people_see_and_end_their_own_sessions_and_nobody_elses(desk: Desk) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    async with desk.browser() as mine, desk.browser(**{"user-agent": firefox}) as second, desk.browser() as third, desk.browser() as hers:  # fmt: skip
        for browser in (mine, second, third):
            await desk.sign_in(browser)
        await desk.sign_in(hers, desk.web.units_token("laval"))
        page = await mine.get("/sessions")
        assert "Firefox, Linux" in page.text and page.text.count("Cette session") == 1
        assert 'href="/sessions"' in (await mine.get("/worklist")).text
        keys = re.findall(r'name="session" value="([0-9a-f]{64})"', page.text)
        assert len(keys) == 2
        foreign = next(row.id_sha256 for row in await desk.rows() if row.person == "token laval")
        for key in (foreign, "", "x" * 64):
            await mine.post("/sessions/end", data={"session": key})
        assert all([await is_in(one) for one in (mine, second, third, hers)])
        ended = await mine.post("/sessions/end", data={"session": keys[0]})
        assert (ended.status_code, ended.headers["location"]) == (303, "/sessions")
        assert [await is_in(one) for one in (mine, second, third)].count(True) == 2
        await mine.post("/sessions/end-others")
        assert [await is_in(one) for one in (mine, second, third, hers)] == [True, False, False, True]  # fmt: skip


@pytest.mark.parametrize("path", ["/sessions/end", "/sessions/end-others"])
async def test_another_site_ends_nobodys_session(desk: Desk, path: str) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        answer = await browser.post(path, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert (await desk.web.client.post(path, headers=OWN_SITE)).status_code == 401


async def test_a_token_has_no_sessions_to_list(desk: Desk) -> None:
    assert (await desk.web.get("/sessions")).status_code == 404
    assert (await desk.web.get("/sessions/stream")).status_code == 404


@pytest.mark.parametrize("path", ["/sessions/stream", "/worklist/stream"])
async def test_a_stream_is_refused_to_a_page_of_another_session(desk: Desk, path: str) -> None:
    async with desk.browser(accept="text/html, text/event-stream") as browser:
        await desk.sign_in(browser)
        [before] = await desk.rows()
        await desk.sign_in(browser)
        answer = await browser.get(path, params={"session": before.id_sha256})
        assert answer.status_code == 401 and answer.json()["type"].endswith("no-session")


async def test_over_tls_the_cookie_is_one_that_only_this_host_can_have_set(desk: Desk) -> None:
    async with desk.browser("https") as browser:
        answer = await browser.post("/sign-in", data={"token": desk.web.token})
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(rf"__Host-{SESSION_COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)  # fmt: skip
        assert await is_in(browser)
        identifier = browser.cookies[f"__Host-{SESSION_COOKIE}"]
        browser.cookies.clear()
        browser.cookies.set(SESSION_COOKIE, identifier)  # as a neighbour of the domain could
        assert not await is_in(browser)
        chosen = await browser.get("/calculator?lang=en")
        assert chosen.headers["set-cookie"].startswith("__Host-echeance_lang=en;")
        assert '<html lang="en">' in (await browser.get("/calculator")).text
        browser.cookies.clear()
        browser.cookies.set("echeance_lang", "en")
        assert '<html lang="fr">' in (await browser.get("/calculator")).text


async def test_a_session_reads_and_never_publishes(desk: Desk) -> None:
    async with desk.browser() as browser:
        await desk.sign_in(browser)
        assert (await browser.get("/v1/files", headers={"accept": "*/*"})).status_code == 200
        assert (await browser.post("/v1/events")).status_code == 401
        assert (await browser.post("/v1/publication/2024-2025")).status_code == 401


async def test_without_the_database_nobody_is_known_and_tokens_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.errors import UnavailableError

    async with desk.browser() as browser:
        await desk.sign_in(browser)

        async def away(*_: object) -> None:
            raise UnavailableError("away")

        monkeypatch.setattr(SessionStore, "find", away)
        answer = await browser.get("/v1/standards", headers={"accept": "*/*"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await desk.web.get("/v1/standards")).status_code == 200
        monkeypatch.undo()
        assert await is_in(browser)
