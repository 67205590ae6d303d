"""YAML read strictly: every fault with its line and column, in words for people."""

from shared.domain.strict_yaml import reader
from shared.domain.strict_yaml.fault_texts import (
    DATE,
    REQUIRED,
    UnusableValueError,
    cited,
    listed,
    not_among,
)
from shared.domain.strict_yaml.numbers import DECIMAL, WHOLE
from shared.domain.strict_yaml.reader import Document, Fault, FaultsError
