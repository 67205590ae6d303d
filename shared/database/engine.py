"""The database: one engine for both dialects, and the fence that guards every partition.

A service's position in a partition stands beside the rows it explains and moves with them in one transaction. The first
statement of that transaction is a compare-and-set of position and epoch: whoever lost the partition changes no row and is told so.
SQLite has one writer at a time; its writers queue here, in order, instead of finding the file locked.

No error says what was written or asked: statements carry identifiers of files and whole events, and errors end in logs.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from functools import cache
from typing import Any, NamedTuple

import aiosqlite
import asyncpg
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    event,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shared.database.bulk_writes import Write, fenced_statement, row_statement
from shared.database.keyed_queries import FirstOfEach, KeyedQueries
from shared.errors import FencedError, UnavailableError

metadata = MetaData()

positions = Table(
    "positions",
    metadata,
    Column("service", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    PrimaryKeyConstraint("service", "partition"),
)

_CHECKPOINT_PAGES = 20_000  # rarer checkpoints: 22 → 32 k events/s on the clock's job
_CACHE_KIB = 65_536  # SQLite's own 2 MB holds no index of a million files
_CONNECT_SECONDS = 10
_COMMAND_SECONDS = 60.0  # a lost network says nothing for ever
_BUSY_SECONDS = (
    10.0  # how long another process may hold SQLite's lock before it is told that it does
)
_POOL_SIZE = 10
# What a step of the loop reads and writes goes by key. Its plan is made once, for any keys and any size of table: made for thousands of
# keys while a table is small it reads the table through, and compares every row with every key.
_BY_KEY = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
# A question takes a few milliseconds: as long as compiling it, or starting processes that share it, would take by itself.
_SMALL = {"jit": "off", "max_parallel_workers_per_gather": "0"}
# Classes of SQLSTATE: connection, rollback for another's sake, resources (a full disk), the operator's hand, the system; read only, a
# lock that was not to be had in time.
_TRANSIENT = ("08", "40", "53", "57", "58", "25006", "55P03")
_DEPENDENT_OBJECTS = (
    "2BP01"  # whose details name tables and views, which whoever rebuilds must know
)
_DATA_EXCEPTION = "22"  # the class of SQLSTATE whose messages quote the value at fault


class Claim(NamedTuple):
    """A partition as its owner holds it: where to read, and the epoch that says it is still the owner."""

    service: str
    partition: int
    next_offset: int
    epoch: int


class Database:
    """Connections for reading and for writing; :class:`UnavailableError` when the server does not answer.

    On PostgreSQL, a statement may take ``command_seconds`` (as long as it takes when None), and tables are those of ``schema`` alone
    when one is given. On SQLite, a lock that another process holds is waited for ``busy_seconds``.
    """

    def __init__(
        self,
        url: str,
        *,
        command_seconds: float | None = _COMMAND_SECONDS,
        schema: str | None = None,
        busy_seconds: float = _BUSY_SECONDS,
    ) -> None:
        self.on_sqlite = url.startswith("sqlite")
        self.keyed_queries = KeyedQueries(self.on_sqlite)
        self._writing: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.on_sqlite else nullcontext()
        )
        given: dict[str, Any] = {
            "connect_args": {"async_creator_fn": _opened},
            "hide_parameters": True,
        }
        if not self.on_sqlite:
            given = _on_postgresql(command_seconds, {"search_path": schema} if schema else {})
        self._engine = create_async_engine(url, **given)
        self._reader = create_async_engine(url, **given) if self.on_sqlite else self._engine
        self._keyed = self._reader
        if not self.on_sqlite:
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            by_key = given["connect_args"]["server_settings"] | _BY_KEY
            self._keyed = create_async_engine(
                url, isolation_level="AUTOCOMMIT", **_on_postgresql(command_seconds, by_key)
            )
            for engine in (self._engine.sync_engine, self._keyed.sync_engine):
                _pass_over_closed(engine)
                _leave_out_values(engine)
        else:
            _prepare_sqlite(self._engine.sync_engine, "BEGIN IMMEDIATE", busy_seconds)
            _prepare_sqlite(self._reader.sync_engine, "BEGIN", busy_seconds)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing; the only way to write."""
        async with self._writing:
            with _answering():
                async with self._engine.begin() as connection:
                    yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A view that never waits for a writer: one for all statements on SQLite, one for each on PostgreSQL.

        There a transaction would change nothing (it reads what is committed, statement by statement) and take two more round trips.
        """
        with _answering():
            async with self._reader.connect() as connection:
                yield connection

    async def commit(self, held: Claim, next_offset: int, writes: Sequence[Write]) -> Claim:
        """Move a position and write rows with it, all or nothing; raises :class:`FencedError` if another owner came."""
        written = [write for write in writes if write.rows]
        if not self.on_sqlite:
            return await self._commit_at_once(held, next_offset, written)
        async with self.transaction() as connection:
            moved = await advance(connection, held, next_offset)
            for write in written:
                statement = row_statement(write.table, write.adds_to)
                await connection.exec_driver_sql(statement, write.values())
        return moved

    async def _commit_at_once(
        self, held: Claim, next_offset: int, written: Sequence[Write]
    ) -> Claim:
        """In one statement, which is its own transaction: one round trip instead of five."""
        statement = fenced_statement(tuple((write.table, write.adds_to) for write in written))
        fence = (next_offset, held.service, held.partition, held.next_offset, held.epoch)
        rows = [sent for write in written for sent in write.parameters()]
        with _answering():
            async with self._keyed.connect() as connection:
                found = await connection.exec_driver_sql(statement, (*fence, *rows))
                if found.one_or_none() is None:
                    raise _lost(held)
        return held._replace(next_offset=next_offset)

    async def rows_by_key(
        self, query: Select[Any], column: Column[str], keys: Sequence[str]
    ) -> Sequence[Any]:
        """The rows of a query whose column is one of these keys."""
        statement = _by_key(query, column, self.keyed_queries)
        with _answering():
            async with self._keyed.connect() as connection:
                sent = {"keys": self.keyed_queries.array(keys)}
                rows: Sequence[Any] = (await connection.execute(statement, sent)).all()
                return rows

    async def first_of_each(
        self,
        query: FirstOfEach,
        groups: Sequence[tuple[str, ...]],
        after: Sequence[Any],
        limit: int,
        until: int | None = None,
    ) -> Sequence[Any]:
        """At most ``limit`` keys of these groups' rows in order, after a key, and up to ``until`` in the first column of the order."""
        sql = self.keyed_queries
        statement = sql.first_of_each(query, until=until is not None)
        last = () if until is None else (until,)
        async with self.reading() as connection:
            parameters = (*sql.groups(groups), *after, limit, *last)
            return (await connection.exec_driver_sql(statement, parameters)).all()

    async def close(self) -> None:
        await self._engine.dispose()
        await self._reader.dispose()
        await self._keyed.dispose()


