"""``echeance openapi``: the embedded system's ``/openapi.json``, without opening anything.

Keys are sorted and no setting changes it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click

from echeance.system import CREDENTIALS, assemble, embedded_site
from shared.database import Database
from shared.http import Credentials
from shared.process import load_catalogue, read_settings, runner, say


@click.command(
    help=say(
        "Écrit le contrat de l’interface HTTP (OpenAPI 3.1).",
        "Write the contract of the HTTP interface (OpenAPI 3.1).",
    )
)
def openapi() -> None:
    """Print the document."""
    click.echo(text(document()), nl=False)


def document() -> dict[str, Any]:
    """The OpenAPI document of all three services' routes."""
    return asyncio.run(_document())


async def _document() -> dict[str, Any]:
    defaults = read_settings({})
    embedded = assemble(Database("sqlite+aiosqlite://"), load_catalogue(None), defaults)
    credentials = Credentials(defaults.data / CREDENTIALS)
    async with embedded_site(embedded, credentials, defaults, runner.now) as site:
        return site.app.openapi()


def text(contract: dict[str, Any]) -> str:
    """The document as it is kept beside the code: one member a line, in order."""
    return json.dumps(contract, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
