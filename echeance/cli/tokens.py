"""``echeance token``: who may publish and who may read."""

from __future__ import annotations

from pathlib import Path

import click

from echeance.cli.options import DATA
from echeance.system import CREDENTIALS
from shared.http import SCOPES, Credentials
from shared.process import environment, runner, say


@click.group(
    help=say(
        "Jetons d’accès des systèmes et des personnes.", "Access tokens of systems and people."
    )
)
def token() -> None:
    """Make, list and revoke tokens."""


def _credentials(data: Path | None) -> Credentials:
    return Credentials((data or environment().data) / CREDENTIALS)


@token.command(
    help=say(
        "Crée un jeton et l’affiche, seul, une fois.", "Make a token and print it, alone, once."
    )
)
@click.argument("name")
@click.option("--scopes", required=True, help=",".join(SCOPES))
@click.option(
    "--sources",
    default="",
    help=say(
        "Sources (URI) que le jeton peut publier.", "Sources (URIs) the token may publish for."
    ),
)
@click.option(
    "--units",
    default="",
    help=say(
        "Unités que le jeton voit, et qu’il peut nommer dans une réception ou une transmission\u00a0; toutes par défaut.",
        "Units it may see, and name in a reception or a transfer; all by default.",
    ),
)
@click.option(
    "--standards",
    default="",
    help=say(
        "Engagements et services que le jeton peut nommer dans une réception\u00a0; tous par défaut.",
        "Standards and services it may name in a reception; all by default.",
    ),
)
@click.option(
    "--prefixes",
    default="",
    metavar="CAQ-,…",
    help=say(
        "Réserve aux jetons qui le nomment les dossiers dont l’identifiant commence ainsi\u00a0; le préfixe le plus long l’emporte.",
        "Reserve the files whose identifier begins so for the tokens that name the prefix; the longest prefix decides.",
    ),
)
@DATA
def new(
    name: str,
    scopes: str,
    sources: str,
    units: str,
    standards: str,
    prefixes: str,
    data: Path | None,
) -> None:
    """Print the new token alone on standard output."""
    made = _credentials(data).create(
        name,
        _split(scopes),
        sources=_split(sources),
        units=_split(units),
        standards=_split(standards),
        prefixes=_split(prefixes),
        created=runner.now(),
    )
    click.echo(made)


@token.command(
    "list",
    help=say("Liste les jetons, sans leur secret.", "List the tokens, without their secrets."),
)
@DATA
def list_tokens(data: Path | None) -> None:
    """One token a line: name, scopes, date, sources, units, standards, prefixes."""
    for one in _credentials(data).listing():
        names = {"units": one.units, "standards": one.standards, "prefixes": one.prefixes}
        of_words = [f"{name}={','.join(words)}" for name, words in names.items() if words]
        limits = " ".join([*one.sources, *of_words])
        click.echo(f"{one.name:<24}{','.join(one.scopes):<14}{one.created.date()}  {limits}")


@token.command(
    help=say("Révoque un jeton ; sans redémarrage.", "Revoke a token; no restart needed.")
)
@click.argument("name")
@DATA
def revoke(name: str, data: Path | None) -> None:
    """Forget a token."""
    _credentials(data).revoke(name)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
