"""What share of the files counts in a published figure of less than the whole commitment: `python -m bench.disclosure`.

Made-up years: so many units with so many files each (one in four has half as many, one in four twice as many), each file on time with the
same probability, both bases alike. Beside the rule stands a stricter one: where any unit has a number from 1 to 4, every unit is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from services.compliance.attainment import Attainment
from services.compliance.publication.disclosure import SMALL, UnitCell, publishable_units

YEARS, ON_TIME = 500, 0.9
UNITS, FILES = (3, 6, 12, 17), (5, 10, 20, 40, 80, 160)
SHARE_OF_MEDIAN = (0.5, 1, 1, 2)


class Shares(NamedTuple):
    """Of the files: those of units, or groups of units, that are shown; and how many such rows there are on average."""

    files: float
    rows: float


def year(chance: Random, units: int, files: int) -> Sequence[UnitCell]:
    cells = []
    for unit in range(units):
        measured = max(1, round(files * SHARE_OF_MEDIAN[unit % len(SHARE_OF_MEDIAN)]))
        late = sum(chance.random() >= ON_TIME for _ in range(measured))
        one = Attainment(measured, measured - late, late)
        cells.append(UnitCell((str(unit),), one, one))
    return cells


def every_unit_or_none(_: UnitCell, units: Sequence[UnitCell]) -> Sequence[UnitCell]:
    small = any(one.decided.on_time in SMALL or one.decided.late in SMALL for one in units)
    return [] if small else units


def shares(units: int, files: int) -> Iterator[Shares]:
    """Before, and with the rule."""
    for rule in (every_unit_or_none, publishable_units):
        chance = Random(0)
        shown = rows = measured = 0
        for _ in range(YEARS):
            cells = year(chance, units, files)
            total = Attainment.total([one.decided for one in cells])
            published = rule(UnitCell((), total, total), cells)
            measured += total.measured
            shown += sum(one.decided.measured for one in published)
            rows += len(published)
        yield Shares(shown / measured, rows / YEARS)


def main() -> None:
    print(f"{YEARS} years each, {ON_TIME:.0%} on time; files in a figure of units (rows shown)\n")
    print("| units | files each | before | now |")
    print("|---:|---:|---:|---:|")
    for units in UNITS:
        for files in FILES:
            before, now = shares(units, files)
            cells = [f"{one.files:.0%} ({one.rows:.1f})" for one in (before, now)]
            print(f"| {units} | {files} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main()
