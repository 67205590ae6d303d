"""``echeance rebuild clock`` and ``compliance`` as an operator runs them, and what they say."""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy import make_url

from tests.builders import received
from tests.rebuild.live import Live


async def said(
    live: Live, *arguments: str, command: str = "rebuild", **variables: str
) -> tuple[int, str]:
    """The command's exit status, and all it wrote."""
    environment = {**live.variables, "ECHEANCE_LANGUAGE": "en", **variables}
    line = [sys.executable, "-m", "echeance", command, *arguments]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(
        *line, env=environment, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    written, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, written.decode()


async def test_both_rebuilds_say_that_the_figures_are_the_same(live: Live) -> None:
    await live.publish(*(received(f"F-{number}", "2026-03-02 10:00") for number in range(20)))
    async with live.services():
        await live.settled()
        status, words = await said(live, "clock", "--processes=2")
        assert status == 0, words
        assert ": 20 files, 0 records refused\nsame figures\n" in words
        status, words = await said(live, "compliance", ECHEANCE_LANGUAGE="fr")
        assert status == 0, words
        assert words.startswith("mesures reconstruites en ")
        assert words.endswith("\nmêmes chiffres\n")
        await live.run("DELETE FROM clock_files WHERE file_id = 'F-7'")
        status, words = await said(live, "clock")
        assert status == 0, words
        assert words.endswith("\ndifferent figures, replaced: 1 (F-7)\n")


async def test_what_stands_in_the_way_is_told_and_nothing_is_changed(live: Live) -> None:
    status, words = await said(live, "clock")
    assert status == 1
    assert "has never taken partitions [0, 1, 2, 3]: start it first" in words
    async with live.services():
        await live.publish(received("F-1", "2026-03-02 10:00"))
        await live.settled()
    await live.run("CREATE VIEW mine AS SELECT count(*) FROM clock_files")
    status, words = await said(live, "clock")
    assert status == 1
    assert "view mine depends on table clock_files" in words
    assert await live.scalar("SELECT count FROM mine") == 1
    await live.run("CREATE ROLE nobody_of_rebuild LOGIN")
    try:
        await live.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO nobody_of_rebuild")
        url = make_url(live.settings.database).set(username="nobody_of_rebuild")
        given = url.render_as_string(hide_password=False)
        status, words = await said(live, "clock", ECHEANCE_DATABASE=given)
        assert status == 1
        assert "run this as the owner of the tables" in words
    finally:
        await live.run("DROP OWNED BY nobody_of_rebuild")
        await live.run("DROP ROLE nobody_of_rebuild")
