"""The ``echeance`` command, run in this process as a shell would run it, and as a process of its own where that matters."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from click.testing import CliRunner, Result

from echeance.cli.__main__ import cli
from shared.domain.events import Event
from shared.process.terminal import environment
from tests.paths import ROOT
from tests.services.world import world


def echeance(
    *arguments: object, given: str | bytes | None = None, variables: Mapping[str, str] | None = None
) -> Result:
    """Run a command to its end; ``variables`` are set in its environment, ``given`` is its standard input."""
    environment.cache_clear()
    try:
        return CliRunner(env={"ECHEANCE_LANGUAGE": "fr", **(variables or {})}).invoke(
            cli, [str(one) for one in arguments], input=given, prog_name="echeance"
        )
    finally:
        environment.cache_clear()


def done(*arguments: object, **how: Any) -> str:
    """What a command that succeeds prints."""
    result = echeance(*arguments, **how)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*arguments: object, status: int = 1, **how: Any) -> str:
    """What a command that fails says: one message, never a traceback."""
    result = echeance(*arguments, **how)
    assert result.exit_code == status, (result.exit_code, result.output, result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    return result.stderr


def english(**more: str) -> dict[str, str]:
    return {"ECHEANCE_LANGUAGE": "en", **more}


def lived(folder: Path, *events: Event, now: str = "2025-07-01", **how: Any) -> Path:
    """A data directory in which these events were counted by a moment."""

    async def live() -> None:
        async with world(folder, now, **how) as known:
            await known.live(*events)

    asyncio.run(live())
    return folder


def process(*arguments: object, **streams: IO[str]) -> subprocess.Popen[str]:
    """Start a command as a process of its own; its output is read line by line."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "echeance", *(str(one) for one in arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=streams.get("stderr", subprocess.PIPE),
        text=True,
        encoding="utf-8",
    )
