"""The data directory is its owner's alone: whatever the umask, whatever an earlier version left, or it is refused."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from echeance.system.embedded import DATABASE, open_embedded
from echeance.system.private_files import write_private
from tests.builders import CATALOGUE, received
from tests.echeance.command import done
from tests.paths import ROOT
from tests.services.world import settings_of, world

NOBODY = 65_534


@pytest.fixture(params=[0o000, 0o022, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The permissions of a directory and of all in it."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


async def at_work(folder: Path) -> dict[str, int]:
    """The permissions while the system is at work, with all the files that SQLite makes."""
    async with open_embedded(settings_of(folder), CATALOGUE) as embedded:
        await embedded.catch_up(lambda: received("A", "2025-04-28").recorded_at)
        found = modes(folder)
    assert f"{DATABASE}-wal" in found and f"{DATABASE}-shm" in found
    return found


async def test_a_directory_is_made_for_its_owner_alone(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "data"
    found = await at_work(folder)
    assert found.pop(".") == 0o700
    assert set(found.values()) == {0o600}


def test_a_token_made_before_anything_else_makes_the_directory_so(
    tmp_path: Path, umask: int
) -> None:
    folder = tmp_path / "data"
    done("token", "new", "reader", "--scopes", "read", "--data", folder)
    assert modes(folder) == {".": 0o700, "credentials.json": 0o600}


async def test_what_an_earlier_version_left_open_is_closed_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    async with world(folder, "2025-05-01") as known:
        await known.live(received("A", "2025-04-28"))
    (folder / "credentials.json").write_text('{"tokens": []}')
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    caplog.clear()
    for _ in range(2):
        assert not any(mode & 0o077 for mode in (await at_work(folder)).values())
        told = [one for one in caplog.messages if "other users could reach" in one]
        assert len(told) == 2  # the directory; what is in it
    assert str(folder / DATABASE) in caplog.text and "credentials.json" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone makes a directory of another user's")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_not_ours_to_close_is_refused(language: str) -> None:
    """As on a volume that belongs to another user, and that everybody may write to."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        for path in (Path(name), folder):
            path.chmod(0o777)
        said = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(NOBODY), language, str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        left = list(folder.iterdir())
    assert said.returncode == 1 and "Traceback" not in said.stderr, said.stderr
    assert f"chmod -R go= {folder}" in said.stderr
    assert ("est ouvert à d’autres" if language == "fr" else "is open to other") in said.stderr
    assert left == []


AS_NOBODY = """
import os, sys
user, language, folder = sys.argv[1:]
os.environ["ECHEANCE_LANGUAGE"] = language
from echeance.cli.__main__ import cli
os.setgid(int(user))
os.setuid(int(user))
cli(["up", "--port", "0", "--data", folder])
"""
GUIDE = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WRITTEN = re.compile(
    r"(echeance token new[^|]*|secrets\.sh[^|]*|file-events[^|]*)> \S|\.backup |cp \S*credentials|cp .*\.key"
)


def test_the_guide_writes_tokens_backups_and_events_for_their_owner_alone() -> None:
    found = 0
    for page in GUIDE:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            lines = block.replace("\\\n", " ").splitlines()
            for number, line in enumerate(lines):
                if WRITTEN.search(line):
                    found += 1
                    before = "\n".join(lines[: number + 1])
                    assert "umask 077" in before, (page.name, line)
    assert found >= 6


def test_the_backup_of_postgresql_is_its_owners_alone() -> None:
    script = (ROOT / "deploy" / "postgresql" / "backup.sh").read_text(encoding="utf-8")
    assert script.index("umask 077") < script.index("pg_dump --format")


def test_a_private_file_is_its_owners_alone_also_where_it_was_open(umask: int, tmp_path: Path):
    file = tmp_path / "alertmanager.yml"
    for text in ("first version", "second"):
        write_private(file, text)
        assert (file.read_text(), modes(tmp_path)[file.name]) == (text, 0o600)
        file.chmod(0o644)
