"""Signatures of webhooks: HMAC of the body, mostly with a time, in headers whose form each sender chose.

Pure: keys and ``now`` are arguments. The forms of GitHub, Slack, Zendesk, Standard Webhooks, Zammad
and GLPI are known by name; others are described. A signed time keeps an old delivery from being
sent again by whoever saw it; without one only the memory of accepted deliveries does.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from services.ingest.cloudevents import RawHeaders
from shared.domain.calendars import StrictModel
from shared.domain.strict_yaml import UnusableValueError, cited

MOST_SIGNATURES: Final = 10
"""How many signatures of a delivery are tried: senders sign with the old and the new secret."""

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_PART: Final = re.compile(r"\{([a-z]*)\}")
_SIGNED_PARTS: Final = ("body", "timestamp", "id")
_EPOCH: Final = re.compile(r"[0-9]{9,11}")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_LONGEST_ID: Final = 200
_STANDARD_WEBHOOKS_SECRET: Final = "whsec_"


def _header(name: str) -> str:
    if _HEADER.fullmatch(name) is None:
        raise UnusableValueError(
            f"{cited(name)} n’est pas le nom d’un en-tête, tel que X-Hub-Signature-256",
            f"{name!r} is not the name of a header, such as X-Hub-Signature-256",
        )
    return name.lower()


def _signed(template: str) -> str:
    names = _PART.findall(template)
    braces = {"{", "}"} & set(_PART.sub("", template))
    if braces or names.count("body") != 1 or not set(names) <= set(_SIGNED_PARTS):
        raise UnusableValueError(
            "écrivez ce qui est signé avec {body}, une fois, et s’il y a lieu {timestamp} et {id}",
            "write what is signed with {body}, once, and {timestamp} and {id} if they are",
        )
    return template


Header = Annotated[str, AfterValidator(_header)]


class SignatureScheme(StrictModel):
    """Where a signature is, how it is written and what it signs.

    ``signed`` is a text with ``{body}``, ``{timestamp}`` and ``{id}``; the last two come from the
    headers ``timestamp`` (seconds since 1970, or ISO 8601 in UTC) and ``id``. A header may have
    several signatures, with spaces between. A ``base64`` key is written so, ``whsec_`` aside.
    """

    header: Header
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    signed: Annotated[str, AfterValidator(_signed)] = "{body}"
    timestamp: Header | None = None
    id: Header | None = None
    tolerance_seconds: Annotated[int, Field(ge=1, le=7 * 86_400)] = 300
    key: Literal["text", "base64"] = "text"

    @model_validator(mode="after")
    def _each_part_has_a_header(self) -> SignatureScheme:
        parts = set(_PART.findall(self.signed))
        for name, header in (("timestamp", self.timestamp), ("id", self.id)):
            if (name in parts) != (header is not None):
                raise UnusableValueError(
                    f"{{{name}}} est signé si et seulement si l’en-tête {name} est nommé",
                    f"{{{name}}} is signed if and only if the header {name} is named",
                )
        return self

    def key_of(self, secret: str) -> bytes:
        """The key of a secret as a person writes it; ValueError where it is not of the form."""
        if self.key == "text":
            return secret.encode()
        return binascii.a2b_base64(secret.removeprefix(_STANDARD_WEBHOOKS_SECRET), strict_mode=True)


SCHEMES: Final[Mapping[str, SignatureScheme]] = {
    "github": SignatureScheme(header="X-Hub-Signature-256", prefix="sha256="),
    "slack": SignatureScheme(
        header="X-Slack-Signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp="X-Slack-Request-Timestamp",
    ),
    "zendesk": SignatureScheme(
        header="X-Zendesk-Webhook-Signature",
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp="X-Zendesk-Webhook-Signature-Timestamp",
    ),
    "standard-webhooks": SignatureScheme(
        header="webhook-signature",
        prefix="v1,",
        encoding="base64",
        signed="{id}.{timestamp}.{body}",
        timestamp="webhook-timestamp",
        id="webhook-id",
        key="base64",
    ),
    "zammad": SignatureScheme(header="X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    "glpi": SignatureScheme(
        header="X-GLPI-signature",
        signed="{body}{timestamp}",
        timestamp="X-GLPI-timestamp",
        # GLPI signs when it queues a delivery; its queue waits for cron and tries again for hours.
        tolerance_seconds=86_400,
    ),
}
"""The forms of senders, from their documentation; Zammad's and GLPI's from their sources."""


class Signed(NamedTuple):
    """A delivery whose signature is right.

    ``digest`` is the same when the same delivery is sent again, and ``until`` is when its signed
    time is too old; of one whose time is not signed it is empty, and None.
    """

    digest: bytes
    until: datetime | None


_TIMELESS: Final = Signed(b"", None)
_BODY_ALONE: Final = [b"", b"body", b""]
SignatureVerdict = Signed | Literal["unsigned", "stale"]
"""``stale``: signed rightly, at a time too far from now."""


class SignatureVerifier:
    """Checks deliveries by one scheme and some keys, any of which is good."""

    def __init__(self, scheme: SignatureScheme, keys: Sequence[bytes]) -> None:
        self.scheme = scheme
        self._keys = keys
        self.header = scheme.header.encode()
        self._timestamp = (scheme.timestamp or "").encode()
        self._id = (scheme.id or "").encode()
        self._wanted = {self.header, self._timestamp, self._id} - {b""}
        self._prefix = scheme.prefix.encode()
        self._signed = [part.encode() for part in _PART.split(scheme.signed)]

    def verify(self, headers: RawHeaders, body: bytes, now: datetime) -> SignatureVerdict:
        """Whether one of the keys signed a delivery; the time taken does not depend on which.

        The names of headers are in lower case, as ASGI has them.
        """
        values = self._only(headers)
        if values is None:
            return "unsigned"
        content = self._content(values, body)
        given = self._signatures(values[self.header])
        is_signed = False
        for key in self._keys:
            expected = hmac.digest(key, content, self.scheme.algorithm)
            for one in given:
                is_signed |= hmac.compare_digest(expected, one)
        if not is_signed:
            return "unsigned"
        if not self._timestamp:
            return _TIMELESS
        signed_at = _instant(values[self._timestamp].decode("latin-1"))
        tolerance = timedelta(seconds=self.scheme.tolerance_seconds)
        if signed_at is None or abs(now - signed_at) > tolerance:
            return "stale"
        return Signed(hashlib.sha256(content).digest(), signed_at + tolerance)

    def _only(self, headers: RawHeaders) -> Mapping[bytes, bytes] | None:
        """The value of each header of the scheme; None if one is missing, or repeated."""
        values: dict[bytes, bytes] = {}
        for name, value in headers:
            if name not in self._wanted:
                continue
            if name in values or (name == self._id and len(value) > _LONGEST_ID):
                return None
            values[name] = value.strip()
        return values if len(values) == len(self._wanted) else None

    def _content(self, values: Mapping[bytes, bytes], body: bytes) -> bytes:
        """What is signed: texts of the scheme, and the parts that it names between them."""
        if self._signed == _BODY_ALONE:
            return body
        parts = {
            b"body": body,
            b"timestamp": values.get(self._timestamp, b""),
            b"id": values.get(self._id, b""),
        }
        return b"".join(
            parts[text] if index % 2 else text for index, text in enumerate(self._signed)
        )

    def _signatures(self, value: bytes) -> Sequence[bytes]:
        """The signatures of a header, decoded; those that are written otherwise are no signatures."""
        signatures = []
        for one in value.split(b" ", MOST_SIGNATURES)[:MOST_SIGNATURES]:
            if not one.startswith(self._prefix):
                continue
            written = one.removeprefix(self._prefix)
            try:
                signatures.append(
                    binascii.unhexlify(written)
                    if self.scheme.encoding == "hex"
                    else binascii.a2b_base64(written, strict_mode=True)
                )
            except ValueError:
                continue
        return signatures


def _instant(written: str) -> datetime | None:
    """A time in seconds since 1970, or ISO 8601 in UTC."""
    try:
        if _EPOCH.fullmatch(written):
            return datetime.fromtimestamp(int(written), UTC)
        if _ISO.fullmatch(written):
            return datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        pass
    return None
