"""Settings of every test: laws are tried on the same examples everywhere, and a counter-example can be replayed."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, Phase, settings

pytest.register_assert_rewrite(
    "tests.unit.domain.agreement", "tests.unit.domain.sentences", "tests.unit.domain.wide"
)

settings.register_profile(
    "echeance",
    derandomize=True,
    deadline=None,
    max_examples=150,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# For a long search by hand: pytest --hypothesis-profile=search
settings.register_profile(
    "search", parent=settings.get_profile("echeance"), derandomize=False, max_examples=1_500
)
# A mutant needs a witness, not the smallest one.
settings.register_profile(
    "mutants", parent=settings.get_profile("echeance"), phases=[Phase.explicit, Phase.generate]
)
# The pure part in seconds, for whoever is writing; ``python -m tests`` tries every law on all its examples.
settings.register_profile("quick", parent=settings.get_profile("echeance"), max_examples=8)
settings.load_profile("quick")

pytest_plugins = [
    "tests.servers.fixtures",
    "tests.servers.fixtures_postgres",
    "tests.servers.fixtures_watch",
]


def pytest_collection_finish() -> None:
    """Keep the collector from what stands already, calendars and modules above all: going over it again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
