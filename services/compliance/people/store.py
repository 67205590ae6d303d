"""Sessions in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from services.compliance.people.tables import sessions
from shared.database import Database


class StoredSession(NamedTuple):
    """A row of ``sessions``, column by column; instants in microseconds since 1970."""

    id_sha256: str
    person: str
    name: str
    token_sha256: str | None
    groups_known: str | None
    rights_sha256: str
    sign_in_sha256: str | None
    provider_session: str | None
    provider_tokens: bytes | None
    agent: str
    begun_at: int
    seen_at: int
    ends_at: int
    asked_at: int
    confirmed_at: int


_COLUMNS = [sessions.c[name] for name in StoredSession._fields]
_KEY: Final = sessions.c.id_sha256


class SessionStore:
    """Reads one session at each request, and writes to one at most once a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: StoredSession, *, most: int, replaces: str | None) -> bool:
        """Add a session in place of another, and end the person's oldest where there are too many.

        False where another was begun by the same sign-in at the provider.
        """
        made = sqlite.insert if self._database.on_sqlite else postgresql.insert
        statement = made(sessions).values(session._asdict()).on_conflict_do_nothing()
        same: ColumnElement[bool] = sessions.c.person == session.person
        newest_first = select(_KEY).where(same).order_by(sessions.c.begun_at.desc(), _KEY)
        async with self._database.transaction() as connection:
            if (await connection.execute(statement)).rowcount != 1:
                return False
            ended = list((await connection.execute(newest_first.offset(most))).scalars())
            ended += [] if replaces is None else [replaces]
            await connection.execute(delete(sessions).where(_KEY.in_(ended)))
        return True

    async def find(self, key: str) -> StoredSession | None:
        found = await self._read(select(*_COLUMNS).where(_is(key)))
        return found[0] if found else None

    async def of_person(self, person: str) -> Sequence[StoredSession]:
        """Newest first."""
        query = select(*_COLUMNS).where(sessions.c.person == person)
        return await self._read(query.order_by(sessions.c.begun_at.desc(), _KEY))

    async def every(self) -> Sequence[StoredSession]:
        """By person, newest first."""
        query = select(*_COLUMNS).order_by(sessions.c.person, sessions.c.begun_at.desc(), _KEY)
        return await self._read(query)

    async def end_every(self) -> int:
        """End all sessions; how many there were."""
        return await self._delete(true())

    async def touch(self, key: str, at: int) -> None:
        """Note that somebody is at work in a session."""
        await self._write(update(sessions).where(_is(key)).values(seen_at=at))

    async def claim(self, key: str, asked_at: int, at: int) -> bool:
        """Whether it falls to this process to ask the provider, which was last asked then."""
        unasked = _is(key) & (sessions.c.asked_at == asked_at)
        return await self._write(update(sessions).where(unasked).values(asked_at=at)) == 1

    async def confirm(self, key: str, groups: str, tokens: bytes, ends_at: int, at: int) -> None:
        """Keep what the provider answered."""
        values = {
            "groups_known": groups,
            "provider_tokens": tokens,
            "ends_at": ends_at,
            "confirmed_at": at,
        }
        await self._write(update(sessions).where(_is(key)).values(**values))

    async def end(self, keys: Collection[str]) -> int:
        """End sessions; how many there were."""
        return await self._delete(_KEY.in_(list(keys)))

    async def end_of_person(
        self, person: str, *, but: str | None = None, begun_until: int | None = None
    ) -> int:
        """End a person's sessions, but one, or those that had begun by then."""
        which: ColumnElement[bool] = sessions.c.person == person
        if but is not None:
            which &= ~_is(but)
        if begun_until is not None:
            which &= sessions.c.begun_at <= begun_until
        return await self._delete(which)

    async def end_of_provider(self, session: str, person: str | None, begun_until: int) -> int:
        """End what was begun by a session at the provider, and had begun by then."""
        which = (sessions.c.provider_session == session) & (sessions.c.begun_at <= begun_until)
        if person is not None:
            which &= sessions.c.person == person
        return await self._delete(which)

    async def end_over(self, at: int, seen_until: int) -> int:
        """Delete the sessions that are over: at their end, or idle since then."""
        return await self._delete(or_(sessions.c.ends_at <= at, sessions.c.seen_at <= seen_until))

    async def _read(self, query: Select[Any]) -> Sequence[StoredSession]:
        async with self._database.reading() as connection:
            return [StoredSession(*row) for row in await connection.execute(query)]

    async def _delete(self, which: ColumnElement[bool]) -> int:
        return await self._write(delete(sessions).where(which))

    async def _write(self, statement: Any) -> int:
        async with self._database.transaction() as connection:
            return int((await connection.execute(statement)).rowcount)


def _is(key: str) -> ColumnElement[bool]:
    return sessions.c.id_sha256 == key
