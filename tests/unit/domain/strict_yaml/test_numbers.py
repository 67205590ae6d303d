"""Numbers as people write them: a yes is none of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.domain.strict_yaml.numbers import DECIMAL, WHOLE

whole = TypeAdapter(Annotated[int, WHOLE])
decimal = TypeAdapter(Annotated[Decimal, DECIMAL])


def test_numbers_are_read_as_they_are_written() -> None:
    assert whole.validate_python(20) == whole.validate_python("20") == 20
    assert decimal.validate_python(87.5) == decimal.validate_python("87.5") == Decimal("87.5")


@pytest.mark.parametrize("written", [True, False])
def test_yes_and_no_are_no_numbers(written: bool) -> None:
    for number in (whole, decimal):
        with pytest.raises(ValidationError):
            number.validate_python(written)
