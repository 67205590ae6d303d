"""``make demo`` and ``make test`` from nothing: what is asked, said and installed, and in which order."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str, folder: Path, language: str = "fr") -> subprocess.CompletedProcess[str]:
    """Run make with a virtual environment of its own."""
    surroundings = {**os.environ, "ECHEANCE_LANGUAGE": language, "MAKEFLAGS": ""}  # noqa: TID251 — handed on
    return subprocess.run(
        ["make", f"VENV={folder / 'venv'}", *arguments],
        cwd=ROOT,
        env=surroundings,
        check=False,
        text=True,
        encoding="utf-8",
        capture_output=True,
    )


def test_a_port_that_is_taken_ends_make_demo_before_anything_is_installed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = make("demo", f"PORT={port}", folder=tmp_path)
        english = make("demo", f"PORT={port}", folder=tmp_path, language="en")
    assert done.returncode == english.returncode == 2
    assert f"Le port {port} est déjà pris" in done.stderr and "make demo PORT=" in done.stderr
    assert f"Port {port} is already in use" in english.stderr
    assert not (tmp_path / "venv").exists()


def test_the_demonstration_installs_what_runs_and_says_so(tmp_path: Path) -> None:
    planned = make("-n", "demo", "PORT=8099", folder=tmp_path).stdout
    assert "Installation dans" in planned and "Installing in" in planned
    assert "--require-hashes -r requirements.lock" in planned
    assert "-r requirements-dev.lock" not in planned
    assert "echeance demo --port 8099" in planned


def test_tests_are_installed_beside_what_runs(tmp_path: Path) -> None:
    from_nothing = make("-n", "test", folder=tmp_path).stdout
    assert from_nothing.count("-m venv --clear") == 1
    assert from_nothing.index("-r requirements.lock") < from_nothing.index("-r requirements-dev")
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / ".running").touch()
    after_demo = make("-n", "test", folder=tmp_path).stdout
    assert "-m venv" not in after_demo and "-r requirements-dev.lock" in after_demo
    assert after_demo.index("-r requirements-dev.lock") < after_demo.index("-m deploy.compiled")
    (tmp_path / "venv" / ".ready").touch()
    (tmp_path / "venv" / ".compiled").touch()
    for goal in ("demo", "test", "check"):
        planned = make("-n", goal, "PORT=0", folder=tmp_path).stdout
        assert "pip install" not in planned and "deploy.compiled" not in planned
