"""Chains of records: each has the SHA-256 of the line before, so that a change shows.

Pure. Every process has a chain of its own from its start to its end, so that writers never wait for
each other. A chain alone cannot show that its end was cut off; checkpoints do, which are records in
whatever chain that name the heads of others, and heads that were copied out of the system. Whoever
can rewrite everything that there is, checkpoints too, and knows no copied head is not found: there
is no key (decision 16).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec

from shared.audit.record import AuditRecord, Caller, decode_record, encode_record

NO_DIGEST: Final = "0" * 64
"""What the first record of a chain has before it."""
_ERASED: Final = "[…]".encode()
"""In place of an identifier in a line that is no record."""

MOST_REPEATED: Final = 1_000
"""An append that may not have been taken is repeated with at most so many lines."""


class Head(NamedTuple):
    """A record's place in its chain, and its digest."""

    seq: int
    sha256: str


START: Final = Head(0, NO_DIGEST)
"""Before the first record of a chain."""


class Chain:
    """A chain that a writer adds to."""

    def __init__(self, writer: str, head: Head = START) -> None:
        self.writer = writer
        self.head = head

    def seal(self, *, file: str = "", salt: str = "", **members: Any) -> bytes:
        """The line of the next record, with these members of :class:`AuditRecord`.

        ``salt`` is random: without it who knows an identifier could look for its digest.
        """
        record = AuditRecord(
            writer=self.writer,
            seq=self.head.seq + 1,
            previous=self.head.sha256,
            file=file,
            salt=salt,
            file_sha256=_file_digest(salt, file) if file else "",
            **members,
        )
        line = encode_record(record)
        self.head = Head(record.seq, digest_of(line, record))
        return line


def change_lines(
    writer: str, at: datetime, by: Caller, what: str, detail: Mapping[str, Any], name: str = ""
) -> list[bytes]:
    """The lines of a chain that is of one change: its writer has no other."""
    chain = Chain(writer)
    return [
        chain.seal(at=at, kind="change", by=by, name=name, what=what, detail=detail),
        chain.seal(at=at, kind="closed", by=by, name=name),
    ]


FaultKind = Literal["unreadable", "changed", "missing", "reordered", "repeated", "cut", "misfiled"]


class ChainFault(NamedTuple):
    """Where a chain is broken.

    ``unreadable`` is a line that is no record. At ``seq`` a record is not the one that the next was
    written after (``changed``), ``missing`` up to the next that is there, out of its order
    (``reordered``), there a second time with another content (``repeated``), or a head that was
    written down is no longer there (``cut``). ``misfiled`` is a record that searches find by another
    moment, kind, name or file than its line has.
    """

    kind: FaultKind
    writer: str
    seq: int


class Verification(NamedTuple):
    """What a verification found, with the last record of each chain."""

    records: int
    heads: Mapping[str, Head]
    faults: list[ChainFault]
    unclosed: list[str]
    """Chains without a record of their end: the process is at work, or was killed."""


class ReadLine(NamedTuple):
    """A line, and its record if it is one."""

    line: bytes
    record: AuditRecord | None


def read_line(line: bytes) -> ReadLine:
    """A line with its record."""
    try:
        return ReadLine(line, decode_record(line))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ReadLine(line, None)


async def verify_chains(
    lines: AsyncIterable[ReadLine],
    kept_from: Mapping[str, Head] | None,
    claims: Iterable[tuple[str, Head]],
) -> Verification:
    """Verify lines in the order in which they were written.

    ``kept_from`` are the heads of what was removed after its time, by writer; without them each
    chain begins with its first record that is there. ``claims`` are heads that were written down,
    in checkpoints or elsewhere.
    """
    wanted: dict[tuple[str, int], set[str]] = {}
    for writer, claimed in claims:
        wanted.setdefault((writer, claimed.seq), set()).add(claimed.sha256)
    chains: dict[str, _Verified] = {}
    faults: list[ChainFault] = []
    count = 0
    async for line, record in lines:
        count += 1
        if record is None:
            faults.append(ChainFault("unreadable", "", count))
            continue
        chain = chains.get(record.writer)
        if chain is None:
            begin = Head(record.seq - 1, record.previous)
            if kept_from is not None:
                begin = kept_from.get(record.writer, START)
            chain = chains[record.writer] = _Verified(begin)
        sha256 = digest_of(line, record)
        if record.file and _file_digest(record.salt, record.file) != record.file_sha256:
            faults.append(ChainFault("changed", record.writer, record.seq))
        faults += chain.faults_of(record, sha256)
        if wanted.pop((record.writer, record.seq), {sha256}) != {sha256}:
            faults.append(ChainFault("changed", record.writer, record.seq))
    removed = {writer: chain.begin for writer, chain in chains.items()} | dict(kept_from or {})
    for writer, seq in sorted(wanted):
        if seq > removed.get(writer, START).seq:
            faults.append(ChainFault("cut", writer, seq))
    return Verification(
        count,
        {writer: chain.head for writer, chain in chains.items()},
        faults,
        sorted(writer for writer, chain in chains.items() if not chain.closed),
    )


class _Verified:
    """A chain as far as it was verified."""

    def __init__(self, begin: Head) -> None:
        self.begin = self.head = begin
        self.closed = False
        self._last: OrderedDict[int, str] = OrderedDict()
        """Digests of its last records: the append of a batch may have been repeated."""

    def faults_of(self, record: AuditRecord, sha256: str) -> Iterator[ChainFault]:
        expected = self.head.seq + 1
        if record.seq < expected:
            known = self._last.get(record.seq)
            if known is None:
                yield ChainFault("reordered", record.writer, record.seq)
            elif known != sha256:
                yield ChainFault("repeated", record.writer, record.seq)
            return
        if record.seq > expected:
            yield ChainFault("missing", record.writer, expected)
        elif record.previous != self.head.sha256:
            yield ChainFault("changed", record.writer, self.head.seq)
        self.closed = record.kind == "closed"
        self.head = Head(record.seq, sha256)
        self._last[record.seq] = sha256
        if len(self._last) > MOST_REPEATED:
            self._last.popitem(last=False)


def checkpointed(record: AuditRecord) -> Iterator[tuple[str, Head]]:
    """The heads that a checkpoint names, by writer; the head of its own chain is its ``previous``."""
    for writer, named in record.detail.get("heads", {}).items():
        seq, sha256 = named
        yield writer, Head(int(seq), str(sha256))


def digest_of(line: bytes, record: AuditRecord) -> str:
    """The SHA-256 of a line, in hexadecimal; of its digest in place of a file's identifier."""
    return hashlib.sha256(forgotten(record) if record.file else line).hexdigest()


def forgotten(record: AuditRecord) -> bytes:
    """The line of a record without the identifier of its file; it has the same digest."""
    return encode_record(msgspec.structs.replace(record, file="", salt=""))


def without_file(line: bytes, file: str) -> tuple[bytes, bool]:
    """A line without the identifier of its file, and whether it is a record; else it is its bytes without that."""
    record = read_line(line).record
    return (
        (line.replace(file.encode(), _ERASED), False)
        if record is None
        else (forgotten(record), True)
    )


def _file_digest(salt: str, file: str) -> str:
    return hashlib.sha256(f"{salt} {file}".encode()).hexdigest()
