"""``echeance openapi``: the contract of the HTTP interface, as the embedded system serves it at ``/openapi.json``.

Nothing is opened for it, and it says the same everywhere: its order is that of the alphabet, and no setting changes it.
"""

from __future__ import annotations

import json
from typing import Any

import click

from services.compliance import alert_api
from services.compliance.alert_store import AlertStore
from services.compliance.alert_stream import AlertStream
from services.ingest.publisher import Publisher
from services.standalone.embedded import CREDENTIALS, assemble
from services.standalone.serving import embedded_application
from services.standalone.words import say
from shared import service
from shared.credentials import Credentials
from shared.database import Database
from shared.settings import settings
from shared.shipped import load_catalogue


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
    defaults = settings({})
    embedded = assemble(Database("sqlite+aiosqlite://"), load_catalogue(None), defaults)
    credentials = Credentials(defaults.data / CREDENTIALS)
    store = AlertStore(embedded.database)
    alerts = alert_api.router(store, AlertStream(store), embedded.catalogue, service.now)
    app = embedded_application(
        embedded, Publisher(embedded.log), credentials, defaults, service.now, [alerts]
    )
    return app.openapi()


def text(contract: dict[str, Any]) -> str:
    """The document as it is kept beside the code: one member a line, in order."""
    return json.dumps(contract, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
