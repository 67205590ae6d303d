"""PostgreSQL as the tests have it: its release, and where it can be started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers import postgres
from tests.servers.child import ServerError


async def test_it_is_18_or_later(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        assert int(await connection.scalar(text("SHOW server_version_num"))) >= 180_000
    await engine.dispose()


def test_programs_in_a_closed_folder_are_copied_to_where_every_user_may_go(tmp_path: Path) -> None:
    for name in ("bin", "libraries", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    tmp_path.chmod(0o700)
    copy = postgres.within_reach(tmp_path, "bin", "libraries")
    assert {one.relative_to(copy).as_posix(): one.read_text() for one in copy.glob("*/*")} == {
        "bin/file": "bin",
        "libraries/file": "libraries",
    }
    assert postgres.within_reach(copy, "bin") == copy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a database as another user")
def test_a_folder_that_the_database_may_not_enter_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(ServerError, match="but as nobody, who may not enter /"):
        postgres.server(tmp_path / "data")
