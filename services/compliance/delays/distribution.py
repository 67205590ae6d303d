"""The distribution of delays: mean, percentiles, histogram; of decided files, exact.

Pure. A delay is what the limit of a decided, measured cycle had counted by its decision (net), or would
have counted had nothing stopped it (gross): whole days, or seconds rounded up (``whole_amount``). A
percentile is a nearest rank: the least delay that at least so many in a hundred of the files did not
exceed; the 50th is the median. So it is the delay of a file, never between two.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from services.compliance.projection.snapshot_tallies import MEASURED_ON_TIME
from shared.domain import LimitUnit
from shared.text import Language, formats

DelayMeasure = Literal["net", "gross"]
"""With the stops, and had nothing stopped the delay."""

DECIDED_OUTCOMES: Final = (*MEASURED_ON_TIME, "late")
"""Of cycles that were decided and are measured."""

_MOST_BINS: Final = 24
_WIDTHS: Final = (
    1, 2, 5, 10, 15, 20, 30, 50, 60, 100, 120, 200, 300, 500, 600, 900, 1_200, 1_800, 3_600, 7_200,
    14_400, 28_800, 86_400,
)  # fmt: skip
"""Of bins, in days or in seconds."""


class Bin(NamedTuple):
    """The files whose delay is from ``first`` to ``last``, both included (None: any greater)."""

    first: int
    last: int | None
    on_time: int
    late: int

    @property
    def files(self) -> int:
        return self.on_time + self.late


class Histogram(NamedTuple):
    """Bins of one width, the last open where delays go on; ``limit`` is where the mark stands."""

    width: int
    bins: Sequence[Bin]
    limit: int


class DelayDistribution(NamedTuple):
    """Files by delay: ascending amounts, how many of each were on time, and how many late."""

    amounts: Sequence[int] = ()
    on_time: Sequence[int] = ()
    late: Sequence[int] = ()

    @classmethod
    def of(cls, files: Mapping[tuple[int, bool], int]) -> DelayDistribution:
        """From files by delay, and whether they were on time."""
        amounts = sorted({amount for (amount, _), number in files.items() if number})
        on_time = [files.get((amount, True), 0) for amount in amounts]
        late = [files.get((amount, False), 0) for amount in amounts]
        return cls(amounts, on_time, late)

    @property
    def files(self) -> int:
        return sum(self.on_time) + sum(self.late)

    @property
    def mean(self) -> Fraction | None:
        """Exact; None without files."""
        files = self.files
        return Fraction(sum(map(_product, self._rows())), files) if files else None

    def percentile(self, percent: int) -> int | None:
        """The least delay that ``percent`` in a hundred did not exceed; None without files."""
        files = {amount: on_time + late for amount, on_time, late in self._rows()}
        return percentile(files, percent) if files else None

    def rows(self) -> Mapping[int, tuple[int, int]]:
        """Files on time and late, by delay."""
        return {amount: (on_time, late) for amount, on_time, late in self._rows()}

    def _rows(self) -> Iterable[tuple[int, int, int]]:
        return zip(self.amounts, self.on_time, self.late, strict=True)


def percentile(files: Mapping[int, int], percent: int) -> int:
    """The least amount that so many percent of at least one file, by amount, did not exceed."""
    amounts = sorted(files)
    through = list(accumulate([files[amount] for amount in amounts]))
    rank = max(1, -(-percent * through[-1] // 100))
    return amounts[bisect_left(through, rank)]


class Delays(NamedTuple):
    """The delays of decided files with the stops, and without, in a unit; and the limit to keep.

    ``limit`` is a mean where it depends on the day of the reception, as one in months does.
    """

    net: DelayDistribution
    gross: DelayDistribution
    unit: LimitUnit
    limit: float

    def without_files(self) -> Delays:
        """Those of a place in which nothing was decided, beside the same limit."""
        return self._replace(net=DelayDistribution(), gross=DelayDistribution())

    def by(self, measure: DelayMeasure) -> DelayDistribution:
        return self.gross if measure == "gross" else self.net


def delay_in_words(amount: Fraction | float | None, unit: LimitUnit, spoken: Language) -> str:
    """A delay in a table whose heading says the unit: days to a tenth, or ``2 min 30 s``."""
    if amount is None:
        return "—"
    if unit == "seconds":
        return formats.duration(float(amount), spoken)
    return formats.number(round(float(amount), 1), spoken)


def histogram(distribution: DelayDistribution, limit: float) -> Histogram:
    """At most some 24 bins, through twice the limit at most, so that a few long delays stay apart.

    The limit ends a bin wherever a usual width divides it. 0 has a bin of its own where bins are
    one wide.
    """
    whole = max(1, round(limit))
    longest = distribution.amounts[-1] if distribution.amounts else 0
    through = max(whole, min(longest, 2 * whole))
    width = _width(through, whole)
    lasts = list(range(0 if width == 1 else width, through + width, width))
    rows = list(zip(distribution.amounts, distribution.on_time, distribution.late, strict=True))
    bins: list[Bin] = []
    index, first = 0, 0
    for last in [*lasts, None]:
        on_time = late = 0
        while index < len(rows) and (last is None or rows[index][0] <= last):
            on_time, late = on_time + rows[index][1], late + rows[index][2]
            index += 1
        if last is not None or on_time or late:
            bins.append(Bin(first, last, on_time, late))
        first = first if last is None else last + 1
    return Histogram(width, bins, whole)


def _width(through: int, limit: int) -> int:
    """The least usual width that is fine enough; one that divides the limit, if not much coarser."""
    fine = [width for width in _WIDTHS if -(-through // width) <= _MOST_BINS] or [_WIDTHS[-1]]
    dividing = [width for width in fine if limit % width == 0 and width <= 3 * fine[0]]
    return (dividing or fine)[0]


def _product(row: tuple[int, int, int]) -> int:
    amount, on_time, late = row
    return amount * (on_time + late)
