"""A service on a host whose clock jumps: the product's own program, whose wall clock is read through a file of seconds to add.

``python -m tests.faults.distributed.shifted clock FILE``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.process import distributed, runner
from shared.settings import Settings


def shifted(now: Callable[[], datetime], shift: Path) -> Callable[[], datetime]:
    """A clock that is wrong by so many seconds as the file says."""
    return lambda: now() + timedelta(seconds=float(shift.read_text()))


def main(name: str, shift: str) -> None:
    runner.now = shifted(runner.now, Path(shift))
    run(name)


def run(name: str) -> None:
    """Run a service by the function that its own program runs."""
    serve: Callable[[Settings], Coroutine[Any, Any, None]] = import_module(
        f"services.{name}.__main__"
    ).serve
    distributed.main(name, serve)


if __name__ == "__main__":
    main(*sys.argv[1:])
