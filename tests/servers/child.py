"""A server as a child process: started, stopped, frozen and killed by pid, and never by name.

It has a process group of its own, so that Ctrl-C on the terminal reaches only who started it, who then stops the servers in order.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from pwd import struct_passwd

import httpx
import psutil

PATIENCE_SECONDS = 60
_TURN_SECONDS = 0.05


class ServerError(RuntimeError):
    """A server did not do what it should; the message says which, and where its log is."""


def patiently(condition: Callable[[], object], what: str) -> None:
    """Return once a condition holds; raises :class:`ServerError` naming what was waited for in vain."""
    latest = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > latest:
            raise ServerError(f"waited {PATIENCE_SECONDS} s in vain: {what}")
        time.sleep(_TURN_SECONDS)


class Child:
    """A program that runs, with the processes that it made; its output goes to a log file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        user: struct_passwd | None = None,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                cwd=folder or log.parent,
                env=environment,
                process_group=0,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

    def answering(self, answers: Callable[[], bool]) -> None:
        """Return once it answers; raises :class:`ServerError` when it ended instead, or never does."""

        def settled() -> bool:
            return self.status is not None or answers()

        patiently(settled, f"an answer; see {self.log}")
        if self.status is not None:
            raise ServerError(self.last_words())

    def last_words(self) -> str:
        """How it ended, for people."""
        said = self.log.read_text(errors="replace").splitlines() or ["it said nothing"]
        return f"ended with status {self.status}: {said[-1]} (all of it in {self.log})"

    def end(self, number: int = signal.SIGTERM, *, patience_seconds: float = 20) -> None:
        """Ask it to end by a signal, and after a while compel it."""
        self.thaw()
        self._process.send_signal(number)
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stop it where it stands, connections and all: first itself, so that it makes no further process."""
        self._process.send_signal(signal.SIGSTOP)
        for one in self._made():
            with suppress(psutil.NoSuchProcess):
                one.suspend()

    def thaw(self) -> None:
        """Let it go on."""
        for one in self._made():
            with suppress(psutil.NoSuchProcess):
                one.resume()
        self._process.send_signal(signal.SIGCONT)

    def _made(self) -> Sequence[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return ()


@contextmanager
def serving(child: Child, probe: str) -> Iterator[None]:
    """A server from when it answers a probe, by its URL, until the end of the block, which ends it."""

    def answers() -> bool:
        try:
            # Of a server by TLS only whether it answers is asked here.
            verify = not probe.startswith("https:")
            return httpx.get(probe, trust_env=False, verify=verify).is_success
        except httpx.TransportError:
            return False

    try:
        child.answering(answers)
        yield
    finally:
        child.end()
