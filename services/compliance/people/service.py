"""Sessions and the provider, from the settings of a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.compliance.people.access import AccessControl
from services.compliance.people.keeper import SessionKeeper, SessionLimits
from services.compliance.people.oidc import oidc_provider
from services.compliance.people.store import SessionStore
from shared.database import Database
from shared.domain import Catalogue
from shared.errors import SettingError
from shared.http import Credentials
from shared.process import Now, Settings


@asynccontextmanager
async def people(
    settings: Settings, database: Database, catalogue: Catalogue, tokens: Credentials, wall: Now
) -> AsyncIterator[SessionKeeper]:
    """Who signs in, by which provider if one is set; raises ``SettingError`` or ``FaultsError``."""
    limits = SessionLimits(
        timedelta(seconds=settings.sign_in_idle_seconds),
        timedelta(seconds=settings.sign_in_seconds),
        settings.sign_in_sessions,
        timedelta(seconds=settings.oidc_refresh_seconds),
    )
    store = SessionStore(database)
    if not settings.oidc_issuer:
        yield SessionKeeper(store, tokens, wall, limits)
        return
    if settings.access is None:
        raise SettingError(
            "ECHEANCE_ACCESS must name the file of groups and rights beside ECHEANCE_OIDC_ISSUER"
        )
    access = AccessControl(settings.access, catalogue)
    async with oidc_provider(settings, wall) as provider:
        yield SessionKeeper(
            store,
            tokens,
            wall,
            limits,
            provider=provider,
            access=access,
            by_token=settings.sign_in_by_token == "on",
        )