@cache
def _by_key(query: Select[Any], column: Column[str], sql: KeyedQueries) -> Select[Any]:
    """Compiled once: the same query runs at every step."""
    return query.where(text(sql.among(f"{column.table}.{column.name}", ":keys")))


def _on_postgresql(command_seconds: float | None, settings: Mapping[str, str]) -> dict[str, Any]:
    arguments = {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": command_seconds,
        "server_settings": {**_SMALL, **settings},
    }
    return {"connect_args": arguments, "pool_size": _POOL_SIZE, "hide_parameters": True}


def _pass_over_closed(engine: Engine) -> None:
    """Have no one given a connection that the server has closed: after its restart the next question would fail for nothing.

    A ping would tell too, in a round trip before every question. A connection that died without a word is found by its use.
    """

    @event.listens_for(engine, "checkout")
    def checkout(_: object, record: ConnectionPoolEntry, __: object) -> None:
        kept: asyncpg.Connection[Any] = record.driver_connection
        if kept.is_closed():
            raise DisconnectionError


def _leave_out_values(engine: Engine) -> None:
    """Have the server's errors say what is wrong and not what was written: their details quote the row, and some messages a value."""

    @event.listens_for(engine, "handle_error")
    def handle_error(context: ExceptionContext) -> None:
        original = context.original_exception
        cause = original.__cause__
        if not isinstance(cause, asyncpg.PostgresError):
            return
        reason = _reason(cause)
        if cause.sqlstate != _DEPENDENT_OBJECTS:
            cause.detail = None
        cause.__cause__ = cause.__context__ = None
        for error in (cause, original, context.sqlalchemy_exception):
            if error is not None:
                error.args = (reason,)


def _reason(error: asyncpg.PostgresError) -> str:
    state: str = error.sqlstate or ""
    if state.startswith(_DATA_EXCEPTION):
        return f"{type(error).__name__} ({state})"
    return str(error.args[0]) if error.args else type(error).__name__


