"""The services of a scenario as processes of their own: started, frozen, killed and ended by their own identifiers."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import psutil

from shared.compiled import CORE_FORM
from tests.servers.child import Child, ServerError
from tests.servers.ports import free_ports

ROOT: Final = Path(__file__).parents[3]
PATIENCE_SECONDS: Final = 120
"""How long a condition is waited for: the machine may have much else to do."""

_LOOK_SECONDS = 0.1
_HANDED_ON: Final = ("ECHEANCE_INTERPRETED",)
"""Of the settings of the tests' own process; all others are the scenario's."""


class Process:
    """One instance of a service; ``label`` is its name in the scenario."""

    def __init__(self, label: str, port: int, child: Child) -> None:
        self.label = label
        self.port = self.door = port
        """Where it listens, and where publishers and readers come in: the same, or a proxy before it."""
        self.child = child
        self.may_end = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.door}"

    def kill(self) -> None:
        """SIGKILL: no chance to finish anything."""
        self.may_end = True
        self.child.kill()

    async def terminate(self) -> int:
        """SIGTERM; its exit status, once it has ended, which must be within ten seconds."""
        self.may_end = True
        await asyncio.to_thread(self.child.end, patience_seconds=10)
        assert self.child.status is not None
        return self.child.status

    async def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        self.may_end = True
        await until(lambda: self.child.status is not None, f"the end of {self.label}")
        assert self.child.status is not None
        return self.child.status

    async def refuses(self, *words: str) -> None:
        """Return once it has ended by itself, and not well; its log has some of these words."""
        assert await self.ended() != 0
        assert any(self.said(one) for one in words), self.child.last_words()

    @property
    def stopped(self) -> bool:
        """It stands still, by SIGSTOP."""
        return psutil.Process(self.child.pid).status() == psutil.STATUS_STOPPED

    @property
    def resident_megabytes(self) -> float:
        """How much memory it uses."""
        return float(psutil.Process(self.child.pid).memory_info().rss) / 2**20

    def said(self, words: str) -> int:
        """How often its log has these words."""
        return self.child.log.read_text(errors="replace").count(words)

    async def answers(self) -> bool:
        """It answers over HTTP; raises when it has ended."""
        if self.child.status is not None:
            raise ServerError(f"{self.label} {self.child.last_words()}")
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            try:
                return (await client.get(f"{self.address}/healthz")).is_success
            except httpx.TransportError:
                return False

    async def require_own_form(self, token: str) -> None:
        """Its core is compiled if that of the tests is, and interpreted if that is: what a scenario shows is of one of them."""
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(timeout=30, headers=headers, trust_env=False) as client:
            answer = await client.get(f"{self.address}/metrics")
        [core] = re.findall(
            r'^echeance_build_info{.*core="(\w+)"', answer.raise_for_status().text, re.M
        )
        assert (core == "compiled") == (CORE_FORM == "compiled"), f"{self.label}: core {core}"


async def until(condition: object, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return once a condition, plain or awaitable, holds."""
    assert callable(condition)
    try:
        async with asyncio.timeout(seconds):
            while True:
                held = condition()
                if await held if asyncio.iscoroutine(held) else held:
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s in vain: {what}") from None


class Processes:
    """What runs of a scenario, by label: ``clock-2`` is a second clock."""

    def __init__(self, folder: Path, given: Mapping[str, str]) -> None:
        self.folder = folder
        self.given = dict(given)
        self.running: dict[str, Process] = {}

    def spawn(
        self, label: str, program: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> Process:
        """Start a service, or another program that serves in its stead; it may not have begun to work."""
        name, port = label.partition("-")[0], free_ports(1)[0]
        command = [sys.executable, "-m", *(program or [f"services.{name}"])]
        inherited = {
            key: value
            for key, value in os.environ.items()  # noqa: TID251 — handed on, but for what is set here
            if not key.startswith("ECHEANCE_") or key in _HANDED_ON
        }
        given = {**inherited, **self.given, "ECHEANCE_PORT": str(port), **(environment or {})}
        child = Child(command, self.folder / f"{label}.log", folder=ROOT, environment=given)
        self.running[label] = Process(label, port, child)
        return self.running[label]

    async def start(self, *labels: str) -> None:
        """Start services, and return once they answer."""
        for label in labels:
            self.spawn(label)
        for label in labels:
            await until(self.running[label].answers, f"an answer of {label}")

    def of(self, name: str) -> Iterator[Process]:
        """The instances of a service that run."""
        for label, process in self.running.items():
            if label.partition("-")[0] == name and process.child.status is None:
                yield process

    def require_running(self) -> None:
        """Nothing has ended that was not told to."""
        for process in self.running.values():
            if process.child.status is not None and not process.may_end:
                raise ServerError(f"{process.label} {process.child.last_words()}")

    def kill(self) -> None:
        """End whatever runs at once."""
        for process in self.running.values():
            if process.child.status is None:
                process.kill()

    async def close(self) -> None:
        """End everything: first kindly, so that what hangs at its end is seen."""
        alive = [one for one in self.running.values() if one.child.status is None]
        statuses = await asyncio.gather(*(one.terminate() for one in alive))
        for one, status in zip(alive, statuses, strict=True):
            assert status == 0, f"{one.label} {one.child.last_words()}"
