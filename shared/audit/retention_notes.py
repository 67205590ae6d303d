"""What the trail says of files that the system forgets by itself, since their time of retention is over.

Nobody asked for it in a request that is recorded. How many it were is counted where the clock commits
(``shared/log/loop_metrics.py``); a record tells how many more there are than the record before told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.metrics import Metrics, series

FILES_FORGOTTEN: Final = "files_forgotten"
"""What was done, as the record names it."""
_RETENTION: Final = "retention"


class RetentionNotes:
    """Files that a process has forgotten, and no record tells yet."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._told = 0

    def take(self) -> Mapping[str, Any] | None:
        """The detail of the next record, without identifiers; None if there is nothing to tell."""
        forgotten = int(self._metrics.counted(series.FORGOTTEN_FILES, _RETENTION))
        if (files := forgotten - self._told) == 0:
            return None
        self._told = forgotten
        return {"requested_by": _RETENTION, "files": files}
