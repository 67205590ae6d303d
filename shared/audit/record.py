"""What an audit record says: who asked what, or what was changed, as one line of JSON.

Pure. A record holds no secret, no query string and no body: of a query its units and standards are
taken, of a publication the number of its events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

import msgspec

from shared.domain import microseconds

AuditKind = Literal["access", "change", "opened", "closed", "checkpoint"]
"""``access`` is a request, ``change`` of tokens, catalogue, files of settings or publications;
the others are about a chain: its beginning with what the process loaded, its end, and heads."""
AUDIT_KINDS: Final[tuple[AuditKind, ...]] = get_args(AuditKind)

Caller = Literal["token", "person", "session", "hook", "operator", "process", "nobody"]
"""By what a request was made: ``person`` signed in at a provider, ``session`` by a token; ``operator``
is a command, ``nobody`` had no valid token."""


class AuditRecord(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A record; absent members are empty.

    ``writer``, ``seq`` and ``previous`` are its place in a chain (:mod:`shared.audit.chain`).
    ``count`` requests are told by one record, from ``at`` to ``until``. ``origin`` is the client's
    address, ``reason`` the code of a problem, ``request`` the identifier of the request.
    ``events`` and ``rejected`` count what was published.

    Digests are of ``file_sha256``, which is that of ``salt`` and ``file``, in place of these: a file
    can be forgotten, and the chain still be verified. ``file_sha256`` alone is what stays then.
    """

    writer: str
    seq: int
    previous: str
    at: datetime
    kind: AuditKind
    by: Caller
    name: str = ""
    subject: str = ""
    token: str = ""
    what: str = ""
    method: str = ""
    route: str = ""
    file: str = ""
    salt: str = ""
    file_sha256: str = ""
    units: Sequence[str] = ()
    standards: Sequence[str] = ()
    origin: str = ""
    status: int = 0
    reason: str = ""
    request: str = ""
    events: int = 0
    rejected: int = 0
    count: int = 1
    until: datetime | None = None
    detail: Mapping[str, Any] = {}

    @property
    def file_forgotten(self) -> bool:
        """Whether it was about a file that is forgotten, whose identifier it has no more."""
        return bool(self.file_sha256) and not self.file

    @property
    def at_microseconds(self) -> int:
        return microseconds(self.at)


_decoder = msgspec.json.Decoder(AuditRecord)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode_record(record: AuditRecord) -> bytes:
    """The line of a record, without its end."""
    return _encoder.encode(record)


def decode_record(line: bytes) -> AuditRecord:
    """The record of a line; raises ``msgspec.DecodeError`` or ``UnicodeDecodeError``."""
    record = _decoder.decode(line)
    if record.at.tzinfo is None:
        raise msgspec.ValidationError("an instant without offset")
    return msgspec.structs.replace(record, at=record.at.astimezone(UTC))
