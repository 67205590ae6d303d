"""Run the peers: an environment under ``build/``, a process each, observed from outside."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.distributed import processor, topics
from bench.distributed.progress import Done, Run, observe
from bench.distributed.servers import Servers
from bench.distributed.topics import PARTITIONS
from tests.servers.child import Child, ServerError

ROOT = Path(__file__).parents[3]
_REQUIREMENTS = ROOT / "bench" / "distributed" / "peers.txt"
_ENVIRONMENT = ROOT / "build" / "peers"
BEGAN = "began counting"
"""What the fold prints at its first event (fold.py)."""


class Peer(NamedTuple):
    """A peer: its script, whose arguments are broker, folder, topic, group and one more.

    ``target`` is how many times as fast our clock should be.
    """

    name: str
    script: str
    group: str
    last_argument: str
    limit_seconds: float
    target: float | None
    environment: Mapping[str, str] = {}
    """What differs from ours."""

    @property
    def output(self) -> str:
        return f"{self.group}-clocks"


def quix(events: int, limit_seconds: float) -> Peer:
    """With the fold in the form that ours has."""
    return Peer("Quix Streams", "quix_job", "quix", str(events), limit_seconds, 3.5)


def quix_interpreted(events: int, limit_seconds: float) -> Peer:
    """As whoever writes the fold in Python has it."""
    name, group = "Quix Streams, the fold interpreted", "quix-interpreted"
    return quix(events, limit_seconds)._replace(
        name=name, group=group, environment={"ECHEANCE_INTERPRETED": "1"}
    )


def faust(limit_seconds: float) -> Peer:
    return Peer("Faust", "faust_job", "faust", str(PARTITIONS), limit_seconds, None)


def job(peer: Peer, events: int, servers: Servers) -> Run:
    """Run the delay job, from the first event in the fold to the group's last commit."""
    with _process(peer, servers) as child:
        return asyncio.run(_observe(peer, events, servers, child))


async def _observe(peer: Peer, events: int, servers: Servers, child: Child) -> Run:
    async with topics.commits(servers.kafka, peer.group) as committed:
        done = _done(child, committed, events)
        server = servers.broker_cpu_seconds
        return await observe(done, events, [child.pid], server, peer.limit_seconds)


def _done(child: Child, committed: Done, events: int) -> Done:
    async def done() -> int | None:
        # First, so that what was done before it is committed.
        ended = processor.has_exited(child.pid)
        count = await committed() or 0
        if ended and count != events:
            raise ServerError(child.last_words())
        has_begun = count or BEGAN in child.log.read_text(errors="replace")
        return count if has_begun else None

    return done


@contextmanager
def _process(peer: Peer, servers: Servers) -> Iterator[Child]:
    """A peer, on the measured core."""
    state = servers.folder / peer.group
    state.mkdir()
    asyncio.run(topics.create(servers.kafka, peer.output))
    script = f"bench.distributed.peers.{peer.script}"
    broker = servers.broker.bootstrap
    arguments = [broker, str(state), peer.output, peer.group, peer.last_argument]
    command = [str(_python()), "-m", script, *arguments]
    environment = {**os.environ, **peer.environment}
    _, own = processor.cores()
    with processor.pin(own):
        log = servers.folder / f"{peer.group}.log"
        child = Child(command, log, folder=ROOT, environment=environment)
    try:
        yield child
    finally:
        child.end()


def _python() -> Path:
    """The interpreter of the peers' environment, recreated when its requirements changed."""
    python, ready = _ENVIRONMENT / "bin" / "python", _ENVIRONMENT / ".ready"
    wanted = _REQUIREMENTS.read_text()
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", _ENVIRONMENT], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The file is complete. Faust asks for an older click than our commands, and works with it.
        subprocess.run([*install, "--no-deps", "-r", str(_REQUIREMENTS)], check=True)
        ready.write_text(wanted)
    return python
