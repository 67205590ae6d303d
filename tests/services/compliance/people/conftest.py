"""A site whose people sign in at a provider; what a database has no part in is tested on one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.services.compliance.people.offices import Office, office
from tests.services.compliance.people.provider import SigningProvider, signing_provider


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def only_provider() -> AsyncIterator[SigningProvider]:
    async with signing_provider() as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def only_office(
    only_provider: SigningProvider, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("office"), only_provider) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="package")
async def provider(only_provider: SigningProvider) -> SigningProvider:
    """The provider, which tells the truth until the test has it lie."""
    only_provider.reset()
    return only_provider


@pytest_asyncio.fixture(loop_scope="package")
async def at(provider: SigningProvider, only_office: Office) -> Office:
    """The office that all share, in a browser that remembers nothing."""
    only_office.wall.ahead = timedelta()
    only_office.browser.cookies.clear()
    return only_office


@pytest_asyncio.fixture(loop_scope="package")
async def new(
    provider: SigningProvider, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office that knows nothing of the provider yet."""
    async with office(tmp_path_factory.mktemp("office"), provider) as opened:
        yield opened
