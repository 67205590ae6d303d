"""The name under which compliance keeps its positions in the log."""

from __future__ import annotations

SERVICE = "compliance"
