"""Cost as the work grows: ``echeance import`` of ever more files, each into an empty directory.

A file has four events. A cost in proportion to the work has the exponent 1, whatever the machine.
"""

from __future__ import annotations

import math
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import exports
from bench.commands import run_command, size_mib
from bench.figures import Figure

_TENTHS = (100, 10, 1)


class _Import(NamedTuple):
    """An import of so many files; the directory's size is in MiB."""

    files: int
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    disk_mib: float


def figures(files: int) -> Iterator[Figure]:
    """A hundredth, a tenth and all of the files, and the lines through them."""
    imports = []
    for part in _TENTHS:
        one = _import(files // part)
        imports.append(one)
        yield Figure(f"import of {one.files:,} files", one.wall_seconds, "s")
        yield Figure("  processor", one.cpu_seconds / one.files * 1e6, "µs/file")
        yield Figure("  peak memory", one.peak_mib, "MiB")
        yield Figure("  data directory", one.disk_mib, "MiB")
    for name, unit, values in (
        ("processor", "µs/file", [one.cpu_seconds * 1e6 for one in imports]),
        ("peak memory", "bytes/file", [one.peak_mib * (1 << 20) for one in imports]),
        ("data directory", "bytes/file", [one.disk_mib * (1 << 20) for one in imports]),
    ):
        yield from _line(name, unit, [one.files for one in imports], values)


def _line(name: str, unit: str, files: Sequence[int], values: Sequence[float]) -> Iterator[Figure]:
    """The slope of the line through the sizes, and the exponent of the power of it."""
    slope = statistics.linear_regression(files, values).slope
    power = statistics.linear_regression([*map(math.log, files)], [*map(math.log, values)]).slope
    yield Figure(f"{name}, slope of the line", slope, unit)
    yield Figure("  exponent", power, "")


def _import(files: int) -> _Import:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export, mapping = exports.write(folder, files)
        data = folder / "data"
        told = ["import", str(export), "--mapping", str(mapping), "--data", str(data)]
        used = run_command(told)
        return _Import(files, used.wall_seconds, used.cpu_seconds, used.peak_mib, size_mib(data))
