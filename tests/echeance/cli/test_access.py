"""``echeance access check``: what groups may do, before anybody signs in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.echeance.command import done, echeance, english, told
from tests.services.world import site, world

FILE = """\
groups:
  laval: {units: [laval]}
  auditors: {units: all, rights: [audit]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "access.yaml"
    path.write_text(FILE)
    return path


def test_it_says_what_each_group_may_do_and_some_together(file: Path, tmp_path: Path) -> None:
    asked = ("access", "check", file, "--data", tmp_path / "none")
    assert done(*asked, variables=english()) == "laval: read (laval)\nauditors: audit (no file)\n"
    together = done(*asked, "--group", "laval", "--group", "auditors", variables=english())
    assert together == "laval + auditors: audit, read (laval)\n"
    assert "aucun droit" in done(*asked, "--group", "nobody")


async def test_an_operator_sees_and_ends_sessions(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        await web.session()
        await web.session(web.units_token("laval"))

        def asked(*arguments: str) -> str:
            return done("access", *arguments, "--data", tmp_path, variables=english())

        listed = await asyncio.to_thread(asked, "sessions")
        assert [line.split("\t")[:2] for line in listed.splitlines()] == [["token all", "all"], ["token laval", "laval"]]  # fmt: skip
        assert "sessions ended: 1" in await asyncio.to_thread(asked, "end", "token laval")
        assert "sessions ended: 1" in await asyncio.to_thread(asked, "end", "--all")
        assert await asyncio.to_thread(asked, "sessions") == ""
    assert "--all" in told("access", "end", variables=english())


def test_what_is_wrong_is_told_with_its_place(file: Path, tmp_path: Path) -> None:
    file.write_text(FILE.replace("[laval]", "[nowhere]"))
    said = told("access", "check", file, "--data", tmp_path / "none", variables=english())
    assert "access.yaml:2:19: groups.laval.units.0: the catalogue has no unit 'nowhere'" in said
    assert echeance("access", "check", tmp_path / "none.yaml").exit_code == 1
    assert "ECHEANCE_ACCESS" in told("access", "check")
