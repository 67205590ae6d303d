"""A ministry's realm: its people, their groups, and Échéance as a confidential client."""

from __future__ import annotations

from typing import Any, Final

CLIENT: Final = "echeance"
SECRET: Final = "not-a-secret"
PASSWORD: Final = "correct horse"
ACCESS: Final = """
contact: {fr: "le bureau des accès, poste 4000", en: "the access desk, extension 4000"}
groups:
  laval: {units: [laval]}
  direction: {units: all, rights: [read, explain]}
"""


def realm(public_url: str) -> dict[str, Any]:
    """As an administrator would set it up; docs/sign-in.md says how."""
    return {
        "enabled": True,
        "groups": [{"name": name} for name in ("laval", "direction", "others")],
        "users": [_user("mtremblay", "Marie", "laval"), _user("jroy", "Jean", "direction"), _user("pgagnon", "Paul", "others")],
        "clients": [_client(public_url)],
    }  # fmt: skip


def _user(name: str, first: str, *groups: str) -> dict[str, Any]:
    return {
        "username": name,
        "enabled": True,
        "firstName": first,
        "lastName": name[1:].capitalize(),
        "email": f"{name}@example.org",
        "emailVerified": True,
        "groups": list(groups),
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
    }


def _client(public_url: str) -> dict[str, Any]:
    claims = {"claim.name": "groups", "full.path": "false", "id.token.claim": "true", "access.token.claim": "false", "userinfo.token.claim": "true"}  # fmt: skip
    return {
        "clientId": CLIENT,
        "secret": SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": [f"{public_url}/sign-in/oidc/callback"],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": f"{public_url}/sign-in",
            "backchannel.logout.url": f"{public_url}/sign-out/oidc",
            "backchannel.logout.session.required": "true",
        },
        "protocolMappers": [{"name": "groups", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper", "config": claims}],
    }  # fmt: skip
