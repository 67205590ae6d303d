"""Connections to SQLite or PostgreSQL, and each partition's position with its fence.

A position is committed with the rows that it accounts for, in one transaction. The first statement
of that transaction is a compare-and-set of position and epoch (the fence): a process that lost the
partition writes no row, and gets :class:`FencedError`. SQLite has one writer, so writers queue here
instead of failing with ``SQLITE_BUSY``. Errors end up in logs, so they never quote parameters or
rows, which hold whole events.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import cache
from typing import Any, NamedTuple, TypeVar

import aiosqlite
import asyncpg
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    bindparam,
    event,
    select,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shared.database.bulk_writes import SQLITE_FENCE, Write, fenced_statement, row_statements
from shared.database.keyed_queries import FirstOfEach, KeyedQueries
from shared.database.writer_queue import WriterQueue
from shared.errors import FencedError, UnavailableError

T = TypeVar("T")

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

_POSITIONS = select(positions.c.partition, positions.c.next_offset, positions.c.epoch).where(
    positions.c.service == bindparam("service")
)

_SQLITE = sqlite.dialect()
_CHECKPOINT_PAGES = 20_000  # rarer checkpoints: 22 → 32 k events/s on the clock's job
_CACHE_KIB = 65_536  # SQLite's own 2 MB holds no index of a million files
_CONNECT_SECONDS = 10
_COMMAND_SECONDS = 60.0  # a dropped network connection never errors by itself
_BUSY_SECONDS = 10.0  # SQLite's busy_timeout
_POSITIONS_SECONDS = 3.0
_SHORT_ROWS = 100  # some milliseconds, of which most are the disk's
_POOL_SIZE = 10
# For what a step of the loop reads and writes by key. A custom plan for thousands of keys on a
# small table is a sequential scan that compares every row with every key; a generic plan uses the
# index at any size.
_BY_KEY = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
# Queries take a few milliseconds, less than JIT compilation or starting parallel workers would.
_SHORT_QUERIES = {"jit": "off", "max_parallel_workers_per_gather": "0"}
# SQLSTATE classes: connection exception, transaction rollback, insufficient resources (a full
# disk), operator intervention, system error; read_only_sql_transaction (a replica) and
# lock_not_available.
_TRANSIENT = ("08", "40", "53", "57", "58", "25006", "55P03")
# Its detail names tables and views, which the operator of a rebuild needs.
_DEPENDENT_OBJECTS = "2BP01"
_DATA_EXCEPTION = "22"  # the SQLSTATE class whose messages quote the value


class Claim(NamedTuple):
    """A partition's position and epoch, as of the owner's last commit."""

    service: str
    partition: int
    next_offset: int
    epoch: int


_Fence = tuple[int, str, int, int, int]
"""The next offset, service and partition; and the offset and epoch that the position must have."""


TransactionStep = Callable[[AsyncConnection], Awaitable[None]]
"""What a rare step does in the transaction of its commit beside writing rows."""


class _Position(NamedTuple):
    """A partition's position, and which owner is the current one."""

    next_offset: int
    epoch: int


class _KnownPositions(NamedTuple):
    """A service's positions, the transactions there had been, and until when (the loop's time) they are good."""

    positions: Mapping[int, _Position]
    transactions: int
    until: float


