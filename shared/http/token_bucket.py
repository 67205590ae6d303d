"""Token buckets, many of them in bounded memory: how often something may happen, by whom.

Pure: instants are arguments, in seconds of any clock that does not go back. (A library of its own
would be a dependency for twenty lines; those that fit ASGI keep a bucket in Redis, take a lock, or
await at each request.)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, NamedTuple

MOST_BUCKETS: Final = 10_000


class Rate(NamedTuple):
    """So many a second in the long run, and at most ``burst`` at once; a rate of 0 is no limit."""

    per_second: float
    burst: float


class TokenBuckets:
    """A bucket for each key, full at first; the one used longest ago is forgotten beyond ``most``.

    A bucket may go into debt: what is known only afterwards, such as the length of a body, is
    charged whole, and refuses what follows until it is paid off. A forgotten bucket is full again,
    so a key that others could choose freely must not be given (an address of IPv6 is given as its
    network).
    """

    def __init__(self, rate: Rate, most: int = MOST_BUCKETS) -> None:
        self._rate = rate
        self._most = most
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """What is in a bucket, and when that was; the one used longest ago first."""

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: Hashable, now: float, amount: float = 1.0) -> float:
        """Take an amount where the bucket has it, and return 0; otherwise take nothing and return
        in how many seconds it will.
        """
        if not self._rate.per_second:
            return 0.0
        level = self._level(key, now)
        if level >= amount:
            self._store(key, level - amount, now)
            return 0.0
        self._store(key, level, now)
        return (amount - level) / self._rate.per_second

    def charge(self, key: Hashable, now: float, amount: float) -> None:
        """Take an amount, whether the bucket has it or not."""
        if self._rate.per_second:
            self._store(key, self._level(key, now) - amount, now)

    def debt_seconds(self, key: Hashable, now: float) -> float:
        """In how many seconds a bucket is out of debt; 0 if it has none."""
        return self.seconds_until(key, now, 0.0)

    def seconds_until(self, key: Hashable, now: float, amount: float = 1.0) -> float:
        """In how many seconds a bucket has an amount, of which nothing is taken; 0 if it has it."""
        if not self._rate.per_second:
            return 0.0
        return max(0.0, (amount - self._level(key, now)) / self._rate.per_second)

    def _level(self, key: Hashable, now: float) -> float:
        level, since = self._levels.get(key, (self._rate.burst, now))
        return min(self._rate.burst, level + (now - since) * self._rate.per_second)

    def _store(self, key: Hashable, level: float, now: float) -> None:
        self._levels[key] = level, now
        self._levels.move_to_end(key)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
