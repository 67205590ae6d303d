"""These tests are run on every database that stores are kept in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.compliance.lives import lived
from tests.services.compliance.stored_alerts import base, url
from tests.services.stores import pytest_generate_tests, stores
from tests.services.world import Site

__all__ = ["base", "pytest_generate_tests", "stores", "url"]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """The e-mails of :mod:`lives`; a module may have a site of its own."""
    async with lived(tmp_path) as (_, found):
        yield found
