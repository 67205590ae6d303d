"""Numbers as people write them in YAML: yes and no are none, though Python counts with them."""

from __future__ import annotations

from typing import Final

from pydantic import BeforeValidator

from shared.domain.strict_yaml.fault_texts import INTEGER, NUMBER, UnusableValueError


def _whole(value: object) -> object:
    if isinstance(value, bool):
        raise UnusableValueError(INTEGER.fr, INTEGER.en)
    return value


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise UnusableValueError(NUMBER.fr, NUMBER.en)
    return value


WHOLE: Final = BeforeValidator(_whole)
"""Before the bounds of an ``int``."""

DECIMAL: Final = BeforeValidator(_number)
"""Before the bounds of a ``Decimal``."""
