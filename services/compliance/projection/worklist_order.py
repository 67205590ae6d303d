"""The orders of the worklist: parts that come one after the other, each read from one index. Pure.

Files of a part have stages, and may be of one standard or unit; within a part the soonest breach
comes first, or the latest. So every order is read by the index of (standard, unit, stage, breach),
and a page costs the same wherever in the list it begins. A *ranked* part merges standards, each
soonest breach first, by a rank that falls from one breach to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, Literal, NamedTuple, get_args

from services.compliance.projection.listing_key import WORKLIST_STAGES, ListingStage, WorklistStage
from shared.domain import LAST

WorklistOrder = Literal["urgency", "due", "latest", "stage", "standard", "unit", "effect"]
"""``urgency``: due before the next business day, critical, overdue, then the rest, each soonest
first. ``due``: soonest breach first, files that wait after all others; ``latest`` turns both round.
``effect`` has a ranked part before ``urgency``. The others group by a column, and within it are ``due``."""

WORKLIST_ORDERS: Final[tuple[WorklistOrder, ...]] = get_args(WorklistOrder)
LISTING_STAGES: Final = [
    ListingStage(stage, waiting, measured)
    for measured in (True, False)
    for stage in WORKLIST_STAGES
    for waiting in {"overdue": (False, True), "waiting": (True,), "waiting_long": (True,)}.get(
        stage, (False,)
    )
]
_IN_TIME: Final = ("critical", "at_risk", "on_track")
_GRAVEST_FIRST: Final[Sequence[WorklistStage]] = (
    "overdue",
    "critical",
    "at_risk",
    "on_track",
    "waiting_long",
    "waiting",
)


class WorklistPart(NamedTuple):
    """Files of some stages that breach after ``since`` and up to ``until`` (microseconds, None for
    any), of one standard or unit (None for all), or of none of ``units_before``, ``standards_before``.
    """

    stages: Collection[ListingStage]
    since: int | None = None
    until: int | None = None
    standard: str | None = None
    unit: str | None = None
    units_before: Collection[str] = ()
    standards_before: Collection[str] = ()
    descending: bool = False

    def has(self, standard: str, unit: str) -> bool:
        """Whether files of a standard and unit may be in the part."""
        return (
            self.standard in (None, standard)
            and self.unit in (None, unit)
            and unit not in self.units_before
            and standard not in self.standards_before
        )

    @property
    def is_everywhere(self) -> bool:
        """Whether files of every standard and unit may be in the part."""
        apart = self.units_before or self.standards_before
        return self.standard is None and self.unit is None and not apart

    @property
    def beginning(self) -> tuple[int, str, str]:
        """The key before the first file."""
        if self.descending:
            return LAST if self.until is None else self.until + 1, "", ""
        return -LAST if self.since is None else self.since + 1, "", ""


class RankedPart(NamedTuple):
    """Measured files in hand and in time of some standards, the greatest rank first.

    ``rank`` is that of a file of a standard by its breach (microseconds); of one standard it never
    rises from one breach to the next. Files of equal rank come by standard, then soonest first.
    """

    standards: Sequence[str]
    rank: Callable[[str, int], float]

    @property
    def parts(self) -> Sequence[WorklistPart]:
        """Each standard alone."""
        return [WorklistPart(RANKED_STAGES, standard=one) for one in self.standards]


OrderPart = WorklistPart | RankedPart


def in_time(stages: Collection[ListingStage]) -> Sequence[ListingStage]:
    """Those of files that somebody here can still decide on time."""
    return [one for one in stages if one.stage in _IN_TIME]


RANKED_STAGES: Final = [one for one in in_time(LISTING_STAGES) if one.measured]


def order_parts(
    order: WorklistOrder,
    next_day: int,
    standards: Sequence[str],
    units: Sequence[str],
    ranked: RankedPart | None = None,
) -> Sequence[OrderPart]:
    """The parts of an order; ``next_day`` is when the next business day begins, in microseconds.

    ``ranked`` is the first part of ``effect``.
    """
    in_hand = [one for one in LISTING_STAGES if not _waits(one)]
    waiting = [one for one in LISTING_STAGES if _waits(one)]
    match order:
        case "urgency":
            return _by_urgency(next_day)
        case "effect":
            assert ranked is not None
            return [ranked, *_without(ranked, _by_urgency(next_day))]
        case "due":
            return [WorklistPart(LISTING_STAGES)]
        case "latest":
            return [WorklistPart(in_hand, descending=True), WorklistPart(waiting, descending=True)]
        case "stage":
            return [WorklistPart(_of(stage)) for stage in _GRAVEST_FIRST]
        case "standard":
            return [WorklistPart(LISTING_STAGES, standard=one) for one in standards]
        case "unit":
            each = [WorklistPart(LISTING_STAGES, unit=one) for one in units]
            return [*each, WorklistPart(LISTING_STAGES, units_before=frozenset(units))]


def _waits(one: ListingStage) -> bool:
    """Whether the sort key of such files is that of a wait: an overdue one keeps its breach."""
    return one.waiting and one.stage != "overdue"


def _of(stage: WorklistStage) -> Sequence[ListingStage]:
    return [one for one in LISTING_STAGES if one.stage == stage]


def _without(ranked: RankedPart, parts: Sequence[WorklistPart]) -> Iterator[WorklistPart]:
    """Parts without the files that are ranked."""
    for part in parts:
        of_ranked = [one for one in part.stages if one in RANKED_STAGES]
        others = [one for one in part.stages if one not in RANKED_STAGES]
        if of_ranked:
            yield part._replace(stages=of_ranked, standards_before=frozenset(ranked.standards))
        if others:
            yield part._replace(stages=others)


def _by_urgency(next_day: int) -> Sequence[WorklistPart]:
    """What can still be done first: a decision today, then soon; overdue files that wait come after
    those that somebody here can decide.
    """
    overdue = _of("overdue")
    return [
        WorklistPart(in_time(LISTING_STAGES), until=next_day),
        WorklistPart(_of("critical"), since=next_day),
        WorklistPart([one for one in overdue if not one.waiting]),
        WorklistPart([one for one in overdue if one.waiting]),
        WorklistPart(_of("at_risk"), since=next_day),
        WorklistPart(_of("on_track"), since=next_day),
        WorklistPart(_of("waiting_long")),
        WorklistPart(_of("waiting")),
    ]