class Database:
    """Connection pools; raises :class:`UnavailableError` when the server does not answer.

    On PostgreSQL, ``command_seconds`` is the statement timeout (None for none) and ``schema`` the
    whole search path. On SQLite, ``busy_seconds`` is the busy timeout.
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
        self.transactions = 0
        """How many this process has ended."""
        self._ended = asyncio.Event()
        self._positions: dict[str, _KnownPositions] = {}
        self._writers = WriterQueue() if self.on_sqlite else None
        if self.on_sqlite:
            connect_args = {"async_creator_fn": _open_file}
            options: dict[str, Any] = {"connect_args": connect_args, "hide_parameters": True}
            self._engine = create_async_engine(url, **options)
            self._keyed = self._reader = create_async_engine(url, **options)
            _prepare_sqlite(self._engine.sync_engine, "BEGIN IMMEDIATE", busy_seconds)
            _prepare_sqlite(self._reader.sync_engine, "BEGIN", busy_seconds)
        else:
            path = {"search_path": schema} if schema else {}
            self._engine = create_async_engine(url, **_on_postgresql(command_seconds, path))
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            options = _on_postgresql(command_seconds, path | _BY_KEY)
            self._keyed = create_async_engine(url, isolation_level="AUTOCOMMIT", **options)
            for engine in (self._engine.sync_engine, self._keyed.sync_engine):
                _discard_closed(engine)
                _redact_errors(engine)

    def _turn_to_write(self, *, short: bool) -> AbstractAsyncContextManager[None]:
        """Wait for SQLite's one writer; PostgreSQL has many."""
        return nullcontext() if self._writers is None else self._writers.turn(short=short)

    @asynccontextmanager
    async def transaction(self, *, short: bool = True) -> AsyncIterator[AsyncConnection]:
        """A transaction for writing; SQLite's begins with ``BEGIN IMMEDIATE``.

        What may write many rows is not ``short``, and lets others go first.
        """
        async with self._turn_to_write(short=short):
            with _answering():
                try:
                    async with self._engine.begin() as connection:
                        yield connection
                finally:
                    self._note_transaction()

    def _note_transaction(self) -> None:
        self.transactions += 1
        self._ended.set()
        self._ended.clear()

    @asynccontextmanager
    async def maintenance(self) -> AsyncIterator[AsyncConnection]:
        """A connection in autocommit, for commands that no transaction may hold (PostgreSQL's VACUUM)."""
        with _answering():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def without_writers(self) -> AsyncIterator[None]:
        """Keep this process from writing meanwhile (SQLite), for what rewrites the file."""
        async with self._turn_to_write(short=False):
            with _answering():
                yield

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading that never waits for a writer.

        One snapshot for all statements on SQLite. On PostgreSQL one for each, in autocommit: a
        transaction at READ COMMITTED would give no more, for two round trips.
        """
        with _answering():
            async with self._reader.connect() as connection:
                yield connection

    async def wait_for_change(self, transactions: int) -> None:
        """On SQLite, return once this process has ended more transactions than these; else at once."""
        while self.on_sqlite and self.transactions == transactions:
            await self._ended.wait()

    async def positions(self, service: str) -> Mapping[int, int]:
        """A service's position in each partition: whoever waits for a change may ask often."""
        known = (await self._positions_of(service)).items()
        return {partition: one.next_offset for partition, one in known}

    async def require_ownership(self, claim: Claim) -> None:
        """Raise :class:`FencedError` if the partition has another owner, or its position is gone: an idle one never commits."""
        current = (await self._positions_of(claim.service)).get(claim.partition)
        if current is None or current.epoch != claim.epoch:
            raise _lost(claim)

    async def _positions_of(self, service: str) -> Mapping[int, _Position]:
        """On SQLite read after each transaction of this process, nearly its only writer, and every 3 s."""
        at = asyncio.get_running_loop().time()
        known = self._positions.get(service)
        if known is None or known.transactions != self.transactions or at >= known.until:
            transactions = self.transactions
            async with self.reading() as connection:
                rows = await connection.execute(_POSITIONS, {"service": service})
                current = {row[0]: _Position(row[1], row[2]) for row in rows}
            until = at + _POSITIONS_SECONDS if self.on_sqlite else at
            known = self._positions[service] = _KnownPositions(current, transactions, until)
        return known.positions

    async def commit(
        self, claim: Claim, next_offset: int, writes: Sequence[Write], *changes: TransactionStep
    ) -> Claim:
        """Advance a position and write rows in one transaction; raises :class:`FencedError`.

        ``changes`` are made first of what follows the fence: for the rare step that does more than upsert.
        """
        nonempty = [write for write in writes if write.rows]
        fence = (next_offset, claim.service, claim.partition, claim.next_offset, claim.epoch)
        if changes:
            await self._commit_with_changes(changes, nonempty, claim, fence)
        else:
            commit = self.write_sqlite if self.on_sqlite else self._commit_fenced
            if not await commit(nonempty, fence):
                raise _lost(claim)
        return claim._replace(next_offset=next_offset)

    async def _commit_with_changes(
        self,
        changes: Sequence[TransactionStep],
        nonempty: Sequence[Write],
        claim: Claim,
        fence: _Fence,
    ) -> None:
        """Statement by statement: fence, changes, rows."""
        async with self.transaction(short=False) as connection:
            if not await self._write_fenced(connection, (), fence):
                raise _lost(claim)
            for change in changes:
                await change(connection)
            if self.on_sqlite:
                await write_rows(connection, nonempty)
            else:
                moved = (fence[0], claim.service, claim.partition, fence[0], claim.epoch)
                await self._write_fenced(connection, nonempty, moved)

    async def write_sqlite(self, writes: Sequence[Write], fence: _Fence | None = None) -> bool:
        """Write rows to SQLite in one transaction; False, with nothing written, if the fence refuses.

        In one turn of the connection's thread instead of a dozen. So whoever is cancelled meanwhile does not
        know whether it was written, as after a crash.
        """
        short = sum(len(write.rows) for write in writes) <= _SHORT_ROWS
        async with self._turn_to_write(short=short):
            with _answering():
                try:
                    async with self._engine.connect() as connection:
                        return await _in_thread(connection, _write, writes, fence)
                finally:
                    self._note_transaction()

    async def _commit_fenced(self, nonempty: Sequence[Write], fence: _Fence) -> bool:
        """In one statement in autocommit: one round trip instead of five."""
        with _answering():
            async with self._keyed.connect() as connection:
                return await self._write_fenced(connection, nonempty, fence)

    async def _write_fenced(
        self, connection: AsyncConnection, writes: Sequence[Write], fence: _Fence
    ) -> bool:
        """Fence and rows in PostgreSQL's one statement, the fence alone on SQLite; False if it refuses."""
        if self.on_sqlite:
            return (await connection.exec_driver_sql(SQLITE_FENCE, fence)).rowcount == 1
        statement = fenced_statement(tuple((write.table, write.adds_to) for write in writes))
        rows = [sent for write in writes for sent in write.parameters()]
        result = await connection.exec_driver_sql(statement, (*fence, *rows))
        return result.one_or_none() is not None

    async def rows_by_key(
        self, query: Select[Any], column: Column[str], keys: Sequence[str]
    ) -> Sequence[Any]:
        """The rows of a query whose column is one of these keys."""
        statement = _by_key(query, column, self.keyed_queries)
        sent = {"keys": self.keyed_queries.array(keys)}
        if self.on_sqlite:
            return await self.read_sqlite(statement, sent)
        with _answering():
            async with self._keyed.connect() as connection:
                rows: Sequence[Any] = (await connection.execute(statement, sent)).all()
                return rows

    async def read_sqlite(self, query: Select[Any], sent: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a query on SQLite, in one turn of the connection's thread instead of eight.

        The query is compiled once, so it must be the same object each time.
        """
        sql, parameters, row = _compiled(query)
        values = [{**parameters, **sent}[name] for name in parameters]
        with _answering():
            async with self._reader.connect() as connection:
                return await _in_thread(connection, _rows_of, sql, values, row)

    async def first_of_each(
        self,
        query: FirstOfEach,
        groups: Sequence[tuple[str, ...]],
        after: Sequence[Any],
        limit: int,
        until: int | None = None,
    ) -> Sequence[Any]:
        """The groups' first ``limit`` keys after a key, up to ``until`` in its first column."""
        sql = self.keyed_queries
        statement = sql.first_of_each(query._replace(bounded=until is not None))
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


def _rows_of(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Any], row: Callable[..., Any]
) -> Sequence[Any]:
    return list(map(row, connection.execute(sql, parameters)))


