"""The recorder of a process: a record for each request, written to the chain in the background.

A request costs a tuple in a queue; each second, or sooner under load, what waits is sealed in parts
and written. What outsiders can repeat at will is counted and recorded once a minute: refusals for
want of a valid token, of a sign-in that held or gave a right, or by a limit, and scrapes of the
metrics. Nothing that a client chose of these is kept, and there are few kinds of each caller and
address. Health checks, static files and public pages without a token are not recorded: nobody is
known, and nothing of a file is shown.

A record names no file that is forgotten: before it is written, the identifiers that its request
chose (file, request, units, standards) are looked for among those, in one query for a part.

While nothing can be written records wait, up to 10,000; then requests are refused
(503), so that nothing is read without a record. A process that is killed loses what it had not
written: about a second's worth, and what it counts for a minute.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import secrets
import socket
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

from starlette.types import Scope

from shared.audit.chain import MOST_REPEATED, Chain, Head, without_file
from shared.audit.record import Caller
from shared.audit.retention_notes import FILES_FORGOTTEN, RetentionNotes
from shared.audit.routes import NamedRoute, RouteTable
from shared.erasure import FileDigests
from shared.errors import UnavailableError
from shared.http import (
    DETAILS,
    METRICS_PATH,
    Credentials,
    CredentialsError,
    Principal,
    ProblemError,
    address_of,
    permission_of,
)
from shared.metrics import Metrics, series

_MOST_WAITING: Final = 10_000
_MOST_GATHERED: Final = 1_000
"""Kinds of refusals of strangers, of all addresses."""
_MOST_OF_ONE: Final = 10
"""Kinds of one caller, or of one address."""
_FLUSH_SECONDS: Final = 1.0
_MOST_TOGETHER: Final = MOST_REPEATED // 4
_SEALED_BEFORE_YIELD: Final = 50
_GATHER_SECONDS: Final = 60.0
_CHECK_SECONDS: Final = 60.0
_CHECKPOINT_SECONDS: Final = 600.0
_RETRY_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 1.5
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_MOST_WORDS = 20
_MOST_WORD = 200
_log = logging.getLogger("echeance.audit")


class AuditSink(Protocol):
    """Where records go, for good."""

    async def write(self, lines: Sequence[bytes], writer: str) -> None:
        """Return once the lines are durable, in this order; raises :class:`UnavailableError`."""

    async def heads(self, since: datetime) -> Mapping[str, Head]:
        """The heads of the chains that moved since an instant, as far as this process can know."""


class _Request(NamedTuple):
    """What is kept of a request until its record is sealed."""

    at: datetime
    by: Caller
    caller: Principal | None
    token: str
    method: str
    route: str
    file: str
    query: bytes
    origin: str
    status: int
    reason: str
    request: str
    events: int
    rejected: int
    salt: str
    is_forgotten: bool = False
    """Whether its file is."""
    dropped: Set[str] | None = None
    """Identifiers of forgotten files among its other words; None until they were looked for."""

    def names(self) -> Set[str]:
        """What may be a file's identifier, as the client chose it.

        A line that was written perhaps is sealed again to the same digest: only the file, which the
        digest is not of, is looked for a second time.
        """
        chosen = set() if self.is_forgotten else {_text(self.file)}
        if self.dropped is None:
            chosen.add(self.request)
            chosen.update(*_words(self.query).values())
        return chosen - {""}

    def without(self, forgotten: Set[str]) -> _Request:
        """The request with what was found of :meth:`names`."""
        return self._replace(
            is_forgotten=self.is_forgotten or _text(self.file) in forgotten,
            dropped=forgotten if self.dropped is None else self.dropped,
        )


class _Gathered:
    """Requests that are told by one record."""

    def __init__(self, first: _Request) -> None:
        self.first = first
        self.until = first.at
        self.count = 1


class AuditRecorder:
    """The port :class:`shared.http.front_door.AccessRecorder`, and the chain behind it.

    ``wall`` is the wall clock. ``as_lines`` is where each record is written as a line too. ``digests``
    are those of forgotten files, where the process has the database; ``retention`` is what it forgets by
    itself, if others tell of it too.
    """

    def __init__(
        self,
        sink: AuditSink,
        metrics: Metrics,
        instance: str,
        *,
        loaded: Mapping[str, Path],
        credentials: Credentials,
        about: Mapping[str, Any],
        as_lines: Callable[[str], object] | None = None,
        digests: FileDigests | None = None,
        retention: RetentionNotes | None = None,
    ) -> None:
        self._sink = sink
        self._file_digests = digests
        self._retention = RetentionNotes(metrics) if retention is None else retention
        self._wall = metrics.wall
        self._credentials = credentials
        self._loaded = loaded
        self._about = about
        self._as_lines = as_lines
        self._chain = Chain(f"{instance or socket.gethostname()}.{secrets.token_hex(6)}")
        self._ids = f"{secrets.token_hex(4)}-"
        self._number = 0
        self._waiting: deque[_Request | _Gathered | dict[str, Any]] = deque()
        self._gathered: dict[tuple[object, ...], _Gathered] = {}
        self._kinds: Counter[tuple[object, ...]] = Counter()
        """How many of those are of a caller, or of an address."""
        self._routes: RouteTable | None = None
        self._wake = asyncio.Event()
        self._written = metrics.counter(series.AUDIT_RECORDS).labels("written")
        self._refused = metrics.counter(series.AUDIT_RECORDS).labels("refused")
        self._unnamed = metrics.counter(series.AUDIT_UNNAMED)
        self._ends = metrics.gauge(series.TOKEN_EXPIRY)
        self._shown_ends: set[str] = set()
        self._written_at = metrics.gauge(series.AUDIT_WRITTEN)
        metrics.gauge(series.AUDIT_WAITING).set_function(lambda: len(self._waiting))
        self._digests: dict[str, str] = {}
        self._tokens: Mapping[str, str] = {}

    @property
    def writer(self) -> str:
        """The name of this process's chain."""
        return self._chain.writer

    def require_room(self) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._refused.inc()
            raise ProblemError(
                503, "audit_unavailable", DETAILS["audit_unavailable"], headers={"retry-after": "5"}
            )

    def record(self, scope: Scope, status: int) -> None:
        state, path, method = scope["state"], scope["path"], scope["method"]
        caller: Principal | None = state.get("principal") or state.get("caller")
        if permission_of(path, method) is None:
            return
        reason = state.get("problem", "") if status >= 300 else ""
        if caller is None and status < 400 and not reason:
            return  # a public page
        noted: Mapping[str, Any] = state.get("audit", {})
        self._number += 1
        route = self._route(scope)
        file = noted.get("file") or route.file
        request = _Request(
            self._wall(),
            noted.get("by") or _by(scope, caller, status),
            caller,
            caller.token if caller else state.get("presented", ""),
            method,
            route.template,
            file,
            scope["query_string"],
            address_of(scope),
            status,
            reason,
            _request_id(scope) or f"{self._ids}{self._number}",
            noted.get("events", 0),
            noted.get("rejected", 0),
            secrets.token_hex(8) if file else "",
        )
        if (
            caller is None
            or status in (401, 429)
            or path == METRICS_PATH
            or noted.get("repeatable")
        ):
            self._gather(request)
        else:
            self._waiting.append(request)
            if len(self._waiting) == _MOST_TOGETHER:
                self._wake.set()

    def note_change(self, what: str, by: Caller, detail: Mapping[str, Any]) -> None:
        """Record that something was changed."""
        self._add("change", by, what=what, detail=detail)

    def _note_retention(self) -> None:
        """Record how many files the process has forgotten by itself."""
        if detail := self._retention.take():
            self.note_change(FILES_FORGOTTEN, "process", detail)

    def _route(self, scope: Scope) -> NamedRoute:
        """The template of the route, also of a request that was refused before it was routed."""
        template = scope.get("route_path") or ("route" in scope and scope["route"].path)
        if template:
            return NamedRoute(str(template), scope.get("path_params", {}).get("file_id", ""))
        if self._routes is None:
            self._routes = RouteTable(scope["app"].routes)
        return self._routes.find(scope)

    def _gather(self, request: _Request) -> None:
        """Count a request that may be repeated at will.

        Beyond a number of kinds of one caller or address its others are one for each status; beyond
        a number of all strangers', theirs are.
        """
        caller = request.caller
        one: tuple[object, ...] = (
            ("stranger", request.origin) if caller is None else (caller.subject, caller.name)
        )
        request = request._replace(file="", salt="", query=b"", request="")
        key = (*one, request.token, request.origin, request.route, request.status, request.reason)
        if key not in self._gathered and self._kinds[one] >= _MOST_OF_ONE:
            key = (*one, request.status)
            request = request._replace(route="", reason="several")
            request = request._replace(token="") if caller is None else request
        if key not in self._gathered and caller is None and len(self._gathered) >= _MOST_GATHERED:
            key = ("others", request.status)
            request = request._replace(token="", origin="", route="", reason="several")
        known = self._gathered.get(key)
        if known is None:
            self._gathered[key] = _Gathered(request)
            self._kinds[one] += 1
        else:
            known.count += 1
            known.until = request.at

    async def run(self, stop: asyncio.Event) -> None:
        """Write until stopped, then what is left; a background task of the process."""
        loop = asyncio.get_running_loop()
        self._open()
        gathered_at = checked_at = checkpoint_at = loop.time()
        heads_since = self._wall()
        while not stop.is_set():
            await self._wait(stop)
            now = loop.time()
            if now - gathered_at >= _GATHER_SECONDS:
                self._release_gathered()
                gathered_at = now
            if now - checked_at >= _CHECK_SECONDS:
                self.check_files()
                checked_at = now
            if now - checkpoint_at >= _CHECKPOINT_SECONDS:
                since, heads_since = heads_since, self._wall()
                if not await self.checkpoint(since):
                    heads_since = since
                checkpoint_at = now
            self._note_retention()
            if not await self.flush():
                await self._pause(stop)
        await self._close()

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until the queue is long, a second has passed, or the process stops."""
        stopping = asyncio.create_task(stop.wait())
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait(
                {stopping, waking}, timeout=_FLUSH_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopping.cancel()
            waking.cancel()
        self._wake.clear()

    async def _pause(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await stop.wait()
        except TimeoutError:
            return

    def _open(self) -> None:
        """The first record of the chain says what the process loaded."""
        self.check_files(first=True)
        detail = {**self._about, "files": self._digests, "tokens": self._tokens}
        self._add("opened", "process", detail=detail)

    def _add(self, kind: str, by: Caller, **members: Any) -> None:
        self._waiting.append({"at": self._wall(), "kind": kind, "by": by, **members})

    def check_files(self, *, first: bool = False) -> None:
        """Record what changed in the files of settings and in the tokens since the last time."""
        for name, path in self._loaded.items():
            digest = _digest_of(path)
            if not first and digest != self._digests.get(name):
                detail = {"file": name, "sha256": digest, "before": self._digests.get(name)}
                self.note_change("file_changed", "process", detail)
            self._digests[name] = digest
        try:
            tokens = {
                f"{one.name} {one.begins}".strip(): ",".join(one.scopes)
                + ("" if one.expires is None else f" until {one.expires:%Y-%m-%d}")
                for one in self._credentials.listing()
            }
            ends = self._credentials.ends()
        except CredentialsError:
            return  # the digest shows it, and every request gets 503
        if not first:
            self._note_tokens(tokens)
        self._tokens = tokens
        for name, end in ends.items():
            self._ends.labels(name).set(end.timestamp())
        for name in self._shown_ends - ends.keys():
            self._ends.remove(name)
        self._shown_ends = set(ends)

    def _note_tokens(self, tokens: Mapping[str, str]) -> None:
        before = self._tokens
        changes = {
            "made": {name: tokens[name] for name in tokens.keys() - before.keys()},
            "removed": {name: before[name] for name in before.keys() - tokens.keys()},
            "changed": {
                name: tokens[name]
                for name in tokens.keys() & before.keys()
                if tokens[name] != before[name]
            },
        }
        if any(changes.values()):
            detail = {kind: names for kind, names in changes.items() if names}
            self.note_change("tokens_changed", "process", detail)

    def _release_gathered(self, *, ending: bool = False) -> None:
        """Let the counts of the last minute be written; where too much waits, count on."""
        if ending or len(self._waiting) < _MOST_WAITING:
            self._waiting.extend(self._gathered.values())
            self._gathered, self._kinds = {}, Counter()

    async def checkpoint(self, since: datetime) -> bool:
        """Record the heads of the chains that moved, its own on the log of messages too."""
        try:
            heads = await self._sink.heads(since)
        except UnavailableError:
            return False
        named = {writer: [head.seq, head.sha256] for writer, head in heads.items()}
        if named.keys() - {self.writer}:
            self._add("checkpoint", "process", detail={"heads": named})
        seq, sha256 = self._chain.head
        _log.info("audit chain %s: record %d has the digest %s", self.writer, seq, sha256)
        return True

    async def flush(self) -> bool:
        """Write what waits, in parts; whether all of it was written."""
        while self._waiting:
            head, parts = self._chain.head, []
            together = min(len(self._waiting), _MOST_TOGETHER)
            try:
                await self._look_for_forgotten(together)
                for number in range(together):
                    parts.append(self._seal(self._waiting[number]))
                    if number % _SEALED_BEFORE_YIELD == _SEALED_BEFORE_YIELD - 1:
                        await asyncio.sleep(0)
                await self._sink.write(parts, self.writer)
            except UnavailableError as error:
                # Sealed again from the same records, so to the same lines, but for a file that is
                # forgotten meanwhile, which no digest is of: a repetition is no harm.
                self._chain.head = head
                _log.warning("%d audit records wait: %s", len(self._waiting), error)
                return False
            for line in parts:
                self._waiting.popleft()
                if self._as_lines is not None:
                    self._as_lines(line.decode() + "\n")
            self._written.inc(len(parts))
        self._written_at.set(self._wall().timestamp())
        return True

    async def _look_for_forgotten(self, together: int) -> None:
        """Note which of the first requests that wait name a forgotten file."""
        if self._file_digests is None:
            return
        named = {
            number: names
            for number in range(together)
            if isinstance(one := self._waiting[number], _Request)
            and (names := {name for name in one.names() if not name.startswith(self._ids)})
        }
        found = await self._file_digests.forgotten(frozenset().union(*named.values()))
        for number, names in named.items():
            request = self._waiting[number]
            assert isinstance(request, _Request)  # only this task takes any away
            of_this = names & found.keys()
            self._waiting[number] = request.without(of_this)
            self._unnamed.inc(bool(of_this))

    def _seal(self, waiting: _Request | _Gathered | dict[str, Any]) -> bytes:
        if isinstance(waiting, dict):
            return self._chain.seal(**waiting)
        if isinstance(waiting, _Gathered):
            more: dict[str, Any] = {"count": waiting.count, "until": waiting.until}
            return self._chain.seal(**_members(waiting.first), **more)
        line = self._chain.seal(**_members(waiting))
        return without_file(line, waiting.file)[0] if waiting.is_forgotten else line

    async def _close(self) -> None:
        """Write what is left and the end of the chain; what cannot be written soon is lost."""
        self._release_gathered(ending=True)
        self._note_retention()
        self._add("closed", "process")
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                written = await self.flush()
        except TimeoutError:
            written = False
        if not written:
            _log.error("%d audit records could not be written, and are lost", len(self._waiting))


def _members(one: _Request) -> dict[str, Any]:
    """The members of a record, of a request."""
    gone = one.dropped or frozenset()
    words = {
        name: tuple(word for word in some if word not in gone)
        for name, some in _words(one.query).items()
    }
    caller = one.caller
    return {
        "at": one.at,
        "kind": "access",
        "by": one.by,
        "name": caller.name if caller else "",
        "subject": caller.subject if caller else "",
        "token": one.token,
        "method": one.method,
        "route": _text(one.route),
        "file": _text(one.file),
        "salt": one.salt,
        "units": words.get("unit") or tuple(sorted(caller.units or ()) if caller else ()),
        "standards": words.get("standard", ()),
        "origin": one.origin,
        "status": one.status,
        "reason": one.reason,
        "request": "" if one.request in gone or one.request == one.file else one.request,
        "events": one.events,
        "rejected": one.rejected,
    }


def _text(given: str) -> str:
    """What a request named, in bounds, and as UTF-8 whatever it was."""
    return given[:_MOST_WORD].encode("utf-8", "replace").decode()


def _words(query: bytes) -> Mapping[str, Sequence[str]]:
    """The units and standards that a query names; nothing else of it is kept."""
    if b"unit=" not in query and b"standard=" not in query:
        return {}
    words: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query.decode("latin-1"), max_num_fields=100)
    except ValueError:
        return {}
    for name, value in pairs:
        if name in ("unit", "standard") and len(words.get(name, ())) < _MOST_WORDS:
            words.setdefault(name, []).append(value[:_MOST_WORD])
    return words


def _by(scope: Scope, caller: Principal | None, status: int) -> Caller:
    """By what a request was made."""
    if caller is None or status == 401:
        return "nobody"
    if caller.subject:
        return "person"
    return "session" if scope["state"].get("session") else "token"


def _request_id(scope: Scope) -> str:
    """The identifier that the client or its proxy gave the request; empty if none can be used."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if _REQUEST_ID.fullmatch(value) else ""
    return ""


def _digest_of(path: Path) -> str:
    """The SHA-256 of a file; of one that cannot be read, that it cannot."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return os.strerror(error.errno or 0)


def standard_error(line: str) -> None:
    """Write a record as a line beside the messages of the process."""
    sys.stderr.write(line)
