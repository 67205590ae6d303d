"""Both services rebuilt beside those at work, as ``echeance rebuild`` does it; ends with status 1 where the live figures differ.

``python -m tests.faults.distributed.rebuilt [FILE]``, with the file of a host's shifted clock.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from echeance.rebuild.clock import rebuild_clock
from echeance.rebuild.compliance import rebuild_compliance
from shared.process import distributed, runner
from shared.settings import read_settings
from tests.faults.distributed.shifted import shifted


async def differences() -> list[str]:
    """What the live tables had otherwise: the measures first, because after the clock's every file is published again."""
    measures = await rebuild_compliance(read_settings())
    clocks = await rebuild_clock(read_settings(), processes=1)
    return [
        f"{found.total} {name} differ: {', '.join(found.examples)}"
        for name, found in (("measures", measures), ("clocks", clocks.differences))
        if found.total
    ]


def main(*shift: str) -> None:
    distributed.configure_kafka_logging(read_settings(), "rebuild")
    if shift:
        runner.now = shifted(runner.now, Path(*shift))
    sys.exit("; ".join(asyncio.run(differences())) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
