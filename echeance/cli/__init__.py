"""The ``echeance`` command: one command, one module."""

from __future__ import annotations

from echeance.cli.__main__ import main

__all__ = [
    "main",
]
