"""What becomes of a test whose server cannot be had: it is skipped with the reason; under ``CI=true`` it fails.

For a suite that quietly tests less is worse than one that fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest


def cannot(server: str, reason: object) -> NoReturn:
    """End the test, for want of a server."""
    told = f"{server} cannot be had here: {reason}"
    if os.environ.get("CI") == "true":  # noqa: TID251 — a test asks where it runs
        pytest.fail(told)
    pytest.skip(told)


@contextmanager
def needing(server: str) -> Iterator[None]:
    """End the test where the block cannot start the server."""
    try:
        yield
    except Exception as error:
        cannot(server, error)
