"""Where a file stands in the worklist: the key it is sorted by. Pure."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from shared.domain import ClockSnapshot, Stage, sort_key

WorklistStage = Literal["on_track", "at_risk", "critical", "overdue", "waiting"]
"""A stage; or ``waiting``, for a file that waits for the client and is not late."""


WORKLIST_STAGES: Final[tuple[WorklistStage, ...]] = (*get_args(Stage), "waiting")


class ListingStage(NamedTuple):
    """The stage of a file as its column has it: it says apart whatever can be asked for, so that no file is in two choices."""

    stage: WorklistStage
    waiting: bool
    measured: bool

    @property
    def column(self) -> str:
        """``overdue_waiting`` is overdue and waits for the client; ``followed_`` stands before the stages of what is not measured."""
        late_and_waiting = self.waiting and self.stage == "overdue"
        stage = "overdue_waiting" if late_and_waiting else self.stage
        return stage if self.measured else f"followed_{stage}"

    @property
    def outcome(self) -> str:
        """Under which outcome the tallies of what is open have such a file."""
        return self.stage if self.measured else "followed"


class ListingKey(NamedTuple):
    """Where a file stands in the list: as what it is kept, and what it is sorted by; None for one that is not open."""

    stage: ListingStage | None
    breaches_at: int | None

    @property
    def column(self) -> str | None:
        """The stage as its column has it."""
        return self.stage.column if self.stage else None


def of_snapshot(snapshot: ClockSnapshot) -> ListingKey:
    """Where a file stands by its newest snapshot."""
    if not snapshot.cycles or snapshot.cycles[-1].ended_on is not None:
        return ListingKey(None, None)
    state = snapshot.cycles[-1]
    kept = ListingStage(state.stage or "waiting", state.status == "waiting", state.measured)
    return ListingKey(kept, sort_key(state))
