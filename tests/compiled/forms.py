"""Both forms of the core: what a process needs to run one of them, and the tests that run in both."""

from __future__ import annotations

import os
from typing import Final

OF_THE_LAW: Final = (
    "tests/unit/domain",
    "tests/unit/clock",
    "tests/unit/ingest/cloudevents",
    "tests/unit/echeance/test_cases.py",
    "tests/unit/echeance/test_other_bodies.py",
    "tests/examples",
)
"""Properties, and the worked cases: those of the counting rules, of other bodies and of the examples."""


def surroundings(*, interpreted: bool) -> dict[str, str]:
    """The environment of a process that runs one of the forms."""
    return {
        **os.environ,  # noqa: TID251 — handed on
        "ECHEANCE_INTERPRETED": str(int(interpreted)),
        "PYTHONHASHSEED": "0",  # rows of a set are written in its order
    }
