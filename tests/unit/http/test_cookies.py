"""Of the cookies of a request, ours are read, and the framework sees no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.http.cookies import cookies_of, drop_other_cookies
from shared.http.negotiation import language_preferred, page_preferred


def scope(*cookies: bytes) -> dict[str, Any]:
    headers = [(b"host", b"x"), *((b"cookie", cookie) for cookie in cookies)]
    return {"type": "http", "headers": headers}


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ([b"echeance_lang=en"], {"echeance_lang": "en"}),
        ([b"a=b; echeance_session=ech_A-z_0;echeance_lang=fr"], {"echeance_session": "ech_A-z_0", "echeance_lang": "fr"}),
        ([b"echeance_lang=en", b"echeance_lang=fr"], {"echeance_lang": "fr"}),
        ([b'echeance_lang="en"'], {}),
        ([b"xecheance_lang=en; echeance_langx=en; echeance_lang"], {}),
        ([b"echeance_session=" + b"a" * 201], {}),
        ([b"\x01=;;;==; =; echeance_lang=en"], {"echeance_lang": "en"}),
        ([b"a=" + b"b" * 9_000 + b"; echeance_lang=en"], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_our_cookies_are_read(cookies: list[bytes], expected: dict[str, str]) -> None:
    given_ = scope(*cookies)
    assert cookies_of(given_) == expected
    drop_other_cookies(given_)
    assert Request(given_).cookies == expected
    assert (b"host", b"x") in given_["headers"]


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_what_the_framework_reads_of_cookies_is_ours_alone(cookies: list[bytes]) -> None:
    asked = scope(*cookies)
    ours = cookies_of(asked)
    drop_other_cookies(asked)
    assert Request(asked).cookies == ours


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("*/*", False),
        ("text/*", False),
        ("text/html;q=0", False),
        ("application/json, text/html;q=0.9", False),
        ("application/json;q=0.5, text/html", True),
        ("application/problem+json, text/html; q=0.1", False),
        (None, False),
        ("text/html;q=x", False),
        ("text/html, text/event-stream", False),
    ],
)
def test_a_page_is_for_who_names_html_and_prefers_no_json(accept: str | None, page: bool) -> None:
    assert page_preferred(accept) is page


@given(
    st.text(max_size=300) | st.from_regex(r"(en|fr|de|\*)(-CA)?(;q=[01](\.\d{0,3})?)?(, ?\w\w)?")
)
def test_any_header_is_read(header: str) -> None:
    assert language_preferred(header) in (None, "fr", "en")
    assert page_preferred(header) in (True, False)


def test_a_language_after_so_much_else_is_not_read() -> None:
    assert language_preferred("a" * 5_000 + ",en") is None
    assert language_preferred("en," + "a" * 5_000) == "en"
