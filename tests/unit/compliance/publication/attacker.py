"""One who has all that was published, and computes what each number may be: exact bounds over the integers.

Numbers of files are whole and not negative; what is published are sums of them. Bounds are propagated through the sums until none
gets narrower. Where every two sums are apart or one within the other, as those of units, groups and totals are, these bounds are
those of the linear program over the integers: nothing better can be computed. Shares no code with the rule that it attacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

MANY = 1_000_000
Variable = tuple[str, ...]
"""A number of files that the attacker does not have, by what it is of."""


class Bounds(NamedTuple):
    least: int
    most: int


class PublishedSum(NamedTuple):
    """Variables, of which no file is in two, and the number of files that they have together."""

    variables: frozenset[Variable]
    files: int


def bounds(
    sums: Iterable[PublishedSum], known: Mapping[Variable, Bounds] | None = None
) -> Mapping[Variable, Bounds]:
    """What each variable may be."""
    everything = _with_differences(list(dict.fromkeys(sums)))
    found = {one: Bounds(0, MANY) for each in everything for one in each.variables}
    found |= known or {}
    changed = True
    while changed:
        changed = False
        for variables, files in everything:
            least = sum(found[one].least for one in variables)
            most = sum(found[one].most for one in variables)
            for one in variables:
                before = found[one]
                after = Bounds(
                    max(before.least, files - (most - before.most)),
                    min(before.most, files - (least - before.least)),
                )
                if after != before:
                    found[one], changed = after, True
                    least += after.least - before.least
                    most += after.most - before.most
    return found


def _with_differences(sums: Sequence[PublishedSum]) -> Sequence[PublishedSum]:
    """Also what is left of a sum when others within it are subtracted."""
    added = list(sums)
    for whole in sums:
        rest, files = whole.variables, whole.files
        for part in sorted(sums, key=lambda one: -len(one.variables)):
            if part.variables < whole.variables and part.variables <= rest:
                rest, files = rest - part.variables, files - part.files
        if rest and rest != whole.variables:
            added.append(PublishedSum(rest, files))
    return added


def determined(found: Mapping[Variable, Bounds]) -> Mapping[Variable, int]:
    """The numbers that can be only one."""
    return {name: one.least for name, one in found.items() if one.least == one.most}
