"""Every test that asks for ``opening`` is run on every log there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.log.kafka_logs import kafka_logs
from tests.log.logs import Opening, sqlite_logs


@pytest.fixture(params=["sqlite", "kafka"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    if request.param == "kafka":
        return kafka_logs(request.getfixturevalue("kafka_bootstrap"))
    return sqlite_logs(tmp_path)
