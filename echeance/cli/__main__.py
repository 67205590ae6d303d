"""The ``echeance`` command: one entry point, helpful errors, French or English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from typing_extensions import override

from echeance.cli import (
    dead_letters,
    demo,
    evaluate,
    explain,
    migrate,
    openapi,
    preview,
    publish,
    rebuild,
    report,
    services,
    standards,
    topics,
    traffic,
    up,
)
from echeance.cli.alerting import alert_mails, alertmanager
from echeance.cli.exchange import export, hooks, import_export
from echeance.cli.records import files, forget
from echeance.cli.security import access, audit, tokens
from echeance.importer import UnaccountedRowsError
from echeance.system import InUseError, OpenToOthersError
from services.clock import CatalogueRefusedError
from shared.compiled import CORE_FORM, Form
from shared.database import OvertakenError
from shared.database.migrations import SchemaError
from shared.domain import UnknownStandardError
from shared.domain.calendars import CoverageError
from shared.domain.strict_yaml import FaultsError
from shared.errors import (
    FencedError,
    RepartitionedError,
    SettingError,
    TruncatedLogError,
    UnavailableError,
)
from shared.http import CredentialsError
from shared.log import TooManyDeadLettersError
from shared.process import UnusableFileError, language, regular_files, say, shown_path

_MENDABLE = (
    CatalogueRefusedError,
    UnknownStandardError,
    UnavailableError,
    FencedError,
    TruncatedLogError,
    RepartitionedError,
    TooManyDeadLettersError,
    SettingError,
    CredentialsError,
    CoverageError,
    OvertakenError,
)


_CORE: Mapping[Form, tuple[str, str]] = {
    "compiled": ("noyau compilé", "core compiled"),
    "switched_off": (
        "noyau interprété : ECHEANCE_INTERPRETED le demande",
        "core interpreted: ECHEANCE_INTERPRETED asks for it",
    ),
    "absent": ("noyau interprété : rien n’est compilé", "core interpreted: nothing is compiled"),
    "stale": (
        "noyau interprété : des sources ont changé depuis la compilation ; make compile",
        "core interpreted: sources changed since it was compiled; make compile",
    ),
}


class _Group(click.Group):
    """Turns the errors a user can mend into one message; a bug keeps its traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = _message_of(_innermost(error))
            if message is None:
                raise
            raise click.ClickException(message) from None


def _innermost(error: BaseException) -> BaseException:
    """The error that ended a group of tasks, when it alone did."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _message_of(error: BaseException) -> str | None:
    match error:
        case InUseError():
            return say(
                f"le dossier {error} est utilisé par un autre processus echeance ; arrêtez-le d’abord, ou "
                "envoyez les événements au serveur en marche (POST /v1/events)",
                f"the directory {error} is in use by another echeance process; stop it first, or send the "
                "events to the running server (POST /v1/events)",
            )
        case UnaccountedRowsError():
            return say(
                f"des lignes de l’export ne se retrouvent nulle part ({error})\u00a0: défaut d’Échéance, à signaler\u00a0; ne pas se fier aux chiffres",
                f"rows of the export are nowhere to be found ({error}): a fault of Échéance, please report it; do not trust the figures",
            )
        case FaultsError():
            return error.within(language())
        case SchemaError() | OpenToOthersError():
            return say(error.text.fr, error.text.en)
        case UnusableFileError():
            return f"{shown_path(error.filename)}: {error.text.within(language())}"
        case OSError() if not isinstance(error, BrokenPipeError):
            why = regular_files.reason_of(error.errno).within(language()) if error.errno else error
            return f"{error.filename or ''}: {why}"
        case BaseException():
            return str(error) if isinstance(error, _MENDABLE) else None


@click.group(
    cls=_Group,
    help=say(
        "Échéance surveille les engagements de délai : compteurs en jours ouvrables, atteinte des cibles, alertes.",
        "Échéance watches service standards: counters in business days, attainment, warnings.",
    ),
)
@click.version_option(
    package_name="echeance",
    prog_name="echeance",
    message=f"%(prog)s, version %(version)s ({say(*_CORE[CORE_FORM])})",
)
def cli() -> None:
    """The group every command belongs to."""


for _command in (
    demo.demo,
    up.up,
    import_export.import_export,
    evaluate.evaluate,
    explain.explain,
    export.export,
    report.report_command,
    standards.standards,
    alertmanager.alertmanager_config_command,
    alert_mails.alerts,
    tokens.token,
    access.access,
    audit.audit,
    hooks.hooks,
    rebuild.rebuild,
    preview.preview,
    publish.publish,
    openapi.openapi,
    services.ingest,
    services.clock,
    services.compliance,
    topics.topics,
    dead_letters.dead_letters,
    files.files,
    forget.forget,
    traffic.traffic,
    migrate.migrate,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command; exit status 0, 1 for an error told, 2 for a wrong use."""
    cli(prog_name="echeance")


if __name__ == "__main__":
    main()
