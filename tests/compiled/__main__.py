"""All that the counting rests on, compiled and then interpreted. ``make test-both-ways`` runs this.

``make test`` compares outputs and runs the law's tests and a year of crashes in both forms (``test_both_forms``). Here the
properties, the worked cases, the simulation with every seed and every fault scenario run whole in each; those that start services
ask each of them which form it runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

from tests.compiled.forms import OF_THE_LAW, surroundings
from tests.paths import ROOT

RUNS: Final = (
    ("pytest", "--hypothesis-profile=echeance", *OF_THE_LAW),
    ("pytest", "-m", "", "tests/simulation", "tests/faults/test_kill.py"),
    ("tests.faults.distributed",),
)
_FORM: Final = "from shared.compiled import CORE_FORM; print(CORE_FORM)"


def main() -> None:
    os.environ["CI"] = "true"  # noqa: TID251 — for the sessions: what cannot run fails
    outcomes = []
    for interpreted, form in ((False, "compiled"), (True, "switched_off")):
        given = surroundings(interpreted=interpreted)
        runs = subprocess.check_output(
            [sys.executable, "-c", _FORM], cwd=ROOT, env=given, text=True
        )
        if runs.strip() != form:
            sys.exit(f"the core is {runs.strip()}, and must be {form}: make compile")
        for run in RUNS:
            began = time.monotonic()
            done = subprocess.run([sys.executable, "-m", *run], cwd=ROOT, env=given, check=False)
            outcome = "passed" if done.returncode == 0 else "FAILED"
            outcomes.append((outcome, form, time.monotonic() - began, " ".join(run)))
    for outcome, form, seconds, command in outcomes:
        print(f"{outcome}  {form:12}  {seconds:6.0f} s  {command}")
    sys.exit(any(outcome != "passed" for outcome, *_ in outcomes))


if __name__ == "__main__":
    main()