@contextmanager
def _answering() -> Iterator[None]:
    """What may pass becomes :class:`UnavailableError`; the rest is a bug and stays what it is."""
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(f"the database does not answer: {error.orig}") from error
    except (PoolTimeoutError, OSError) as error:
        # Of the operating system's errors also a name that is not resolved, and no descriptor left.
        raise UnavailableError(f"the database does not answer: {error}") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not (error.connection_invalidated or state.startswith(_TRANSIENT)):
            raise
        raise UnavailableError(f"the database does not answer: {error.orig}") from error


async def _opened(*where: Any, **how: Any) -> aiosqlite.Connection:
    """A connection to a file; where that cannot be opened, its thread has ended, for it would speak to a loop that may be closed."""
    connection = aiosqlite.connect(*where, **how)
    connection._thread.daemon = True  # as SQLAlchemy does
    try:
        return await connection
    except sqlite3.OperationalError:
        connection._thread.join()
        raise


def _prepare_sqlite(engine: Any, begin: str, busy_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = (
            None  # transactions begin where we say, not where the driver guesses
        )
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"busy_timeout = {round(busy_seconds * 1000)}",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
            f"cache_size = -{_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)


async def position(connection: AsyncConnection, service: str) -> int:
    """How many records a service has consumed, over all partitions."""
    total = select(func.coalesce(func.sum(positions.c.next_offset), 0)).where(
        positions.c.service == service
    )
    return int((await connection.execute(total)).scalar_one())


async def next_offsets(connection: AsyncConnection, service: str) -> dict[int, int]:
    """Where a service stands in each partition."""
    stands = select(positions.c.partition, positions.c.next_offset).where(
        positions.c.service == service
    )
    return {row[0]: row[1] for row in await connection.execute(stands)}


async def partitions(connection: AsyncConnection, service: str) -> int:
    """How many partitions a service has positions of."""
    claimed = select(func.count()).select_from(positions).where(positions.c.service == service)
    return int((await connection.execute(claimed)).scalar_one())


async def begin(connection: AsyncConnection, service: str, partitions: int) -> None:
    """Note the positions of a service that never had any, which nobody has claimed yet."""
    rows = [
        {"service": service, "partition": partition, "next_offset": 0, "epoch": 0}
        for partition in range(partitions)
    ]
    await connection.execute(positions.insert(), rows)


async def claim(connection: AsyncConnection, service: str, partition: int) -> Claim:
    """Take a partition: raise its epoch, so that whoever held it before can no longer write."""
    mine = (positions.c.service == service) & (positions.c.partition == partition)
    raised = (
        update(positions)
        .where(mine)
        .values(epoch=positions.c.epoch + 1)
        .returning(positions.c.next_offset, positions.c.epoch)
    )
    row = (await connection.execute(raised)).one_or_none()
    if row is None:
        first = positions.insert().values(
            service=service, partition=partition, next_offset=0, epoch=1
        )
        await connection.execute(first)
        return Claim(service, partition, 0, 1)
    return Claim(service, partition, row.next_offset, row.epoch)


async def advance(connection: AsyncConnection, held: Claim, next_offset: int) -> Claim:
    """Move a position, first statement of every commit; raises :class:`FencedError` if another owner came."""
    moved = (
        update(positions)
        .where(positions.c.service == held.service)
        .where(positions.c.partition == held.partition)
        .where(positions.c.next_offset == held.next_offset)
        .where(positions.c.epoch == held.epoch)
        .values(next_offset=next_offset)
    )
    if (await connection.execute(moved)).rowcount != 1:
        raise _lost(held)
    return held._replace(next_offset=next_offset)


def _lost(held: Claim) -> FencedError:
    return FencedError(f"{held.service} lost partition {held.partition} to another process")


async def require_ownership(connection: AsyncConnection, held: Claim) -> None:
    """Raise :class:`FencedError` if another owner came: one that has nothing to commit would not be told."""
    owned = select(positions.c.epoch).where(
        positions.c.service == held.service, positions.c.partition == held.partition
    )
    if (await connection.execute(owned)).scalar_one() != held.epoch:
        raise _lost(held)


async def reset_positions(
    connection: AsyncConnection, service: str, offsets: Sequence[int]
) -> None:
    """Set a service's positions for a rebuild, fencing out whoever holds its partitions."""
    for partition, next_offset in enumerate(offsets):
        moved = (
            update(positions)
            .where(positions.c.service == service, positions.c.partition == partition)
            .values(next_offset=next_offset, epoch=positions.c.epoch + 1)
        )
        await connection.execute(moved)
