"""Whether chance alone explains that two attainments differ.

Pure. The files of a period are taken as draws of a process that keeps a commitment with some
probability. The interval of the difference of two such probabilities is Newcombe's hybrid score
interval ("Interval estimation for the difference between independent proportions", Statistics in
Medicine 17, 1998, method 10), which is made of Wilson's interval of each and holds for a handful of
files as for a million. Its two widths are those of the limits of control charts and funnels: 95 % and
99.8 %. Floats: these are probabilities.
"""

from __future__ import annotations

from math import sqrt
from typing import Final, Literal

from services.compliance.attainment.attainment import Attainment

ChanceVerdict = Literal["explained", "doubtful", "unexplained"]
"""Within the interval of 95 %; beyond it, within that of 99.8 %; beyond both."""

_95: Final = 1.959964
_998: Final = 3.090232
"""Half-widths in standard deviations."""


def chance_of(one: Attainment, other: Attainment) -> ChanceVerdict | None:
    """What chance makes of a difference; None where nothing was measured on a side.

    3 of 5 beside 2 of 3: explained;  62 of 100 beside 80: doubtful;  600 of 1,000 beside 800: unexplained
    """
    if not one.measured or not other.measured:
        return None
    if _may_be_equal(one, other, _95):
        return "explained"
    return "doubtful" if _may_be_equal(one, other, _998) else "unexplained"


def _may_be_equal(one: Attainment, other: Attainment, deviations: float) -> bool:
    """Whether the interval of the difference contains 0."""
    (low, at, high), (other_low, other_at, other_high) = (
        _wilson(one, deviations),
        _wilson(other, deviations),
    )
    difference = at - other_at
    below = sqrt((at - low) ** 2 + (other_high - other_at) ** 2)
    above = sqrt((high - at) ** 2 + (other_at - other_low) ** 2)
    return difference - below <= 0 <= difference + above


def _wilson(files: Attainment, deviations: float) -> tuple[float, float, float]:
    """Wilson's score interval, and the share observed between its ends."""
    measured, share = files.measured, files.on_time / files.measured
    squared = deviations**2
    centre = (share + squared / (2 * measured)) / (1 + squared / measured)
    half = (
        deviations
        * sqrt(share * (1 - share) / measured + squared / (4 * measured**2))
        / (1 + squared / measured)
    )
    return centre - half, share, centre + half
