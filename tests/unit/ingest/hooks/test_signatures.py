"""Deliveries are signed as their senders sign, by examples that the senders published where there are."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.hooks.signatures import (
    SCHEMES,
    SignatureScheme,
    SignatureVerdict,
    SignatureVerifier,
    Signed,
)

SECRET = "it is a secret to everybody"
BODY = b'{"test": 2432232314}'
AT = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
SECONDS = str(int(AT.timestamp()))


def check(
    scheme: str | SignatureScheme,
    headers: dict[str, str],
    body: bytes = BODY,
    *secrets: str,
    now: datetime = AT,
) -> SignatureVerdict:
    known = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    keys = [known.key_of(secret) for secret in secrets or (SECRET,)]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return SignatureVerifier(known, keys).verify(raw, body, now)


def hmac_hex(content: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(SECRET.encode(), content, algorithm).hexdigest()


def test_github_has_published_an_example() -> None:
    # docs.github.com, Validating webhook deliveries: "Testing the webhook payload validation".
    secret = "It's a Secret to Everybody"
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    header = {"X-Hub-Signature-256": f"sha256={digest}"}
    assert isinstance(check("github", header, b"Hello, World!", secret), Signed)
    assert check("github", header, b"Hello, World?", secret) == "unsigned"


def test_standard_webhooks_has_published_an_example() -> None:
    # The test vector of the reference libraries (github.com/standard-webhooks/standard-webhooks).
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1a,AAAA v1,bm9wZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert isinstance(check("standard-webhooks", headers, BODY, secret), Signed)
    other = {**headers, "webhook-id": "msg_another"}
    assert check("standard-webhooks", other, BODY, secret) == "unsigned"


def test_each_known_sender_signs_what_its_documentation_says() -> None:
    iso = AT.isoformat().replace("+00:00", "Z")
    zendesk = base64.b64encode(
        hmac.digest(SECRET.encode(), iso.encode() + BODY, hashlib.sha256)
    ).decode()
    deliveries = {
        "slack": {
            "X-Slack-Signature": "v0=" + hmac_hex(f"v0:{SECONDS}:".encode() + BODY),
            "X-Slack-Request-Timestamp": SECONDS,
        },
        "zendesk": {
            "X-Zendesk-Webhook-Signature": zendesk,
            "X-Zendesk-Webhook-Signature-Timestamp": iso,
        },
        "zammad": {"X-Hub-Signature": "sha1=" + hmac_hex(BODY, "sha1")},
        "glpi": {
            "X-GLPI-signature": hmac_hex(BODY + SECONDS.encode()),
            "X-GLPI-timestamp": SECONDS,
        },
    }
    for scheme, headers in deliveries.items():
        assert isinstance(check(scheme, headers), Signed), scheme
        assert check(scheme, headers, BODY + b" ") == "unsigned", scheme
        assert check(scheme, headers, BODY, "another secret than that") == "unsigned", scheme
        for name in headers:
            assert check(scheme, {k: v for k, v in headers.items() if k != name}) == "unsigned"


def slack(at: datetime, written: str | None = None) -> dict[str, str]:
    seconds = written or str(int(at.timestamp()))
    return {
        "X-Slack-Signature": "v0=" + hmac_hex(f"v0:{seconds}:".encode() + BODY),
        "X-Slack-Request-Timestamp": seconds,
    }


@pytest.mark.parametrize(
    ("late", "verdict"), [(300, Signed), (301, str), (-300, Signed), (-301, str), (10**7, str)]
)
def test_a_signed_time_is_near(late: int, verdict: type) -> None:
    found = check("slack", slack(AT), now=AT + timedelta(seconds=late))
    assert isinstance(found, verdict) and (verdict is Signed or found == "stale")


@pytest.mark.parametrize(
    "written", ["tomorrow", "1e9", "99999999999", "-5", "2021-02-25", "1614265330.0"]
)
def test_a_signed_time_that_cannot_be_read_is_not_near(written: str) -> None:
    assert check("slack", slack(AT, written)) in ("stale", "unsigned")


def test_either_of_two_secrets_is_good_while_they_change() -> None:
    assert isinstance(check("slack", slack(AT), BODY, "the new one of them", SECRET), Signed)


def test_a_repeated_header_is_no_signature() -> None:
    header = (b"x-hub-signature-256", b"sha256=" + hmac_hex(BODY).encode())
    keys = [SECRET.encode()]
    verifier = SignatureVerifier(SCHEMES["github"], keys)
    assert isinstance(verifier.verify([header], BODY, AT), Signed)
    assert verifier.verify([header, header], BODY, AT) == "unsigned"


def test_the_same_delivery_has_the_same_digest_however_its_signatures_are_listed() -> None:
    scheme = SCHEMES["slack"]
    right = slack(AT)
    twice = {**right, "X-Slack-Signature": f"v0=00 {right['X-Slack-Signature']}"}
    assert check(scheme, right) == check(scheme, twice)
    later = slack(AT + timedelta(seconds=1))
    assert check(scheme, right) != check(scheme, later)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_no_other_body_has_the_signature(body: bytes, other: bytes) -> None:
    headers = {"X-Hub-Signature-256": "sha256=" + hmac_hex(body)}
    assert isinstance(check("github", headers, other), Signed) == (body == other)


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=200))
def test_whatever_a_header_has_is_no_error(value: str) -> None:
    raw = [(b"x-slack-signature", value.encode("latin-1")), (b"x-slack-request-timestamp", b"1")]
    assert SignatureVerifier(SCHEMES["slack"], [b"key"]).verify(raw, BODY, AT) == "unsigned"


@pytest.mark.parametrize(
    "wrong",
    [
        {"header": "X Y"},
        {"header": "X", "signed": "{timestamp}.{body}"},
        {"header": "X", "timestamp": "T"},
        {"header": "X", "signed": "{body}{body}"},
        {"header": "X", "signed": "body"},
        {"header": "X", "signed": "{body}{Timestamp}"},
        {"header": "X", "tolerance_seconds": 0},
        {"header": "X", "algorithm": "md5"},
    ],
)
def test_a_scheme_that_would_sign_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignatureScheme.model_validate(wrong)
