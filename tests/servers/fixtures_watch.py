"""Prometheus, Alertmanager and an e-mail server for a test, each ended with it; skipped, or failed, as tests/servers/absence.py says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import prometheus, smtp
from tests.servers.absence import cannot
from tests.servers.prometheus import PACKAGES, MissingProgramError
from tests.servers.smtp import Mailbox

Start = Callable[[str], str]
"""Starts a server with the text of a configuration, and returns its address."""


@pytest.fixture(scope="session")
def prometheus_programs() -> None:
    """``prometheus``, ``promtool``, ``prometheus-alertmanager`` and ``amtool`` are installed."""
    for name in PACKAGES:
        try:
            prometheus.program(name)
        except MissingProgramError as error:
            cannot("Prometheus", error)


@pytest.fixture
def start_prometheus(prometheus_programs: None, tmp_path: Path) -> Iterator[Start]:
    """Starts a Prometheus in the test's folder."""
    with ExitStack() as running:
        yield lambda configuration: running.enter_context(
            prometheus.prometheus(tmp_path, configuration)
        )


@pytest.fixture
def start_alertmanager(prometheus_programs: None, tmp_path: Path) -> Iterator[Start]:
    """Starts an Alertmanager in the test's folder."""
    with ExitStack() as running:
        yield lambda configuration: running.enter_context(
            prometheus.alertmanager(tmp_path, configuration)
        )


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An e-mail server that keeps what it is sent."""
    with smtp.mailbox() as made:
        yield made
