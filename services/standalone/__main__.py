"""The ``echeance`` command: one entry point, helpful errors, French or English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from typing_extensions import override

from services.clock.store import CatalogueRefusedError
from services.standalone import (
    administration,
    demo,
    evaluating,
    explaining,
    importing,
    serving,
)
from services.standalone.embedded import InUseError
from services.standalone.words import say
from shared.holiday import HolidayError
from shared.log import FencedError, TruncatedLogError, UnavailableError
from shared.yaml_positions import FaultsError


class _Group(click.Group):
    """Turns the errors a user can mend into one message; a bug keeps its traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InUseError as error:
            raise click.ClickException(_in_use(error)) from None
        except (FaultsError, HolidayError, CatalogueRefusedError, UnavailableError) as error:
            raise click.ClickException(str(error)) from None
        except (FencedError, TruncatedLogError) as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(
                f"{error.filename or ''}: {error.strerror or error}"
            ) from None


def _in_use(error: InUseError) -> str:
    return say(
        f"le dossier {error} est utilisé par un autre processus echeance ; arrêtez-le d’abord, ou "
        "envoyez les événements au serveur en marche (POST /v1/events)",
        f"the directory {error} is in use by another echeance process; stop it first, or send the "
        "events to the running server (POST /v1/events)",
    )


@click.group(
    cls=_Group,
    help=say(
        "Échéance surveille les engagements de délai : compteurs en jours ouvrables, atteinte des cibles, alertes.",
        "Échéance watches service standards: counters in business days, attainment, warnings.",
    ),
)
@click.version_option(package_name="echeance", prog_name="echeance")
def cli() -> None:
    """The group every command belongs to."""


_COMMANDS: tuple[Callable[..., Any], ...] = (
    demo.demo,
    serving.up,
    importing.import_export,
    evaluating.evaluate,
    explaining.explain,
    administration.report_command,
    administration.standards,
    administration.token,
    administration.rebuild,
)
for _command in _COMMANDS:
    assert isinstance(_command, click.Command)
    cli.add_command(_command)


def main() -> None:
    """Run the command; exit status 0, 1 for an error told, 2 for a wrong use."""
    cli(prog_name="echeance")


if __name__ == "__main__":
    main()
