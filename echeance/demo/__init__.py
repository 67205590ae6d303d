"""A fictitious ministry: its history, its live traffic, and the demonstration that serves them."""

from __future__ import annotations

from echeance.demo import command, traffic

__all__ = [
    "command",
    "traffic",
]
