"""The error of a day that no calendar knows. Pure.

In a module of its own: errors that are more precise inherit from it, and what is compiled cannot be
inherited from.
"""

from __future__ import annotations


class CoverageError(ValueError):
    """A day outside the years that a calendar covers."""
