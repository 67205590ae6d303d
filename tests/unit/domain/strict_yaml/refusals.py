"""What the reader refuses, of a model that asks nothing more."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from shared.domain.strict_yaml import reader
from shared.domain.strict_yaml.reader import FaultsError


class Anything(BaseModel):
    """No key is required, any is allowed."""


def refused(text: str) -> str:
    with pytest.raises(FaultsError) as caught:
        reader.read(Anything, text, "f.yaml")
    return str(caught.value)
