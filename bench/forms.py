"""The core compiled beside interpreted: each pair of processes one after the other, since a shared
machine is quicker at one time than at another.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bench.figures import Figure
from shared.compiled import CORE_FORM

_ROOT: Final = Path(__file__).parents[1]
_ONE: Final = """
import json, sys
from bench import core, folding
taken = [*core.figures(3), *folding.figures(3)]
json.dump([(one.name, one.value, one.unit) for one in taken], sys.stdout)
"""
"""Run in the folder of a checkout, which may be an earlier one."""


def figures(pairs: int, other: Path | None = None) -> Iterator[Figure]:
    """The figures of ``core`` and ``fold``: medians of both, and the median of the pairs' ratios.

    ``other`` is another checkout, which is measured in place of this one interpreted.
    """
    if CORE_FORM != "compiled":
        sys.exit(f"the core is not compiled here ({CORE_FORM}): make compile")
    runs = []
    for _ in range(pairs):
        compiled, beside = _measure(_ROOT, "0"), _measure(other or _ROOT, "1")
        runs.append((compiled, beside))
    for name, (_, unit) in runs[0][0].items():
        ours, its = ([one[form][name][0] for one in runs] for form in (0, 1))
        ratios = [one / its_own for one, its_own in zip(ours, its, strict=True)]
        note = f"{statistics.median(its):,.2f} {'interpreted' if other is None else other.name}; "
        note += f"{statistics.median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"
        yield Figure(name, statistics.median(ours), unit, note=note)


def _measure(root: Path, interpreted: str) -> Mapping[str, tuple[float, str]]:
    done = subprocess.run(
        [sys.executable, "-c", _ONE],
        cwd=root,
        env={**os.environ, "ECHEANCE_INTERPRETED": interpreted},
        check=True,
        capture_output=True,
    )
    return {name: (value, unit) for name, value, unit in json.loads(done.stdout)}
