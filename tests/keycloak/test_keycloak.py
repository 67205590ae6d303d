"""Keycloak itself: signing in, leaving a group, new keys, signing out on either side, and Keycloak not answering."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from playwright.async_api import Browser

from services.compliance.people.oidc import client, provider
from services.compliance.people.oidc.keys import PAUSE_SECONDS
from tests.keycloak.conftest import Board, Photographer
from tests.keycloak.realm import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_people_see_what_their_groups_may(board: Board) -> None:
    async with board.person() as laval, board.person() as direction, board.person() as other:
        page = await laval.sign_in("mtremblay")
        assert page.url.path == "/worklist"
        assert "LAVAL-1" in page.text and "MONTREAL-1" not in page.text
        page = await direction.sign_in("jroy", "/worklist?sort=unit")
        assert str(page.url).endswith("/worklist?sort=unit")
        assert "LAVAL-1" in page.text and "MONTREAL-1" in page.text
        page = await other.sign_in("pgagnon")
        assert page.status_code == 403 and "le bureau des accès, poste 4000" in page.text
        assert "pgagnon" in page.text and not await other.is_in()


async def test_a_person_removed_from_a_group_is_out_once_keycloak_is_asked(board: Board) -> None:
    board.provider.make_realm_user("aroy", "direction", PASSWORD)
    async with board.person() as browser:
        await browser.sign_in("aroy")
        await asyncio.sleep(1.1)
        assert await browser.is_in(), "asked, and still in the group"
        await asyncio.to_thread(board.provider.leave_group, "aroy", "direction")
        await asyncio.sleep(1.1)
        assert not await browser.is_in()


async def test_what_keycloak_signs_with_new_keys_is_believed(board: Board) -> None:
    async with board.person() as before, board.person() as after:
        await before.sign_in("jroy")
        await asyncio.to_thread(board.provider.rotate_keys)
        await asyncio.sleep(PAUSE_SECONDS + 0.1)  # the keys may have been fetched just now
        assert await before.is_in(), "refreshed with a token under the new key"
        assert (await after.sign_in("mtremblay")).url.path == "/worklist"


async def test_who_is_signed_out_at_keycloak_is_signed_out_here_streams_included(
    board: Board,
) -> None:
    async with board.person() as browser, board.person() as other:
        await browser.sign_in("mtremblay")
        await other.sign_in("jroy")
        stream = asyncio.create_task(browser.ask("GET", "/worklist/stream"))
        await asyncio.sleep(0.3)
        assert not stream.done()
        user = await asyncio.to_thread(board.provider.user, "mtremblay")
        await asyncio.to_thread(board.provider.ask, "POST", f"/users/{user}/logout")
        async with asyncio.timeout(15):
            await stream
        assert not await browser.is_in() and await other.is_in()


async def test_in_a_browser_one_signs_in_and_out_of_both(
    board: Board, chrome: Browser, photograph: Photographer
) -> None:
    person = await chrome.new_context(locale="fr-CA")
    page = await person.new_page()
    try:
        await page.goto(f"{board.address}/worklist")
        assert page.url.startswith(f"{board.address}/sign-in?next=")
        await photograph(page, "provider-sign-in")
        await page.click("text=Continuer avec ce compte")
        await page.fill("#username", "mtremblay")
        await page.fill("#password", PASSWORD)
        await page.click("#kc-login")
        await page.wait_for_url(f"{board.address}/worklist**")
        assert "LAVAL-1" in await page.inner_text("main")
        names = {cookie["name"] for cookie in await person.cookies(board.address)}
        assert "echeance_session" in names and "echeance_sign_in" not in names
        await page.goto(f"{board.address}/sessions")
        await photograph(page, "provider-sessions")
        assert "Chrome, Linux" in await page.inner_text("main")
        await page.click("text=Se déconnecter")
        await page.wait_for_url(f"{board.address}/sign-in**")
        await page.click("text=Continuer avec ce compte")
        await page.wait_for_selector("#password")  # which is asked for again
    finally:
        await person.close()


async def test_while_keycloak_does_not_answer_people_are_told_and_programs_go_on(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_ANSWERING_SECONDS", 0.0)  # it answered a moment ago
    monkeypatch.setattr(client, "SECONDS", 1.5)
    async with board.person() as browser:
        await browser.sign_in("mtremblay")
        board.provider.child.freeze()
        try:
            await asyncio.sleep(1.1)
            assert await browser.is_in(), "who is in stays in for a while"
            for language, said in (("fr", "Connexion impossible"), ("en", "Nobody can sign in")):
                answer = await browser.ask("GET", f"/sign-in/oidc?lang={language}")
                assert answer.status_code == 503 and said in answer.text
            headers = {"authorization": f"Bearer {board.token}", "accept": "*/*"}
            async with httpx.AsyncClient(base_url=board.address, trust_env=False) as program:
                assert (await program.get("/v1/files", headers=headers)).status_code == 200
        finally:
            board.provider.child.thaw()
