"""The programs of Prometheus, skipped or failed without as tests/servers/absence.py says, and an e-mail server that ends with its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import prometheus, smtp
from tests.servers.absence import needing
from tests.servers.prometheus import PACKAGES
from tests.servers.smtp import Mailbox


@pytest.fixture(scope="session")
def prometheus_programs() -> None:
    """``prometheus``, ``promtool``, ``prometheus-alertmanager`` and ``amtool`` are installed."""
    with needing("Prometheus"):
        for name in PACKAGES:
            prometheus.program(name)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An e-mail server that keeps what it is sent."""
    with smtp.mailbox() as made:
        yield made
