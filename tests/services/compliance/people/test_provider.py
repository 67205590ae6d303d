"""Signing in at a provider, and what is not believed of one; what real ones do is in ``tests/keycloak``."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.compliance.people.oidc import client as provider_client
from services.compliance.people.oidc import keys as provider_keys
from services.compliance.people.oidc import provider as provider_module
from services.compliance.people.oidc.client import MOST_BYTES, BoundedClient
from services.compliance.people.oidc.errors import ProviderAwayError
from shared.audit.record import AuditRecord, decode_record
from shared.audit.store import AuditStore
from shared.errors import SettingError
from shared.http.cookies import SESSION_COOKIE, SIGN_IN_COOKIE
from tests.services.compliance.board.browsing import BROWSER
from tests.services.compliance.people.offices import OWN_SITE, Office, asked_of, office
from tests.services.compliance.people.provider import SigningProvider, seconds

pytestmark = pytest.mark.asyncio(loop_scope="package")
REFUSED = "La connexion n’a pas abouti"


async def test_a_person_signs_in_and_is_led_to_where_they_went(at: Office) -> None:
    sent = await at.browser.get("/worklist?stage=overdue", headers=BROWSER)
    page = await at.browser.get(sent.headers["location"], headers=BROWSER)
    link = re.search(r'href="(/sign-in/oidc\?next=[^"]*)"', page.text)
    assert link is not None and 'name="token"' not in page.text
    away = await at.browser.get(link[1], headers=BROWSER)
    asked = asked_of(away.headers["location"])
    assert asked["client_id"] == "echeance" and asked["scope"] == "openid profile email"
    assert asked["redirect_uri"] == "http://echeance/sign-in/oidc/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    done = await at.sign_in(onward="/worklist?stage=overdue")
    assert (done.status_code, done.headers["location"]) == (303, "/worklist?stage=overdue")
    cookies = done.headers.get_list("set-cookie")
    assert any(re.match(rf"{SESSION_COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax", one) for one in cookies)  # fmt: skip
    assert any(one.startswith(f'{SIGN_IN_COOKIE}="";') for one in cookies)
    page = await at.browser.get("/worklist", headers=BROWSER)
    assert page.status_code == 200 and "Laval" in page.text and "Montréal" not in page.text


async def test_who_signs_in_and_out_is_recorded(new: Office) -> None:
    await new.sign_in()
    new.access.write_text(
        "rights: ["
    )  # who leaves is asked nothing, and leaves at the provider too
    left = await new.browser.post("/sign-out", headers=OWN_SITE)
    assert "id_token_hint" in left.headers["refresh"]
    token = new.provider.logout_token()
    await new.browser.post("/sign-out/oidc", data={"logout_token": token})
    told = [(one.route, one.by, one.name, one.subject) for one in await recorded(new)]
    assert told == [
        ("/sign-in/oidc/callback", "person", "mtremblay", "m-17"),
        ("/sign-out", "person", "mtremblay", "m-17"),
        ("/sign-out/oidc", "hook", "", "m-17"),
    ]


async def recorded(at: Office) -> list[AuditRecord]:
    """The records of requests, once the process has stopped."""
    ended = asyncio.Event()
    ended.set()
    assert at.web.recorder is not None
    await at.web.recorder.run(ended)
    lines = [line async for line in AuditStore(at.known.embedded.database).lines()]
    return [one for one in map(decode_record, lines) if one.kind == "access"]


async def test_a_sign_in_that_is_refused_is_recorded_and_counted(
    new: Office, caplog: pytest.LogCaptureFixture
) -> None:
    new.provider.person["groups"] = ["elsewhere"]
    for _ in range(3):
        assert (await new.sign_in()).status_code == 403
    of_no_sign_in, begun = {"state": "x"}, asked_of(str(await new.leave()))
    for asked in (begun | {"error": "access_denied"}, of_no_sign_in):
        back = await new.browser.get("/sign-in/oidc/callback", params=asked, headers=BROWSER)
        assert back.status_code == 403
    metrics = new.known.embedded.metrics
    counted = {
        reason: metrics.registry.get_sample_value(
            "echeance_sign_in_failures_total", {"reason": reason}
        )
        for reason in ("no_rights", "sign_in_refused", "sign_in_cancelled", "unknown_token")
    }
    assert counted == {"no_rights": 3, "sign_in_refused": 1, "sign_in_cancelled": 1, "unknown_token": 0}  # fmt: skip
    told = [
        (one.by, one.name, one.subject, one.status, one.reason, one.count)
        for one in await recorded(new)
    ]
    assert told == [
        ("person", "mtremblay", "m-17", 403, "no_rights", 3),
        ("nobody", "", "", 403, "sign_in_cancelled", 1),
        ("nobody", "", "", 403, "sign_in_refused", 1),
    ]
    assert "no group" in caplog.text and "mtremblay" not in caplog.text


WEAK: Sequence[dict[str, Any]] = (
    {"acr": "bronze"}, {"acr": None}, {"amr": ["pwd"]}, {"amr": None}, {"auth_time": None}, {"auth_time": seconds() - 800},
)  # fmt: skip


async def test_who_did_not_sign_in_as_is_required_gets_no_session(
    provider: SigningProvider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    required: dict[str, Any] = {
        "oidc_acr_values": ("gold",),
        "oidc_amr": ("otp",),
        "oidc_max_age_seconds": 600,
    }
    strong = {"acr": "gold", "amr": ["pwd", "otp"], "auth_time": seconds()}
    async with office(tmp_path_factory.mktemp("office"), provider, **required) as strict:
        sent = await strict.browser.get("/sign-in/oidc", headers=BROWSER)
        asked = asked_of(sent.headers["location"])
        assert (asked["acr_values"], asked["max_age"]) == ("gold", "600")
        for weak in WEAK:
            provider.changes = {**strong, **weak}
            answer = await strict.sign_in()
            assert answer.status_code == 403 and "Connexion trop faible" in answer.text, weak
            assert f"{provider.issuer}/leave?client_id=echeance" in answer.text
        assert not await strict.is_in()
        provider.changes = strong
        assert (await strict.sign_in()).status_code == 303
        assert await strict.is_in()
        refused = next(one for one in await recorded(strict) if one.reason == "sign_in_too_weak")
        assert (refused.name, refused.subject, refused.count) == ("mtremblay", "m-17", len(WEAK))


async def test_only_the_algorithms_that_are_set_sign_anybody_in(
    provider: SigningProvider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with office(
        tmp_path_factory.mktemp("office"), provider, oidc_algorithms=("ES256",)
    ) as strict:
        assert REFUSED in (await strict.sign_in()).text
        provider.rotate()  # to ES256
        assert (await strict.sign_in()).status_code == 303
    with pytest.raises(
        SettingError, match=r"^ECHEANCE_OIDC_ALGORITHMS must be some of .* not HS256"
    ):
        async with office(tmp_path_factory.mktemp("office"), provider, oidc_algorithms=("HS256",)):
            pytest.fail("it started")


async def test_a_link_of_another_site_signs_nobody_in_unasked(at: Office) -> None:
    """Where the provider asks nothing, its reader would be signed in by reading a page."""
    path, elsewhere = "/sign-in/oidc?next=%2Fworklist", {"sec-fetch-site": "cross-site"}
    answer = await at.browser.get(path, headers={**BROWSER, **elsewhere})
    assert answer.headers["location"] == "/sign-in?next=%2Fworklist"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/sign-in/oidc/callback?code=x", "/" + "a" * 1_500])  # fmt: skip
async def test_nobody_is_led_to_another_site(at: Office, onward: str) -> None:
    assert (await at.sign_in(onward=onward)).headers["location"] == "/"


async def test_rights_are_the_union_of_groups(at: Office, provider: SigningProvider) -> None:
    provider.person["groups"] = ["laval", "montreal", "elsewhere"]
    await at.sign_in()
    page = (await at.browser.get("/worklist", headers=BROWSER)).text
    assert "Laval" in page and "Montréal" in page and "Estrie" not in page
    provider.person["groups"] = "direction"  # a claim may be one word
    await at.sign_in()
    assert "Estrie" in (await at.browser.get("/worklist", headers=BROWSER)).text


async def test_who_is_in_no_group_is_told_whom_to_ask(
    at: Office, provider: SigningProvider
) -> None:
    provider.person["groups"] = ["elsewhere"]
    for language, said in (("fr", "le bureau des accès, poste 4000"), ("en", "the access desk")):
        at.browser.cookies.set("echeance_lang", language)
        answer = await at.sign_in()
        assert answer.status_code == 403
        assert said in answer.text and "mtremblay" in answer.text
        assert f"{provider.issuer}/leave?client_id=echeance" in answer.text
    assert not await at.is_in()


async def test_groups_are_asked_for_where_the_token_has_none(
    at: Office, provider: SigningProvider
) -> None:
    provider.changes = {"groups": None}
    await at.sign_in()
    assert await at.is_in() and provider.count("/userinfo") == 1
    provider.info = {**provider.person, "sub": "another"}
    assert REFUSED in (await at.sign_in()).text


LIES: dict[str, Callable[[], dict[str, Any]]] = {
    "another issuer": lambda: {"iss": "https://evil.example"},
    "no issuer": lambda: {"iss": None},
    "another audience": lambda: {"aud": "other"},
    "no audience": lambda: {"aud": None},
    "several audiences and no party": lambda: {"aud": ["echeance", "other"]},
    "another party": lambda: {"aud": ["echeance", "other"], "azp": "other"},
    "another nonce": lambda: {"nonce": "x"},
    "no nonce": lambda: {"nonce": None},
    "expired": lambda: {"exp": seconds() - 90},
    "never expires": lambda: {"exp": None},
    "expires at no time": lambda: {"exp": "never"},
    "made in the future": lambda: {"iat": seconds() + 90},
    "made long ago": lambda: {"iat": seconds() - 900},
    "made at no time": lambda: {"iat": None},
    "not yet": lambda: {"nbf": seconds() + 90},
    "nobody": lambda: {"sub": None},
    "no name": lambda: {"sub": ""},
    "too long a name": lambda: {"sub": "a" * 256},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_does_not_hold_signs_nobody_in(
    at: Office, provider: SigningProvider, lie: str
) -> None:
    provider.changes = LIES[lie]()
    answer = await at.sign_in()
    assert answer.status_code == 403 and REFUSED in answer.text
    assert not await at.is_in()


@pytest.mark.parametrize("difference", [-50, 50])
async def test_clocks_may_differ_by_a_minute(
    at: Office, provider: SigningProvider, difference: int
) -> None:
    theirs = seconds() + difference
    provider.changes = {"iat": theirs, "exp": theirs}
    if difference > 0:
        provider.changes["exp"] += 300
    assert (await at.sign_in()).status_code == 303


async def test_a_signature_that_is_not_the_providers_signs_nobody_in(
    at: Office, provider: SigningProvider
) -> None:
    provider.forged()
    assert REFUSED in (await at.sign_in()).text and not await at.is_in()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_algorithm_that_needs_no_private_key_signs_nobody_in(
    at: Office, provider: SigningProvider, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the public key, which everybody has, as the secret of an HMAC."""
    whole, public = provider.signed, provider.key.as_pem(private=False)

    def signed(claims: Any) -> str:
        header = part(json.dumps({"alg": algorithm, "kid": "first"}).encode())
        text = f"{header}.{whole(claims).split('.')[1]}"
        mac = hmac.digest(public, text.encode(), "sha256") if algorithm == "HS256" else b""
        return f"{text}.{part(mac)}"

    monkeypatch.setattr(provider, "signed", signed)
    assert REFUSED in (await at.sign_in()).text and not await at.is_in()


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_sign_in_is_this_browsers_and_used_once(at: Office) -> None:
    back = await at.leave()
    async with at.another() as stranger:  # who has the address, and not the cookie
        assert REFUSED in (await stranger.get(back, headers=BROWSER)).text
        await at.leave(stranger)  # nor another sign-in's cookie
        assert REFUSED in (await stranger.get(back, headers=BROWSER)).text
    kept = at.browser.cookies[SIGN_IN_COOKIE]
    assert (await at.browser.get(back, headers=BROWSER)).status_code == 303
    assert SIGN_IN_COOKIE not in at.browser.cookies
    again = await at.browser.get(back, headers=BROWSER)
    assert again.status_code == 403, "the cookie is gone"
    at.browser.cookies.set(SIGN_IN_COOKIE, kept)
    assert REFUSED in (await at.browser.get(back, headers=BROWSER)).text, "the code was used"


