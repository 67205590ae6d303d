"""Limits on what one caller takes of a process: requests and bytes a second, large bodies.

A caller is a token or a person; without a valid token, the address of the client: the one that
uvicorn gives, which believes ``X-Forwarded-For`` of the proxies in ``FORWARDED_ALLOW_IPS`` alone
(127.0.0.1 by default). Who asks for more gets 429 before anything of the request is read, a second
late: on as many connections as it likes it then asks once a second on each; beyond a thousand of
them each answer ends its connection. Health checks have no limit.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable, Hashable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Literal, NamedTuple

from starlette.types import Scope

from shared.http.credentials import Principal
from shared.http.problem_texts import DETAILS
from shared.http.problems import ProblemError
from shared.http.token_bucket import Rate, TokenBuckets
from shared.metrics import Metrics, series

LimitKind = Literal["requests", "bytes", "address", "failures"]
_KINDS: Final[tuple[LimitKind, ...]] = ("requests", "bytes", "address", "failures")
_HELD_SECONDS: Final = 1.0
_MOST_HELD: Final = 1_000
_MOST_RETRY_SECONDS: Final = 3_600
_NETWORK_BITS: Final = 64
_FAILURES: Final = Rate(1.0, 30.0)
"""Invalid tokens of one address: a person who mistypes never meets it."""


class RequestRates(NamedTuple):
    """The rates of one caller, and of requests without a valid token from one address."""

    requests: Rate
    body_bytes: Rate
    address: Rate


class Limiter:
    """Who has asked how much of this process; ``clock`` is the event loop's, in seconds."""

    def __init__(
        self, rates: RequestRates, metrics: Metrics, clock: Callable[[], float] | None = None
    ) -> None:
        self._clock = clock
        self._requests = TokenBuckets(rates.requests)
        self._bytes = TokenBuckets(rates.body_bytes)
        self._addresses = TokenBuckets(rates.address)
        self._failures = TokenBuckets(_FAILURES if rates.address.per_second else Rate(0, 0))
        self._limited = metrics.counter(series.REQUESTS_LIMITED)
        for kind in _KINDS:
            self._limited.labels(kind)
        self._lines: dict[Hashable, _Line] = {}
        self._held = 0

    def admit_caller(self, caller: Principal) -> None:
        """Count a request of a caller; :class:`ProblemError` 429 where it is one too many."""
        now, key = self._now(), _key_of(caller)
        if seconds := self._bytes.debt_seconds(key, now):
            raise self._too_many("bytes", seconds)
        if seconds := self._requests.take(key, now):
            raise self._too_many("requests", seconds)

    def admit_address(self, scope: Scope) -> None:
        """Count a request without a valid token; :class:`ProblemError` 429 where it is one too many."""
        if seconds := self._addresses.take(address_of(scope), self._now()):
            raise self._too_many("address", seconds)

    def require_address(self, scope: Scope) -> None:
        """:class:`ProblemError` 429 where an address has no request left; it is not counted yet.

        Before work that costs more than the refusal, and that may show whose request it is.
        """
        if seconds := self._addresses.seconds_until(address_of(scope), self._now()):
            raise self._too_many("address", seconds)

    def note_failure(self, scope: Scope) -> None:
        """Count an invalid token; :class:`ProblemError` 429 where its address had too many.

        Only after the token was checked: others behind the same address go on.
        """
        if seconds := self._failures.take(address_of(scope), self._now()):
            raise self._too_many("failures", seconds)

    def charge_bytes(self, caller: Principal, amount: int) -> None:
        """Charge a part of a body to a caller, whose next requests wait for it."""
        self._bytes.charge(_key_of(caller), self._now(), amount)

    async def hold(self) -> bool:
        """Let the answer to one request too many wait, so that its connection does not ask on at once.

        Not for the same time each: connections that began together would ask together, in a burst.
        False, at once, where too many wait: the connection is to be closed.
        """
        if self._held >= _MOST_HELD:
            return False
        self._held += 1
        try:
            await asyncio.sleep(_HELD_SECONDS * (0.5 + secrets.randbelow(1_000) / 1_000))
        finally:
            self._held -= 1
        return True

    async def large_body(self, caller: Principal | None, scope: Scope) -> BodyTurn:
        """Wait until no other large body of a caller, or of an address, is in hand.

        To be ended by whoever called.
        """
        key = address_of(scope) if caller is None else _key_of(caller)
        line = self._lines.setdefault(key, _Line())
        line.members += 1
        try:
            await line.lock.acquire()
        except BaseException:
            self._leave(key, line)
            raise
        return BodyTurn(self, key, line)

    def end_turn(self, turn: BodyTurn) -> None:
        turn.line.lock.release()
        self._leave(turn.key, turn.line)

    def _leave(self, key: Hashable, line: _Line) -> None:
        line.members -= 1
        if not line.members:
            del self._lines[key]

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()

    def _too_many(self, kind: LimitKind, seconds: float) -> ProblemError:
        self._limited.labels(kind).inc()
        wait = min(max(1, math.ceil(seconds)), _MOST_RETRY_SECONDS)
        code = (
            "too_many_failures"
            if kind == "failures"
            else f"too_many_{'bytes' if kind == 'bytes' else 'requests'}"
        )
        values: dict[str, str | int] = {"seconds": wait}
        return ProblemError(
            429, code, DETAILS[code], headers={"retry-after": str(wait)}, values=values
        )


class _Line:
    """One large body in hand, and how many have it or wait."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.members = 0


class BodyTurn(NamedTuple):
    """The large body in hand of one caller."""

    limiter: Limiter
    key: Hashable
    line: _Line

    def end(self) -> None:
        self.limiter.end_turn(self)


def _key_of(caller: Principal) -> tuple[str, str]:
    return caller.subject, caller.name


def address_of(scope: Scope) -> str:
    """The client's address; of IPv6 its network, of whose addresses a client has 2⁶⁴; empty if unknown."""
    client = scope.get("client")
    if not client:
        return ""
    host = str(client[0])
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _NETWORK_BITS), strict=False))
