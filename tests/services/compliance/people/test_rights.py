"""``access.yaml`` while the system runs: what it takes away is gone at once, and what is wrong with it lets nobody in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.compliance.people.store import SessionStore
from services.compliance.people.tables import sessions
from shared.domain.strict_yaml.reader import FaultsError
from shared.errors import SettingError
from tests.services.compliance.board.browsing import BROWSER
from tests.services.compliance.people.offices import ACCESS, Office, office
from tests.services.compliance.people.provider import SigningProvider

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ("laval: {units: [laval]}", "laval: {units: [laval, estrie]}", False),
        ("laval: {units: [laval]}", "laval: {units: all}", False),
        ("  laval: {units: [laval]}\n", "", False),
        ("montreal: {units: [montreal]}", "montreal: {units: all}", True),
        ("poste 4000", "poste 4001", True),
    ],
)
async def test_other_rights_end_a_session_and_the_same_do_not(
    new: Office, before: str, after: str, stays: bool
) -> None:
    await new.sign_in()
    new.access.write_text(ACCESS.replace(before, after))
    assert await new.is_in() == stays
    new.access.write_text(ACCESS)
    assert await new.is_in() == stays, "what has ended does not come back"


async def test_who_may_audit_alone_reads_no_page_and_can_still_leave(
    new: Office, provider: SigningProvider
) -> None:
    new.access.write_text(ACCESS + "  auditors: {units: all, rights: [audit]}\n")
    provider.person["groups"] = ["auditors"]
    assert (await new.sign_in()).headers["location"] == "/audit"
    trail = await new.browser.get("/audit", headers=BROWSER)
    assert trail.status_code == 200 and 'href="/worklist"' not in trail.text
    page = await new.browser.get("/worklist", headers=BROWSER)
    assert page.status_code == 403 and 'action="/sign-out"' in page.text
    assert (await new.browser.get("/sessions", headers=BROWSER)).status_code == 200
    assert (await new.browser.get("/v1/files")).status_code == 403


async def test_a_file_that_is_wrong_lets_nobody_in_and_ends_nothing(
    new: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await new.sign_in()
    new.access.write_text(ACCESS.replace("[laval]", "[nowhere]"))
    answer = await new.browser.get("/worklist", headers=BROWSER)
    assert answer.status_code == 503 and "droits des groupes" in answer.text
    assert "access.yaml:4:" in caplog.text and "nowhere" in caplog.text
    assert caplog.text.count("until this is mended") == 1, "said once, not at each request"
    new.access.unlink()
    assert (await new.browser.get("/worklist", headers=BROWSER)).status_code == 503
    assert (await new.web.get("/v1/standards")).status_code == 200, "tokens go on"
    new.access.write_text(ACCESS)
    assert await new.is_in()


async def test_a_file_that_is_wrong_at_the_start_says_where(
    provider: SigningProvider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(FaultsError, match=r"access.yaml:1:1: groups: this key is required"):
        async with office(tmp_path_factory.mktemp("a"), provider, access="contact: {fr: a, en: b}"):
            pass
    with pytest.raises(SettingError, match="ECHEANCE_ACCESS must name a file"):
        folder = tmp_path_factory.mktemp("b")
        async with office(folder, provider, access_file=folder / "none"):
            pass


async def test_what_the_provider_gave_cannot_be_read_in_the_database(new: Office) -> None:
    await new.sign_in()
    store = SessionStore(new.known.embedded.database)
    [row] = await store.of_person("oidc m-17")
    assert row.provider_tokens is not None and b"access" not in row.provider_tokens
    assert row.groups_known == '["laval"]'


async def test_what_the_provider_gave_is_not_used_once_it_was_altered(
    new: Office, provider: SigningProvider
) -> None:
    await new.sign_in()
    database = new.known.embedded.database
    async with database.transaction() as connection:
        [sealed] = (await connection.execute(select(sessions.c.provider_tokens))).scalars()
        middle = len(sealed) // 2
        other = b"A" if sealed[middle : middle + 1] != b"A" else b"B"
        altered = sealed[:middle] + other + sealed[middle + 1 :]
        await connection.execute(update(sessions).values(provider_tokens=altered))
    assert await new.is_in()
    new.wall.ahead = timedelta(minutes=5)
    assert not await new.is_in() and provider.count("/token") == 1