async def test_a_state_begins_one_session_even_with_another_code(at: Office) -> None:
    back = await at.leave()
    kept = at.browser.cookies[SIGN_IN_COOKIE]
    asked = asked_of(str(back))
    known = dict(at.provider._codes)
    assert (await at.browser.get(back, headers=BROWSER)).status_code == 303
    at.provider._codes.update(known)  # as a provider that gives a code twice
    at.browser.cookies.set(SIGN_IN_COOKIE, kept)
    answer = await at.browser.get("/sign-in/oidc/callback", params=asked, headers=BROWSER)
    assert REFUSED in answer.text


@pytest.mark.parametrize(
    "changed",
    [{"iss": "https://evil.example"}, {"iss": None}, {"state": "x"}, {"state": None}, {"code": None}, {"code": "a" * 5_000}, {"code": "x"}],
)  # fmt: skip
async def test_an_answer_that_is_not_this_providers_signs_nobody_in(
    at: Office, changed: dict[str, str | None]
) -> None:
    asked = asked_of(str(await at.leave())) | changed
    kept = {name: value for name, value in asked.items() if value is not None}
    answer = await at.browser.get("/sign-in/oidc/callback", params=kept, headers=BROWSER)
    assert answer.status_code == 403 and REFUSED in answer.text


async def test_who_changes_their_mind_is_told_so(at: Office) -> None:
    asked = asked_of(str(await at.leave())) | {"error": "access_denied"}
    answer = await at.browser.get("/sign-in/oidc/callback", params=asked, headers=BROWSER)
    assert answer.status_code == 403 and "Connexion annulée" in answer.text


