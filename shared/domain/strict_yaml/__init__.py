"""YAML read strictly: every fault with its line and column, in words for people."""

from __future__ import annotations

from shared.domain.strict_yaml import reader
from shared.domain.strict_yaml.fault_texts import DATE, UnusableValueError, cited
from shared.domain.strict_yaml.reader import Document, Fault, FaultsError

__all__ = [
    "DATE",
    "Document",
    "Fault",
    "FaultsError",
    "UnusableValueError",
    "cited",
    "reader",
]
