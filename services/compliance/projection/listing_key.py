"""An open file in the worklist: the columns it is selected and sorted by, and its parts. Pure.

A file of several standards is listed under each: once for each *part*, its snapshot with the cycles
of one standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, get_args

from msgspec.structs import replace

from shared.domain import ClockSnapshot, CycleState, Stage, sort_key

WorklistStage = Literal["on_track", "at_risk", "critical", "overdue", "waiting_long", "waiting"]
"""A stage; or ``waiting``, for a file that waits, and neither is late nor has waited long."""

WORKLIST_STAGES: Final[tuple[WorklistStage, ...]] = (*get_args(Stage), "waiting")


class ListingStage(NamedTuple):
    """Stage, waiting and measured of an open file in one column, so that one index selects by all."""

    stage: WorklistStage
    waiting: bool
    measured: bool

    @property
    def column(self) -> str:
        """``overdue_waiting`` waits for the client; ``followed_`` prefixes unmeasured stages."""
        late_and_waiting = self.waiting and self.stage == "overdue"
        stage = "overdue_waiting" if late_and_waiting else self.stage
        return stage if self.measured else f"followed_{stage}"

    @property
    def outcome(self) -> str:
        """The outcome of such a file in the open tallies."""
        return self.stage if self.measured else "followed"


class ListingKey(NamedTuple):
    """The columns of a file's row; both None for a file that is not open."""

    stage: ListingStage | None
    breaches_at: int | None

    @property
    def column(self) -> str | None:
        """The value of the column ``stage``."""
        return self.stage.column if self.stage else None


NOT_LISTED: Final = ListingKey(None, None)


def parts(snapshot: ClockSnapshot) -> Mapping[str, ClockSnapshot]:
    """A file of several standards by standard; empty for any other, which is listed as it is."""
    if not snapshot.cycles or snapshot.cycles[0].standard is None:
        return {}
    cycles: dict[str, list[CycleState]] = {}
    for state in snapshot.cycles:
        assert state.standard is not None  # in a file of several standards each cycle names its own
        cycles.setdefault(state.standard, []).append(state)
    return {
        standard: replace(snapshot, standard=standard, cycles=tuple(states), anomalies=())
        for standard, states in cycles.items()
    }


def without_cycles(snapshot: ClockSnapshot) -> ClockSnapshot:
    """What a standard lists that measures a file no longer."""
    return replace(snapshot, cycles=(), anomalies=())


def of_snapshot(snapshot: ClockSnapshot) -> ListingKey:
    """The key of a file, or of a part, by its snapshot: that of its last cycle."""
    if not snapshot.cycles or snapshot.cycles[-1].ended_on is not None:
        return NOT_LISTED
    state = snapshot.cycles[-1]
    stage = ListingStage(state.stage or "waiting", state.status == "waiting", state.measured)
    return ListingKey(stage, sort_key(state))
