"""Which signed tokens are believed; the provider that signs others is in ``tests/services/compliance/people``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from services.compliance.people.oidc.claims import (
    ALGORITHMS,
    Expected,
    SignInStrength,
    id_token_claims,
    key_id,
    logout_notice,
)
from services.compliance.people.oidc.errors import SignInRefusedError

KEY = ECKey.generate_key("P-256", {"kid": "k"})
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
EXPECTED = Expected("https://accounts.example.org", "echeance", NOW)
GOOD: dict[str, Any] = {"iss": EXPECTED.issuer, "aud": EXPECTED.client, "sub": "m-17", "iat": SECONDS, "exp": SECONDS + 60, "nonce": "n"}  # fmt: skip
EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def token(claims: dict[str, Any], **header: Any) -> str:
    written = {"alg": "ES256", "kid": "k", **header}
    kept = {name: one for name, one in written.items() if one is not None}
    return jwt.encode(kept, claims, KEY, default_type=None)


def read(**changes: Any) -> Any:
    claims = {name: one for name, one in {**GOOD, **changes}.items() if one is not None}
    return id_token_claims(token(claims), KEY, EXPECTED, nonce="n")


def test_algorithms_of_a_shared_secret_are_not_in_the_list() -> None:
    assert not [name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"]


@pytest.mark.parametrize("audience", ["echeance", ["echeance"], ["echeance", "other"]])
def test_a_token_for_this_client_is_believed(audience: object) -> None:
    assert read(aud=audience, azp="echeance")["sub"] == "m-17"
    assert read(aud="echeance", azp=None)["sub"] == "m-17"


wrong = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text()))  # fmt: skip


@given(st.sampled_from(["iss", "aud", "nonce"]), wrong)
def test_whatever_else_stands_there_is_not_believed(name: str, value: object) -> None:
    """Lists too: an issuer is one."""
    good = value == GOOD[name] or (name == "aud" and isinstance(value, list) and "echeance" in value)  # fmt: skip
    if not good:
        with pytest.raises(SignInRefusedError):
            read(**{name: value})


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000))
def test_a_token_is_believed_within_its_time_and_a_minute(made: int, ends: int) -> None:
    good = -660 <= made <= 60 and ends > -60
    if good:
        read(iat=SECONDS + made, exp=SECONDS + ends)
    else:
        with pytest.raises(SignInRefusedError):
            read(iat=SECONDS + made, exp=SECONDS + ends)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_what_is_no_token_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(SignInRefusedError):
        key_id(text)


def test_a_token_says_which_key_signed_it() -> None:
    assert key_id(token(GOOD)) == "k"
    assert key_id(token(GOOD, kid=None)) is None
    with pytest.raises(SignInRefusedError, match="longer than"):
        key_id(token({**GOOD, "x": "a" * 70_000}))


def test_a_token_is_of_an_algorithm_that_is_accepted_here() -> None:
    only = Expected(EXPECTED.issuer, EXPECTED.client, NOW, ["EdDSA"])
    with pytest.raises(SignInRefusedError, match="ES256"):
        key_id(token(GOOD), only.algorithms)
    with pytest.raises(SignInRefusedError):
        id_token_claims(token(GOOD), KEY, only, nonce="n")


STRONG: dict[str, Any] = {"acr": "gold", "amr": ["otp", "pwd"], "auth_time": SECONDS - 300}


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({}, ""),
        ({"acr": "silver"}, ""),
        ({"acr": "bronze"}, "acr"),
        ({"acr": None}, "acr"),
        ({"acr": ["gold"]}, "acr"),
        ({"amr": ["pwd"]}, "amr"),
        ({"amr": "otp pwd"}, "amr"),
        ({"amr": [["otp"], {}, "pwd"]}, "amr"),
        ({"amr": None}, "amr"),
        ({"auth_time": SECONDS - 661}, "auth_time"),
        ({"auth_time": SECONDS - 660}, ""),
        ({"auth_time": SECONDS + 61}, "auth_time"),
        ({"auth_time": str(SECONDS)}, "auth_time"),
        ({"auth_time": True}, "auth_time"),
        ({"auth_time": None}, "auth_time"),
    ],
)
def test_a_sign_in_shows_the_strength_that_is_required_of_it(
    changed: dict[str, Any], lacking: str
) -> None:
    required = SignInStrength(("gold", "silver"), ("pwd", "otp"), 600)
    assert required.lacking({**STRONG, **changed}, NOW) == lacking
    assert SignInStrength().lacking({**STRONG, **changed}, NOW) == ""


def test_a_notice_names_a_person_or_a_session_and_is_no_id_token() -> None:
    notice = {name: GOOD[name] for name in ("iss", "aud", "sub", "iat", "exp")} | {"events": EVENTS}
    found = logout_notice(token(notice, typ="logout+jwt"), KEY, EXPECTED)
    assert (found.subject, found.session, found.issued_at) == ("m-17", "", NOW)
    with_session = token(notice | {"sid": "s"}, typ="logout+jwt")
    assert logout_notice(with_session, KEY, EXPECTED).session == "s"
    faults: list[dict[str, Any]] = [{"nonce": "n"}, {"events": {}}, {"events": None}, {"sub": 1}, {"iat": SECONDS - 700}]  # fmt: skip
    for fault in faults:
        with pytest.raises(SignInRefusedError):
            logout_notice(token(notice | fault, typ="logout+jwt"), KEY, EXPECTED)
    for kind in ("JWT", "at+jwt", None):
        with pytest.raises(SignInRefusedError, match="typ"):
            logout_notice(token(notice, typ=kind), KEY, EXPECTED)
