"""Each service works under its own role, and that role can do nothing else (deploy/postgresql/roles.sql)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from services.clock.dead_letter_index.index import DeadLetterIndex, DeadLetterWorker
from services.clock.store import ClockStore, OpenFileFilter
from services.clock.tables import clock_files
from services.clock.worker import ClockWorker
from services.compliance.projection import worklist
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.worker import ComplianceWorker
from services.compliance.projection.worklist import BEGINNING, WorklistFilter
from shared.audit.chain import Chain
from shared.audit.record import decode_record
from shared.audit.store import AuditRows, AuditStore
from shared.audit.topic import AuditIndexWorker
from shared.database import engine as base
from shared.database.engine import Database, metadata
from shared.database.migrations import SchemaError, migrate, require_newest
from shared.database.migrations.privileges import PRIVILEGES, SHARED
from shared.database.shadow_tables import (
    create_indexes,
    create_shadow_tables,
    lock_live_tables,
    swap_tables,
)
from shared.domain.events import encode
from shared.errors import FencedError
from shared.log.attempts import StoredAttemptCounter
from shared.log.loop import Loop
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import (
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    Batch,
    Log,
    NewRecord,
    Record,
    Worker,
)
from shared.log.sqlite import SqliteLog
from shared.metrics.registry import Metrics
from shared.process import runner
from shared.settings import LEAST_AUDIT_DAYS
from tests.builders import CATALOGUE, SOURCE, decided, received
from tests.migrations.databases import opened

ROLES = Path(__file__).parents[2] / "deploy" / "postgresql" / "roles.sql"
NOON = datetime(2025, 5, 6, 16, tzinfo=UTC)
NOT_ALLOWED = "42501"
OF_NOBODY = (
    "CREATE TABLE mine (a int)",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE SCHEMA mine",
)
OF_NO_SERVICE = (
    "ALTER TABLE {table} ADD COLUMN mine int",
    "DROP TABLE {table}",
    "TRUNCATE {table}",
)
OF_THE_OTHER = (
    "SELECT * FROM {table}",
    "UPDATE {table} SET {column} = {column}",
    "INSERT INTO {table} DEFAULT VALUES",
)


class Under(NamedTuple):
    """One database under three roles."""

    owner: Database
    clock: Database
    compliance: Database

    @property
    def services(self) -> Sequence[tuple[Database, str, str]]:
        """Of each service: its database, its name and the other's."""
        own, other = "clock", "compliance"
        return [(self.clock, own, other), (self.compliance, other, own)]


@pytest.fixture
async def under(postgres_url: str) -> AsyncIterator[Under]:
    """The roles made as an administrator makes them, twice; the tables made by their owner."""
    roles = [f"echeance_{name}" for name in Under._fields]
    async with opened(postgres_url) as administrator, administrator.transaction() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        for _ in range(2):
            await driver.execute(ROLES.read_text())
        for role in roles:
            await driver.execute(f"ALTER ROLE {role} PASSWORD 'test'")
    urls = [make_url(postgres_url).set(username=role, password="test") for role in roles]
    made = Under(*(Database(url.render_as_string(hide_password=False)) for url in urls))
    await migrate(made.owner)
    yield made
    for database in made:
        await database.close()


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'log.sqlite'}") as kept:
        await migrate(kept)
        yield SqliteLog(kept, partitions=1, batch_records=100)


