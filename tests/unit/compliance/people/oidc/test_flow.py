"""What ties the browser that leaves to the one that comes back."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.people.oidc.flow import LONGEST_ONWARD, SECRET_BYTES, new_flow, read_flow

secrets = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(secrets, st.text(max_size=200))
def test_a_cookie_brings_back_what_was_begun(secret: bytes, onward: str) -> None:
    begun = new_flow(secret, onward)
    assert read_flow(begun.cookie()) == begun
    assert re.fullmatch(r"[A-Za-z0-9_.~-]{1,2000}", begun.cookie())


@given(secrets, secrets)
def test_what_is_sent_to_the_provider_says_nothing_of_the_secret(first: bytes, other: bytes) -> None:  # fmt: skip
    one, two = new_flow(first, "/"), new_flow(other, "/")
    derived = {one.state, one.nonce, one.verifier, one.challenge}
    assert len(derived) == 4 and all(len(value) == 43 for value in derived)
    assert one.is_state(one.state) and one.is_state(two.state) == (first == other)
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert one.challenge == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_an_address_too_long_to_be_kept_leads_home() -> None:
    secret = bytes(SECRET_BYTES)
    longest = "/" + "a" * (LONGEST_ONWARD - 1)
    assert new_flow(secret, longest).onward == longest
    assert new_flow(secret, longest + "a").onward == "/"
    assert len(new_flow(secret, longest).cookie()) <= 2_000


@pytest.mark.parametrize("cookie", [None, "", ".", "x", "x.y", "é.é", "A" * 43, "A" * 43 + ".%", "A" * 42 + ".Lw", "A" * 43 + ".gICA"])  # fmt: skip
def test_what_is_no_such_cookie_is_none(cookie: str | None) -> None:
    assert read_flow(cookie) is None
