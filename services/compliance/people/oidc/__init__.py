"""OpenID Connect: a provider that people sign in at, and what it says of them, verified."""

from services.compliance.people.oidc import flow
from services.compliance.people.oidc.errors import ProviderAwayError, SignInRefusedError
from services.compliance.people.oidc.identity import LogoutNotice, PersonIdentity, ProviderTokens
from services.compliance.people.oidc.provider import Provider, oidc_provider
