"""The binomial distribution, exact for any number of files: the regularized incomplete beta function.

Pure. By its continued fraction (Press et al., *Numerical Recipes*, 6.4), to twelve digits.
"""

from __future__ import annotations

from math import exp, lgamma, log
from typing import Final

_MOST_STEPS: Final = 10_000
_SMALLEST: Final = 1e-300
_PRECISE: Final = 1e-12


def binomial_cdf(successes: float, trials: int, probability: float) -> float:
    """The probability of so many successes or fewer; between whole numbers it grows steadily."""
    if successes < 0:
        return 0.0
    if successes >= trials or probability <= 0:
        return 1.0
    if probability >= 1:
        return 0.0
    return _beta(trials - successes, successes + 1, 1 - probability)


def binomial_tail(successes: int, trials: int, probability: float) -> float:
    """The probability of so many successes or more; precise however small it is."""
    if successes <= 0 or probability >= 1:
        return 1.0
    if successes > trials or probability <= 0:
        return 0.0
    return _beta(successes, trials - successes + 1, probability)


def _beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function, by its continued fraction (Lentz)."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < _PRECISE:
            break
    return result


def _not_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
