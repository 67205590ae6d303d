"""Signing in by a form, staying in, going out; and a language that is chosen, never guessed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.compliance import board
from services.compliance.board.assets import ASSETS
from shared.text.texts import Language
from tests.services.compliance.board.browsing import BROWSER, shown
from tests.services.world import Site, site, world

SESSION = "echeance_session"
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """A site without files."""
    async with world(tmp_path) as known, site(known) as found:
        yield found


async def test_a_browser_without_a_session_is_led_to_the_form_and_back(web: Site) -> None:
    sent = await web.client.get("/worklist?stage=overdue", headers=BROWSER)
    assert sent.status_code == 303
    form = await web.client.get(sent.headers["location"], headers=BROWSER)
    assert form.status_code == 200
    onward = re.search(r'name="next" value="([^"]*)"', form.text)
    assert onward is not None and onward[1] == "/worklist?stage=overdue"
    fields = {"token": web.token, "next": onward[1]}
    done = await web.client.post("/sign-in", data=fields, headers=FORM)
    assert (done.status_code, done.headers["location"]) == (303, "/worklist?stage=overdue")
    cookie = done.headers["set-cookie"]
    assert re.fullmatch(rf"{SESSION}=[A-Za-z0-9_-]{{43}}; HttpOnly; Path=/; SameSite=lax", cookie)
    assert web.token not in cookie
    assert (await web.client.get("/", headers=BROWSER)).status_code == 200
    out = await web.client.post("/sign-out", headers=FORM)
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert (await web.client.get("/", headers=BROWSER)).status_code == 303


@pytest.mark.parametrize("token", ["", "ech_nobody", "<script>alert(1)</script>", "é" * 10_000])
async def test_a_token_that_is_not_accepted_says_so_on_the_form(web: Site, token: str) -> None:
    answer = await web.client.post("/sign-in", data={"token": token}, headers=FORM)
    assert answer.status_code == 401
    assert "Ce jeton n’a pas été accepté." in answer.text and "<script>" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_a_form_of_another_site_is_refused(
    web: Site, path: str, headers: dict[str, str]
) -> None:
    answer = await web.client.post(path, data={"token": web.token}, headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


ELSEWHERE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {},  # a browser that does not say, as none does to an address without TLS
]


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_link_of_another_site_signs_nobody_in_before_they_say_so(
    web: Site, headers: dict[str, str], language: str
) -> None:
    asked = {"token": web.token, "lang": language}
    page = await web.client.get("/sign-in", params=asked, headers=BROWSER | headers)
    assert page.status_code == 200 and SESSION not in page.headers.get("set-cookie", "")
    said = {"fr": "ne connecte personne de lui-même", "en": "signs nobody in by itself"}
    assert said[language] in page.text and 'role="alert"' not in page.text
    assert f'value="{web.token}"' in page.text
    assert (await web.client.get("/", headers=BROWSER)).status_code == 303
    done = await web.client.post("/sign-in", data={"token": web.token}, headers=FORM)
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize("headers", [*ELSEWHERE, {"sec-fetch-site": "none"}])
async def test_a_link_whose_token_is_no_longer_valid_says_so_and_leads_nowhere(
    web: Site, headers: dict[str, str]
) -> None:
    web.credentials.revoke("all")
    asked = {"token": web.token}
    page = await web.client.get("/sign-in", params=asked, headers=BROWSER | headers)
    assert page.status_code == 401 and "location" not in page.headers
    assert "Le jeton de ce lien n’est plus valide" in page.text
    onward = re.search(r'name="next" value="([^"]*)"', page.text)
    assert onward is not None and onward[1] == "/"
    assert web.token not in re.findall(r'value="([^"]*)"', page.text)


@pytest.mark.parametrize(
    "onward",
    [
        *("/sign-in", "/sign-in?token=ech_x", "/sign-out", "/sign-in#a"),
        *("https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nx: y", ""),
    ],
)
async def test_nobody_who_signed_in_is_led_back_to_the_form_or_to_another_site(
    web: Site, onward: str
) -> None:
    fields = {"token": web.token, "next": onward}
    answer = await web.client.post("/sign-in", data=fields, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://echeance.example.org", 303),
        ("https://ECHEANCE.example.org:443", 303),
        ("http://echeance.example.org", 403),
        ("https://echeance.example.org:8443", 403),
        ("https://evil.example", 403),
        ("http://echeance", 403),
        ("null", 403),
    ],
)
async def test_forms_come_from_where_people_reach_the_system(
    tmp_path: Path, origin: str, status: int
) -> None:
    """Behind a proxy that asks by another name; of a browser that says no more than the origin."""
    public = "https://echeance.example.org/delais"
    async with world(tmp_path, public_url=public) as known, site(known) as web:
        for path, fields in (("/sign-in", {"token": web.token}), ("/sign-out", {})):
            answer = await web.client.post(path, data=fields, headers={"origin": origin})
            assert answer.status_code == status
            if status == 303:
                assert "; Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("header", "process", "spoken"),
    [
        (None, "fr", "fr"),
        (None, "en", "en"),
        ("en-CA,en;q=0.9,fr;q=0.8", "fr", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "en", "fr"),
        ("de-DE,de;q=0.9", "en", "en"),
        ("de-DE,de;q=0.9", "fr", "fr"),
        ("*", "en", "en"),
        ("en;q=0", "fr", "fr"),
    ],
)
async def test_a_reader_who_chose_no_language_is_spoken_to_as_the_browser_asks(
    tmp_path: Path, header: str | None, process: Language, spoken: Language
) -> None:
    async with world(tmp_path, language=process) as known, site(known) as web:
        if header is not None:
            web.client.headers["accept-language"] = header
        page = await shown(web, "/")
        assert f'<html lang="{spoken}">' in page.text
        assert page.headers["content-language"] == spoken
        assert "accept-language" in page.headers["vary"]
        other = "en" if spoken == "fr" else "fr"
        assert f'href="/?lang={other}"' in page.text
        assert f'<html lang="{other}">' in (await shown(web, "/", lang=other)).text
        assert f'<html lang="{other}">' in (await shown(web, "/")).text, "the choice is kept"
        assert f'<html lang="{other}">' in (await shown(web, "/", lang="xx")).text


async def test_pages_run_no_script_but_ours(web: Site) -> None:
    page = await shown(web, "/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert " style=" not in page.text and "<style" not in page.text
    assert " onclick" not in page.text and "hx-on" not in page.text


async def test_a_static_file_is_kept_for_ever_under_its_digest_and_asked_by_nobody(
    web: Site,
) -> None:
    for name, asset in ASSETS.items():
        answer = await web.client.get(asset.address)
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]
        assert asset.address.split("/")[2] == hashlib.sha256(answer.content).hexdigest()[:16]
    other = await web.client.get("/static/0000000000000000/board.css")
    assert other.status_code == 404
    assert (await web.client.get("/static/x/..%2Fpages.py")).status_code == 404


def test_what_is_vendored_is_what_is_written_of_it() -> None:
    folder = Path(board.__path__[0]) / "static"
    told = (folder / "VENDORED.md").read_text(encoding="utf-8")
    for name in ("htmx.min.js", "hx-sse.min.js"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in told
