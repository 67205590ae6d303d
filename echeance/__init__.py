"""The ``echeance`` command, and everything that puts services together."""

from __future__ import annotations

__all__: list[str] = []
