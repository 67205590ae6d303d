"""``echeance openapi``: the contract of the HTTP interface, as the embedded system serves it at ``/openapi.json``.

Nothing is opened for it, and it says the same everywhere: its order is that of the alphabet, and no setting changes it.
"""

from __future__ import annotations

import json
from typing import Any

import click

from echeance.system.embedded import CREDENTIALS, assemble
from echeance.system.site import embedded_application
from services.compliance.alerts import api
from services.compliance.alerts.store import AlertStore
from services.compliance.alerts.stream import AlertStream
from services.ingest.publisher import Publisher
from shared.database.engine import Database
from shared.http.credentials import Credentials
from shared.process import runner
from shared.process.settings import read_settings
from shared.process.shipped import load_catalogue
from shared.process.terminal import say


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
    defaults = read_settings({})
    embedded = assemble(Database("sqlite+aiosqlite://"), load_catalogue(None), defaults)
    credentials = Credentials(defaults.data / CREDENTIALS)
    store = AlertStore(embedded.database)
    alerts = api.router(store, AlertStream(store), embedded.catalogue, runner.now)
    app = embedded_application(
        embedded, Publisher(embedded.log), credentials, defaults, runner.now, [alerts]
    )
    return app.openapi()


def text(contract: dict[str, Any]) -> str:
    """The document as it is kept beside the code: one member a line, in order."""
    return json.dumps(contract, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