@cache
def _compiled(statement: Select[Any]) -> tuple[str, Mapping[str, Any], Callable[..., Any]]:
    """SQLite's text of a query, its parameters in their order, and what makes its rows."""
    compiled = statement.compile(dialect=_SQLITE)
    names = {name: compiled.params[name] for name in compiled.positiontup or ()}
    row = namedtuple("row", [column.name for column in statement.selected_columns])  # type: ignore[misc]  # the columns are the query's
    return str(compiled), names, row._make


def _on_postgresql(command_seconds: float | None, settings: Mapping[str, str]) -> dict[str, Any]:
    arguments = {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": command_seconds,
        "server_settings": {**_SHORT_QUERIES, **settings},
    }
    return {"connect_args": arguments, "pool_size": _POOL_SIZE, "hide_parameters": True}


def _discard_closed(engine: Engine) -> None:
    """Discard closed connections at checkout: a pre-ping without the round trip.

    Otherwise the first query after a restart of the server would fail.
    """

    @event.listens_for(engine, "checkout")
    def checkout(_: object, record: ConnectionPoolEntry, __: object) -> None:
        connection: asyncpg.Connection[Any] = record.driver_connection
        if connection.is_closed():
            raise DisconnectionError


def _redact_errors(engine: Engine) -> None:
    """Remove rows and values from the server's errors, which quote them."""

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
    """Turn transient errors into :class:`UnavailableError`; the others are bugs and propagate."""
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(f"the database does not answer: {error.orig}") from error
    except (PoolTimeoutError, OSError) as error:
        # OSError includes a name that does not resolve, and no file descriptor left.
        raise UnavailableError(f"the database does not answer: {error}") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not (error.connection_invalidated or state.startswith(_TRANSIENT)):
            raise
        raise UnavailableError(f"the database does not answer: {error.orig}") from error