async def test_keys_are_fetched_again_for_a_new_one_and_not_at_every_unknown_one(
    new: Office, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = new
    await at.sign_in()
    await at.sign_in()
    assert provider.count("/keys") == 1
    provider.rotate()
    monkeypatch.setattr(provider_keys, "PAUSE_SECONDS", 0.0)
    await at.sign_in()
    assert provider.count("/keys") == 2 and await at.is_in()
    monkeypatch.undo()
    provider.header = {"kid": "nowhere"}
    for _ in range(20):
        token = provider.logout_token()
        answer = await at.browser.post("/sign-out/oidc", data={"logout_token": token})
        assert answer.status_code == 400
    assert provider.count("/keys") == 2
    assert await at.is_in()


async def test_a_key_that_is_withdrawn_is_not_believed_once_keys_are_fetched(
    new: Office, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = new
    await at.sign_in()
    withdrawn = provider.key
    provider.rotate()
    provider.published.remove(withdrawn)
    monkeypatch.setattr(provider_keys, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(provider_keys, "FRESH_SECONDS", 0.0)
    provider.key, provider.algorithm = withdrawn, "RS256"
    provider.header = {"kid": withdrawn.kid}
    assert REFUSED in (await at.sign_in()).text


@pytest.mark.parametrize("path", ["/sign-in/oidc", "/sign-in/oidc/callback"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_provider_that_is_away_stops_who_signs_in_and_nobody_else(
    new: Office,
    provider: SigningProvider,
    path: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = new
    monkeypatch.setattr(provider_module, "_PAUSE_SECONDS", 0.0)
    at.browser.cookies.set("echeance_lang", language)
    back = await at.leave() if path.endswith("callback") else path
    provider.status = 500
    answer = await at.browser.get(back, headers=BROWSER)
    said = {"fr": "Connexion impossible pour le moment", "en": "Nobody can sign in"}
    assert answer.status_code == 503 and said[language] in answer.text
    assert (await at.web.get("/v1/standards")).status_code == 200
    provider.status = None
    assert (await at.sign_in()).status_code == 303


async def test_a_provider_that_is_away_is_not_asked_again_at_once_whoever_asks(
    new: Office, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_module, "_PAUSE_SECONDS", 600.0)
    provider.status = 500
    for _ in range(5):
        answer = await new.browser.get("/sign-in/oidc", headers=BROWSER)
        assert answer.status_code == 503
    assert provider.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "ftp://x"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"padding": "x" * MOST_BYTES},
    ],
    ids=lambda found: next(iter(found)),
)
async def test_a_discovery_document_that_is_not_its_own_is_not_believed(
    new: Office, provider: SigningProvider, metadata: dict[str, Any]
) -> None:
    at, provider.metadata = new, metadata
    answer = await at.browser.get("/sign-in/oidc", headers=BROWSER)
    if answer.status_code == 303:  # the keys are not fetched before they are needed
        answer = await at.sign_in()
    assert answer.status_code == 503


async def test_a_removed_group_ends_the_session_once_the_provider_is_asked(
    at: Office, provider: SigningProvider
) -> None:
    await at.sign_in()
    provider.person["groups"] = []
    assert await at.is_in() and provider.count("/token") == 1
    at.wall.ahead = timedelta(minutes=5)
    provider.changes = {"iat": seconds() + 300, "exp": seconds() + 600}
    assert not await at.is_in()
    provider.person["groups"] = ["laval"]
    assert not await at.is_in()


@pytest.mark.parametrize("refreshes", [True, False])
async def test_whoever_is_still_who_they_were_stays_in(
    at: Office, provider: SigningProvider, refreshes: bool
) -> None:
    """Also while ten of their requests ask at once: a refresh token may be good once."""
    provider.refreshes = refreshes
    await at.sign_in()
    at.wall.ahead = timedelta(minutes=5) if refreshes else timedelta(seconds=110)
    provider.changes = {"iat": seconds() + 300, "exp": seconds() + 600}
    assert all(await asyncio.gather(*(at.is_in() for _ in range(10))))
    assert provider.count("/token") == (2 if refreshes else 1)
    at.wall.ahead = timedelta(minutes=10)
    provider.changes = {"iat": seconds() + 600, "exp": seconds() + 900}
    assert await at.is_in() == refreshes, "without a refresh token, as long as the access token"


async def test_a_person_whom_the_provider_no_longer_vouches_for_is_out(
    at: Office, provider: SigningProvider
) -> None:
    await at.sign_in()
    provider.revoked = True
    at.wall.ahead = timedelta(minutes=5)
    assert not await at.is_in()


async def test_a_provider_that_is_away_puts_nobody_out_for_an_hour(
    at: Office, provider: SigningProvider
) -> None:
    await at.sign_in()
    provider.status = 503
    for minutes in (5, 17, 29, 44, 58):
        at.wall.ahead = timedelta(minutes=minutes)
        assert await at.is_in()
    at.wall.ahead = timedelta(minutes=64)
    assert not await at.is_in()


async def test_signing_out_here_leads_to_signing_out_there(
    at: Office, provider: SigningProvider
) -> None:
    await at.sign_in()
    answer = await at.browser.post("/sign-out", headers=OWN_SITE)
    assert answer.status_code == 200 and "location" not in answer.headers
    address = answer.headers["refresh"].partition("url=")[2]
    asked = asked_of(address)
    assert address.startswith(f"{provider.issuer}/leave?")
    assert asked["post_logout_redirect_uri"] == "http://echeance/sign-in"
    assert asked["id_token_hint"].count(".") == 2
    assert not await at.is_in()


@pytest.mark.parametrize("what", [{}, {"sid": "s-1"}, {"sid": "s-1", "sub": None}])
async def test_the_provider_ends_sessions_by_itself(
    at: Office, provider: SigningProvider, what: dict[str, Any]
) -> None:
    await at.sign_in()
    async with at.another() as other:
        provider.person = {**provider.person, "sub": "another", "sid": "s-2"}
        await at.sign_in(other)
        provider.person = {**provider.person, "sub": "m-17", "sid": "s-1"}
        token = provider.logout_token(**what)
        answer = await at.browser.post("/sign-out/oidc", data={"logout_token": token})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert not await at.is_in() and await at.is_in(other)


NOTICES: dict[str, Callable[[], dict[str, Any]]] = {
    "an ID token": lambda: {"events": None, "nonce": "x"},
    "a nonce": lambda: {"nonce": "x"},
    "no event": lambda: {"events": {}},
    "another event": lambda: {"events": {"https://x.example": {}}},
    "nobody": lambda: {"sub": None},
    "another issuer": lambda: {"iss": "https://evil.example"},
    "another audience": lambda: {"aud": "other"},
    "long ago": lambda: {"iat": seconds() - 900},
    "expired": lambda: {"exp": seconds() - 90},
}


@pytest.mark.parametrize("lie", [*NOTICES, "no token", "another kind"])
async def test_a_notice_that_does_not_hold_ends_nothing(
    at: Office, provider: SigningProvider, lie: str
) -> None:
    await at.sign_in()
    if lie == "another kind":
        provider.header = {"typ": "JWT"}
    changes = NOTICES[lie]() if lie in NOTICES else {}
    token = "x" if lie == "no token" else provider.logout_token(**changes)
    answer = await at.browser.post("/sign-out/oidc", data={"logout_token": token})
    assert answer.status_code == 400 and await at.is_in()


async def test_a_notice_that_is_sent_again_later_ends_no_newer_session(
    at: Office, provider: SigningProvider
) -> None:
    token = provider.logout_token(iat=seconds() - 120)
    await at.sign_in()
    answer = await at.browser.post("/sign-out/oidc", data={"logout_token": token})
    assert answer.status_code == 200 and await at.is_in()


async def test_a_token_signs_nobody_in_and_is_good_for_programs(at: Office) -> None:
    link = await at.browser.get(f"/sign-in?token={at.web.token}", headers={**BROWSER, **OWN_SITE})
    assert link.status_code == 200 and "set-cookie" not in link.headers
    form = await at.browser.post("/sign-in", data={"token": at.web.token}, headers=OWN_SITE)
    assert form.status_code == 403 and "set-cookie" not in form.headers
    assert (await at.web.get("/v1/files")).status_code == 200


async def test_a_client_that_the_provider_refuses_is_the_operators_to_mend(
    at: Office, provider: SigningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    (at.access.parent / "secret").write_text("wrong")
    answer = await at.sign_in()
    assert answer.status_code == 503 and "ECHEANCE_OIDC" in caplog.text
    (at.access.parent / "secret").write_text("s:cr&t/%")  # read again at each use
    assert (await at.sign_in()).status_code == 303


async def test_an_answer_that_comes_too_slowly_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _turn in range(40):
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server, httpx.AsyncClient() as client:  # fmt: skip
        monkeypatch.setattr(provider_client, "SECONDS", 0.2)
        port = server.sockets[0].getsockname()[1]
        began = asyncio.get_running_loop().time()
        with pytest.raises(ProviderAwayError, match="does not answer"):
            await BoundedClient(client).get(f"http://127.0.0.1:{port}/")
        assert asyncio.get_running_loop().time() - began < 1
