"""Online rebuilds: shadow tables are filled while the services run, and swapped in."""

from __future__ import annotations

from echeance.rebuild.clock import rebuild_clock
from echeance.rebuild.compliance import rebuild_compliance
from echeance.rebuild.follower import Differences

__all__ = [
    "Differences",
    "rebuild_clock",
    "rebuild_compliance",
]
