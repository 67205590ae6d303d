"""A host whose clock is set at will, and the services on it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from shared.process import runner
from tests.faults.distributed.shifted import shifted
from tests.faults.distributed.system import ALL, System

SHIFTED: Final = "tests.faults.distributed.shifted"


class Host:
    """The system on a host whose clock is set at will."""

    def __init__(self, system: System, folder: Path) -> None:
        self._file = folder / "shift"
        self._system = system
        self.set(runner.now())
        system.now = shifted(system.now, self._file)
        system.shift = (str(self._file),)

    def set(self, moment: datetime) -> None:
        """From now on it is this moment."""
        written = self._file.with_suffix(".new")
        written.write_text(str((moment - runner.now()).total_seconds()))
        written.rename(self._file)

    async def start(self) -> None:
        for label in ALL:
            name = label.partition("-")[0]
            self._system.processes.spawn(label, [SHIFTED, name, str(self._file)])
        await self._system.works()
