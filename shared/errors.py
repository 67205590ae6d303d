"""The fates of an error, as a tree of exceptions: what is unavailable is tried again, what is impossible ends the process."""

from __future__ import annotations


class UnavailableError(Exception):
    """The log or the database does not answer now; nothing was lost, and trying again later is right."""


class FencedError(Exception):
    """Another process has taken this partition; nothing was written."""


class TruncatedLogError(Exception):
    """A position lies past the log's end: the log was restored shorter than the database. Nothing may be skipped: stop."""


class RepartitionedError(Exception):
    """A topic has another number of partitions than it was read with: keys now stand elsewhere, and a file's events apart. Stop."""


class SettingError(ValueError):
    """A variable has a value that cannot be used; the message says which and what to write."""
