"""Errors that more than one package handles, by their fate.

- unavailable: :class:`UnavailableError`. Nothing is committed; the caller retries with backoff, and
  HTTP answers 503.
- impossible: :class:`FencedError`, :class:`TruncatedLogError`, :class:`RepartitionedError`. Going on
  would skip or miscount events, so the process ends. (A consumer group assigns a fenced partition
  anew instead.)
- configuration: :class:`SettingError`. The process does not start.

A record that is unreadable is no exception: it becomes a dead letter (``shared/log/dead_letters.py``).
Every other exception is a bug, and ends the process.
"""

from __future__ import annotations


class UnavailableError(Exception):
    """The log or the database does not answer; nothing was committed, and a retry is safe."""


class FencedError(Exception):
    """Another process has claimed this partition: its epoch is higher. Nothing was written."""


class TruncatedLogError(Exception):
    """The log lacks the records at a position: truncated, recreated, or restored shorter."""


class RepartitionedError(Exception):
    """A topic's number of partitions changed: keys map to others, and files would be split."""


class SettingError(ValueError):
    """An environment variable is invalid; the message names it and never quotes its value."""