async def _open_file(*where: Any, **how: Any) -> aiosqlite.Connection:
    """Open a file; on failure join the thread, which would call back into a closed event loop."""
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
        connection.isolation_level = None  # no implicit BEGIN: SQLAlchemy's begin event issues it
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
    """The sum of a service's positions: how many records it has consumed."""
    return sum((await next_offsets(connection, service)).values())


async def next_offsets(connection: AsyncConnection, service: str) -> dict[int, int]:
    """A service's position in each partition."""
    rows = await connection.execute(_POSITIONS, {"service": service})
    return {row.partition: row.next_offset for row in rows}


async def partitions(connection: AsyncConnection, service: str) -> int:
    """How many partitions a service has positions of."""
    return len(await next_offsets(connection, service))


async def begin(connection: AsyncConnection, service: str, partitions: int) -> None:
    """Insert positions at 0, unclaimed, for a service that has none."""
    rows = [
        {"service": service, "partition": partition, "next_offset": 0, "epoch": 0}
        for partition in range(partitions)
    ]
    await connection.execute(positions.insert(), rows)


async def claim(connection: AsyncConnection, service: str, partition: int) -> Claim:
    """Claim a partition: increment its epoch, which fences out the previous owner."""
    raised = (
        update(positions)
        .where(_of(service, partition))
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


async def _in_thread(connection: AsyncConnection, work: Callable[..., T], *more: Any) -> T:
    """Call a function with SQLite's connection in the connection's thread."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, aiosqlite.Connection)
    try:
        done: T = await driver._execute(work, driver._conn, *more)  # type: ignore[no-untyped-call]  # untyped there
    except sqlite3.Error as error:  # as any other statement's
        raise DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True) from error
    return done


def _write(connection: sqlite3.Connection, writes: Sequence[Write], fence: _Fence | None) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        advanced = fence is None or connection.execute(SQLITE_FENCE, fence).rowcount == 1
        for write in writes if advanced else ():
            for statement, parameters in row_statements(write):
                connection.execute(statement, parameters)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return advanced


def _lost(claim: Claim) -> FencedError:
    return FencedError(f"{claim.service} lost partition {claim.partition} to another process")


async def reset_positions(
    connection: AsyncConnection, service: str, offsets: Sequence[int]
) -> None:
    """Set a service's positions for a rebuild, and fence out every owner of its partitions."""
    await raise_epochs(connection, service)
    for partition, next_offset in enumerate(offsets):
        moved = update(positions).where(_of(service, partition))
        await connection.execute(moved.values(next_offset=next_offset))


async def raise_epochs(connection: AsyncConnection, service: str) -> None:
    """Fence out every owner of a service's partitions."""
    raised = update(positions).where(positions.c.service == service)
    await connection.execute(raised.values(epoch=positions.c.epoch + 1))


def _of(service: str, partition: int) -> ColumnElement[bool]:
    return (positions.c.service == service) & (positions.c.partition == partition)


async def write_rows(connection: AsyncConnection, writes: Sequence[Write]) -> None:
    """Write rows in the transaction of a connection, on either dialect; on PostgreSQL for a few."""
    for write in writes:
        if not write.rows:
            continue
        for statement, parameters in row_statements(write):
            if connection.dialect.name == "postgresql":
                first, *rest = statement.split("?")
                numbered = (f"${place}{text}" for place, text in enumerate(rest, 1))
                await connection.exec_driver_sql(first + "".join(numbered), tuple(parameters))
            else:
                await connection.exec_driver_sql(statement, tuple(parameters))