async def refused(database: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        async with database.transaction() as connection:
            await connection.execute(text(statement))
    assert getattr(caught.value.orig, "sqlstate", None) == NOT_ALLOWED, (statement, caught.value)


async def caught_up(log: Log, topic: str, worker: Worker[Any], at: Database) -> None:
    """What a service's process does until its topic has nothing more."""
    attempts, told = StoredAttemptCounter(at, worker.service), LoopMetrics(Metrics(runner.now))
    async for _ in runner.run_to_end(
        Loop(log, topic, worker, lambda: NOON, attempts, told, letters_per_hour=10)
    ):
        pass


async def test_each_service_does_its_work_under_its_role(under: Under, log: Log) -> None:
    for database, *_ in under.services:
        await require_newest(database)
    clock, compliance = ClockStore(under.clock), ComplianceStore(under.compliance)
    for events in (
        (received("A", "2025-04-28 10:00"), received("B", "2025-04-29")),
        (decided("A", "2025-04-30"),),
    ):
        records = [NewRecord(0, event.file_id.encode(), encode(event)) for event in events]
        await log.append(FILE_EVENTS, records)
        await caught_up(log, FILE_EVENTS, ClockWorker(clock, CATALOGUE), under.clock)
        await caught_up(log, FILE_CLOCKS, ComplianceWorker(compliance, CATALOGUE), under.compliance)
    index = DeadLetterIndex(under.clock)
    again = received("A", "2025-04-25 10:00", named=received("A", "2025-04-28 10:00").id)
    await log.append(FILE_EVENTS, [NewRecord(0, b"A", encode(again))])
    await caught_up(log, FILE_EVENTS, ClockWorker(clock, CATALOGUE), under.clock)
    await caught_up(log, DEAD_LETTERS, DeadLetterWorker(under.clock), under.clock)
    (letter,) = await index.page(SOURCE, None, 10)
    assert (letter.reason, letter.file_id) == ("conflict", "A")
    assert await compliance.outcomes("decided") == {"on_time": 1}
    asked = WorklistFilter("caq-etudes", None, None), BEGINNING
    assert len(await worklist.page(under.compliance, *asked, 10)) == 1
    assert [file.file_id for _, file in await clock.open_files(OpenFileFilter(), None, 10)] == ["B"]
    await clock.require(CATALOGUE)
    assert await clock.next_crossing(0) is not None


async def test_no_service_makes_a_table(under: Under) -> None:
    for database, *_ in under.services:
        for statement in OF_NOBODY:
            await refused(database, statement)


async def test_no_service_alters_drops_or_empties_a_table_or_deletes_what_it_keeps(
    under: Under,
) -> None:
    for database, service, _ in under.services:
        for table in PRIVILEGES[f"echeance_{service}"]:
            for statement in OF_NO_SERVICE:
                await refused(database, statement.format(table=table))
            if table not in (
                "attempts",
                "sessions",
                "audit_records",
            ):  # as what is in hand ends; see below
                await refused(database, f"DELETE FROM {table}")
        await refused(database, "UPDATE alembic_version SET version_num = '0000'")


async def test_a_service_adds_audit_records_alters_none_and_removes_old_ones_alone(
    under: Under,
) -> None:
    fresh, old = (
        Chain(name).seal(at=when, kind="access", by="token", name="a", token="AbCdEfGh")
        for name, when in (
            ("fresh", runner.now()),
            ("old", runner.now() - timedelta(days=LEAST_AUDIT_DAYS + 1)),
        )
    )
    rows, sent = AuditRows(), [(0, old, decode_record(old)), (1, fresh, decode_record(fresh))]
    index = AuditIndexWorker(under.compliance, Metrics(runner.now))
    await index.claim(0)
    records = [Record(offset, b"w", line) for offset, line, _ in sent]
    outcome = await index.handle(Batch(0, records, 2), NOON)
    assert outcome is not None and outcome.rows[0] == rows.of(0, sent)[0]
    await index.commit(outcome)
    store = AuditStore(under.compliance)
    await refused(under.compliance, "UPDATE audit_records SET name = 'b'")
    async with under.compliance.transaction() as connection:
        await connection.execute(text("DELETE FROM audit_records"))
    assert [line async for line in store.lines()] == [fresh]
    for statement in ("SELECT * FROM audit_records", "DELETE FROM audit_records"):
        await refused(under.clock, statement)


async def test_neither_service_reads_or_writes_the_tables_of_the_other(under: Under) -> None:
    for database, own, other in under.services:
        others = PRIVILEGES[f"echeance_{other}"].keys() - PRIVILEGES[f"echeance_{own}"].keys()
        assert len(others) >= 2
        for table in others:
            for statement in OF_THE_OTHER:
                column = metadata.tables[table].columns[0].name
                await refused(database, statement.format(table=table, column=column))


OF_EACH: Mapping[str, Mapping[str, object]] = {
    "positions": {"partition": 0, "next_offset": 7, "epoch": 3},
    "attempts": {"partition": 0, '"offset"': 7, "attempts": 1},
    "origins": {"topic_id": "'x'", "partitions": 8},
}


@pytest.mark.parametrize("table", SHARED)
async def test_no_service_moves_takes_or_makes_what_is_the_others_in_a_shared_table(
    under: Under, table: str
) -> None:
    """A position of another service's would have it skip events, or count them anew."""
    names = ", ".join(("service", *OF_EACH[table]))
    values = ", ".join(str(value) for value in OF_EACH[table].values())
    number = list(OF_EACH[table])[-1]
    changes = [f"UPDATE {table} SET {number} = {number} + 1"]
    changes += [f"DELETE FROM {table}"] if table == "attempts" else []
    for database, own, other in under.services:
        make = f"INSERT INTO {table} ({names}) VALUES ('{{}}', {values})"
        await refused(database, make.format(other))
        async with under.owner.transaction() as connection:
            await connection.execute(text(f"DELETE FROM {table}"))
            for service_name in (own, other):
                await connection.execute(text(make.format(service_name)))
        async with database.transaction() as connection:
            for change in changes:
                not_mine = text(f"{change} WHERE service = '{other}'")
                assert (await connection.execute(not_mine)).rowcount == 0
            mine = text(f"{changes[0]} WHERE service = '{own}'")
            assert (await connection.execute(mine)).rowcount == 1
            both = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert both.scalar_one() == 2  # and may be read, as lags are
        await refused(database, f"UPDATE {table} SET service = '{other}' WHERE service = '{own}'")
        await refused(database, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


async def test_a_claim_of_the_other_service_is_refused(under: Under) -> None:
    """As the services themselves write positions."""
    async with under.compliance.transaction() as connection:
        held = await base.claim(connection, "compliance", 0)
    await under.compliance.commit(held, 5, [])
    with pytest.raises(ProgrammingError):
        async with under.clock.transaction() as connection:
            await base.claim(connection, "compliance", 0)
    with pytest.raises(FencedError):
        await under.clock.commit(held._replace(next_offset=5), 9, [])
    async with under.clock.transaction() as connection:
        await base.reset_positions(connection, "compliance", [0])
        assert await base.next_offsets(connection, "compliance") == {0: 5}


async def test_every_migration_divides_the_shared_tables_anew_where_they_are_not(
    under: Under,
) -> None:
    """As where the roles were made after the tables."""
    async with under.owner.transaction() as connection:
        for table in SHARED:
            await connection.execute(text(f"DROP POLICY echeance_clock ON {table}"))
            await connection.execute(text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
    for _ in range(2):
        await migrate(under.owner)
        async with under.clock.transaction() as connection:
            await base.claim(connection, "clock", 0)
        await refused(
            under.clock,
            "INSERT INTO positions (service, partition, next_offset, epoch) VALUES ('compliance', 1, 1, 1)",
        )


async def test_the_owner_rebuilds_in_a_schema_that_no_service_reads(under: Under) -> None:
    async with under.owner.transaction() as connection:
        await create_shadow_tables(connection, "echeance_rebuild_clock", [clock_files])
        await create_indexes(connection, "echeance_rebuild_clock", [clock_files])
    for database in (under.clock, under.compliance):
        await refused(database, "SELECT * FROM echeance_rebuild_clock.clock_files")
    async with under.owner.transaction() as connection:
        await lock_live_tables(connection, [clock_files])
        await swap_tables(connection, "echeance_rebuild_clock", [clock_files])
    assert await ClockStore(under.clock).files(["A"]) == {}
    await refused(under.compliance, "SELECT * FROM clock_files")


async def test_a_service_cannot_migrate_and_is_told_who_can(under: Under) -> None:
    async with under.owner.transaction() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(SchemaError, match=r"as the owner .*permission denied"):
        await migrate(under.clock)


async def test_roles_made_after_the_tables_get_their_rights_from_the_next_migration(
    under: Under,
) -> None:
    async with under.owner.transaction() as connection:
        for table in PRIVILEGES["echeance_clock"]:
            await connection.execute(text(f"REVOKE ALL ON {table} FROM echeance_clock"))
    with pytest.raises(SchemaError, match=r"as the owner .*permission denied"):
        await require_newest(under.clock)
    await migrate(under.owner)
    await require_newest(under.clock)
    assert await ClockStore(under.clock).files(["A"]) == {}
