"""One system and one Prometheus for all tests of what is deployed beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.watched import Watched, watched


@pytest.fixture(scope="session")
def life(prometheus_programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The embedded system at work, and a Prometheus that scrapes it under the shipped rules."""
    with watched(tmp_path_factory.mktemp("watched")) as made:
        yield made
