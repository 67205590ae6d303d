"""The lives of the files, and how word of them reaches the system: late, early, twice, contradicted, taken back.

Everything comes from one random generator, so a seed is a world.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, ClassVar, NamedTuple

from tests.builders import members
from tests.unit.domain.oracle_calendar import MONTREAL

SOURCES = tuple(f"https://gestion.example.org/{name}" for name in "abc")
UNITS = ("montreal", "quebec", "laval", "monteregie", "estrie", "outaouais")
OUTCOMES = ("accepted", "accepted", "refused", "rejected", "issued")
# Days between two events of a file, on average: short enough to end in time, long enough to be late at times.
PACE_DAYS = {
    "caq-etudes": 9.0,
    "peq": 60.0,
    "prtq": 70.0,
    "regroupement-familial": 12.0,
    "evaluation-comparative": 25.0,
    "accompagnement": 3.0,
    "francisation-temps-complet": 25.0,
    "telephone": 120 / 86_400,
    "courriel": 1.3,
    "plainte": 7.0,
}
OUTSIDE_COVERAGE = datetime(1999, 6, 1, 12, tzinfo=UTC)
_AWKWARD = [time(0), time(0, 0, 0, 1), time(8), time(16, 29, 30), time(23, 59, 59, 999_999)]
KINDS = (
    ["documents_requested"] * 6
    + ["documents_received"] * 6
    + ["decided"] * 5
    + ["withdrawn", "reopened", "reopened", "received", "voided"]
)
_ATTRIBUTES = {
    "evaluation-comparative": {"evaluation": ["initiale", "initiale", "revision"]},
    "francisation-temps-complet": {
        "regime": ["temps-complet", "temps-complet", "temps-partiel"],
        "inscription": ["premiere", "premiere", "suivante"],
    },
}


class Post(NamedTuple):
    """One request of a publisher: when it reaches the system, and its CloudEvent."""

    arrives_at: datetime
    raw: bytes


class World:
    """A year of files from ``begins`` on, of the standards in ``paces`` and with events of these kinds."""

    paces: ClassVar[Mapping[str, float]] = PACE_DAYS
    kinds: ClassVar[Sequence[str]] = KINDS

    def __init__(self, random: Random, begins: datetime, days: int) -> None:
        self._random = random
        self._begins = begins
        self._days = days

    def posts(self, files: int) -> list[Post]:
        """All requests of the publishers, in the order they arrive."""
        posts = [post for number in range(files) for post in self._life(f"F-{number:05}")]
        return sorted(posts)

    def _life(self, file_id: str) -> Iterator[Post]:
        standard = self._random.choice(list(self.paces))
        at = self._at(self._begins + timedelta(days=self._random.random() * self._days))
        if standard == "telephone":
            at = self._at_the_telephone(at)
        names: list[tuple[str, str]] = []
        for number in range(1 + self._random.choice([0, 0, 1, 1, 2, 2, 3, 4, 6, 9])):
            kind = "received" if number == 0 else self._random.choice(self.kinds)
            event = self._event(kind, file_id, number, at, standard, names)
            yield from self._word_of(event, at)
            at = self._later(at, standard)
        if standard == "telephone" or self._random.random() < 0.5:
            kind = self._random.choice(["decided", "decided", "withdrawn"])
            yield from self._word_of(self._event(kind, file_id, 98, at, standard, names), at)
        if self._random.random() < 0.02:
            event = self._event("received", file_id, 99, OUTSIDE_COVERAGE, standard, [])
            yield Post(self._arrival(at), _raw(event))

    def _event(
        self,
        kind: str,
        file_id: str,
        number: int,
        at: datetime,
        standard: str,
        names: list[tuple[str, str]],
    ) -> dict[str, Any]:
        source = self._random.choice([SOURCES[0]] * 7 + [SOURCES[1]] * 2 + [SOURCES[2]])
        data = self._data_of(kind, standard, at)
        if kind == "voided":
            source, data["event_id"] = self._random.choice(names)
        names.append((source, f"{file_id}/{number}"))
        name = f"{file_id}/{number}"
        return members(kind, file_id, at.isoformat(), data, named=name, source=source)

    def _data_of(self, kind: str, standard: str, at: datetime) -> dict[str, Any]:
        if kind == "received":
            attributes = {
                name: self._random.choice(words)
                for name, words in _ATTRIBUTES.get(standard, {}).items()
            }
            unit = self._random.choice(UNITS)
            return {"standard": standard, "unit": unit, "attributes": attributes}
        if kind.startswith("documents"):
            return self._random.choice([{}, {"request_id": "r1"}, {"request_id": "r2"}])
        if kind == "decided":
            return {"outcome": self._random.choice(OUTCOMES)}
        return {"reason": "sent-back"} if kind == "reopened" else {}

    def _word_of(self, event: dict[str, Any], at: datetime) -> Iterator[Post]:
        """One event's requests: mostly one, sometimes two, sometimes two that contradict each other."""
        arrives_at = self._arrival(at)
        yield Post(arrives_at, _raw(event))
        if self._random.random() < 0.12:
            yield Post(self._arrival(arrives_at), _raw(event))
        if self._random.random() < 0.03:
            other = event | {"time": (at - timedelta(days=self._random.randint(1, 9))).isoformat()}
            yield Post(self._arrival(arrives_at), _raw(other))

    def _arrival(self, at: datetime) -> datetime:
        chance = self._random.random()
        if chance < 0.04:
            return at - timedelta(seconds=self._random.randint(1, 299))
        if chance < 0.7:
            return at + timedelta(seconds=self._random.random() * 60)
        if chance < 0.85:
            return at + timedelta(hours=self._random.random() * 24)
        return at + timedelta(days=self._random.random() * 40)

    def _at(self, instant: datetime) -> datetime:
        """The instant, or at times an awkward one of its local day."""
        if self._random.random() > 0.15:
            return instant
        day = instant.astimezone(MONTREAL).date()
        awkward = datetime.combine(day, self._random.choice(_AWKWARD), MONTREAL)
        return awkward.astimezone(UTC)

    def _at_the_telephone(self, instant: datetime) -> datetime:
        """Mostly within the hours of the contact centre."""
        if self._random.random() < 0.2:
            return instant
        day = instant.astimezone(MONTREAL).date()
        wall = datetime.combine(day, time(self._random.randint(8, 16)), MONTREAL)
        return wall.astimezone(UTC) + timedelta(seconds=self._random.random() * 1_800)

    def _later(self, at: datetime, standard: str) -> datetime:
        if self._random.random() < 0.05:
            return at
        gap = timedelta(days=self._random.expovariate(1 / self.paces[standard]))
        later = at + gap
        return later if standard == "telephone" else max(at, self._at(later))


def _raw(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
