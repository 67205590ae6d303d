"""``echeance preview``: every file under the catalogue in use and under a candidate; nothing changes.

The histories are read as the clock reads them where it begins a generation
(``ClockWorker._regenerate``), and nothing is published or counted: a service may run meanwhile.
Files are read some thousand at a time, each once, and evaluated twice at the same instant. So what
is compared is the law alone, whatever arrives during the run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.clock import ClockStore, Evaluator, SnapshotVersion, StoredFile
from services.compliance.preview import PreviewDocument, PreviewTally
from services.compliance.projection import ComplianceStore
from shared.database import Database
from shared.domain import Catalogue, ClockSnapshot, decode_history

FILES_PER_READ = 4_000
"""Files in memory at once."""


class _Evaluators:
    """A file under both catalogues; the candidate's is of the next generation."""

    def __init__(self, current: Catalogue, candidate: Catalogue, now: datetime) -> None:
        self._current, self._candidate, self._now = Evaluator(current), Evaluator(candidate), now

    def snapshots(self, file: StoredFile) -> tuple[ClockSnapshot, ClockSnapshot]:
        history = decode_history(file.history)
        present = SnapshotVersion(file.generation, file.position)
        following = SnapshotVersion(file.generation + 1, file.position)
        return (
            self._current.snapshot(file.file_id, history, present, self._now),
            self._candidate.snapshot(file.file_id, history, following, self._now),
        )


async def compare_catalogues(
    database: Database,
    current: Catalogue,
    candidate: Catalogue,
    now: datetime,
    advance: Callable[[int], None],
) -> PreviewDocument:
    """What the candidate would change of every file; ``advance`` gets the files of each part.

    Raises ``CatalogueRefusedError`` where the clock would refuse either catalogue, ``CoverageError``
    and ``UnknownStandardError`` where a file cannot be counted under the candidate.
    """
    clock, compliance = ClockStore(database), ComplianceStore(database)
    await clock.require(current)
    await clock.require_candidate(candidate)
    candidate.require_coverage(now)
    comparison = PreviewTally(current, candidate, now)
    evaluators = _Evaluators(current, candidate, now)
    for partition in sorted(await clock.files_by_partition()):
        after = ""
        while files := await clock.after(partition, after, FILES_PER_READ):
            changed = []
            for file in files:
                pair = evaluators.snapshots(file)
                if comparison.add(*pair):
                    changed.append(pair)
            stored = await compliance.alerts([after.file_id for _, after in changed])
            for pair in changed:
                comparison.add_alerts(stored.get(pair[0].file_id, ()), *pair)
            advance(len(files))
            after = files[-1].file_id
    return comparison.document()
