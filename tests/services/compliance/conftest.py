"""These tests are run on every database that stores are kept in."""

from __future__ import annotations

from tests.services.compliance.stored_alerts import base, url
from tests.services.stores import pytest_generate_tests, stores

__all__ = ["base", "pytest_generate_tests", "stores", "url"]
