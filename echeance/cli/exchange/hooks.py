"""``echeance hooks``: check the file of webhooks, try a recorded delivery, begin a mapping."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from echeance.cli.options import ANY_CATALOGUE, DATA, catalogue_in_use
from services.ingest.cloudevents import InvalidEventsError, Rules, foreign_value
from services.ingest.foreign_values import ForeignEvents, InvalidValueError, foreign_events
from services.ingest.hooks import MOST_BODY_BYTES, load_hooks, load_mapping
from shared.domain import encode
from shared.mapping import ValueReader
from shared.process import (
    environment,
    fail,
    language,
    mapping_profile,
    mapping_profiles,
    runner,
    say,
)

HOOKS = click.option(
    "--hooks",
    "hooks_file",
    type=click.Path(path_type=Path),
    help=say(
        "Fichier des webhooks ; sinon ECHEANCE_HOOKS.", "File of webhooks; else ECHEANCE_HOOKS."
    ),
)


@click.group(
    help=say(
        "Webhooks d’autres systèmes : « check » vérifie le fichier, « try » essaie un envoi, « profile » commence une correspondance.",
        "Webhooks of other systems: `check` checks the file, `try` tries a delivery, `profile` begins a mapping.",
    )
)
def hooks() -> None:
    """Check and try webhooks; nothing is sent."""


@hooks.command(
    help=say(
        "Vérifie le fichier, ses correspondances et ses secrets : la ligne et la colonne de chaque faute.",
        "Check the file, its mappings and its secrets: the line and column of every fault.",
    )
)
@HOOKS
@DATA
@ANY_CATALOGUE
def check(hooks_file: Path | None, data: Path | None, catalogue_file: Path | None) -> None:
    """List the webhooks of a file that can be used."""
    loaded = load_hooks(_file(hooks_file), catalogue_in_use(data, catalogue_file))
    for name, hook in loaded.by_name.items():
        signed = say("par jeton", "by token")
        if hook.signature is not None:
            token = hook.signature.token
            signed = say(f"signé, droits du jeton {token}", f"signed, permissions of {token}")
        click.echo(f"/v1/hooks/{name:<24} {hook.source}  {signed}")


@hooks.command(
    "try",
    help=say(
        "Dit ce qu’un envoi enregistré donnerait : événements (JSON, un par ligne), ce qui est ignoré, et chaque faute.",
        "Say what a recorded delivery would give: events (JSON, one a line), what is ignored, and every fault.",
    ),
)
@click.argument("name")
@click.argument("payload", type=click.File("rb"))
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME:VALUE",
    help=say("En-tête de l’envoi, tel que ce-type.", "Header of the delivery, such as ce-type."),
)
@HOOKS
@DATA
@ANY_CATALOGUE
def try_delivery(
    name: str,
    payload: BinaryIO,
    headers: tuple[str, ...],
    hooks_file: Path | None,
    data: Path | None,
    catalogue_file: Path | None,
) -> None:
    """Print the events of a delivery; exit status 1 where it would be refused.

    Signatures and the permissions of tokens are not looked at.
    """
    catalogue = catalogue_in_use(data, catalogue_file)
    mapping = load_mapping(_file(hooks_file), name, catalogue)
    if mapping is None:
        fail(f"aucun webhook {name!r} dans ce fichier", f"no webhook {name!r} in this file")
    body = payload.read(MOST_BODY_BYTES + 1)
    if len(body) > MOST_BODY_BYTES:
        fail(f"plus de {MOST_BODY_BYTES} octets", f"more than {MOST_BODY_BYTES} bytes")
    rules = Rules(
        catalogue=catalogue,
        now=runner.now(),
        future_tolerance=environment().future_tolerance,
        sources={mapping.source},
        personal_identifiers=environment().personal_identifiers,
    )
    try:
        value = foreign_value(_raw(headers), body, trust_attributes=True)
        found = foreign_events(ValueReader(mapping), value, rules)
    except InvalidEventsError as error:
        for one in error.faults:
            click.echo(f"{one.pointer}: {one.detail(language())}", err=True)
        sys.exit(1)
    except InvalidValueError as error:
        _print_faults(error)
        sys.exit(1)
    _print_events(found)


def _file(hooks_file: Path | None) -> Path:
    file = hooks_file or environment().hooks
    if file is None:
        fail(
            "donner le fichier des webhooks\u00a0: --hooks, ou ECHEANCE_HOOKS",
            "give the file of webhooks: --hooks, or ECHEANCE_HOOKS",
        )
    return file


def _raw(headers: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    pairs = [header.partition(":") for header in headers]
    return [(name.strip().lower().encode(), value.strip().encode()) for name, _, value in pairs]


def _print_faults(error: InvalidValueError) -> None:
    spoken = language()
    item_of = say("élément", "item")
    for item, pointer, reason in error.unreadable:
        click.echo(f"{item_of} {item}, {pointer}: {reason.text.within(spoken)}", err=True)
    for one in error.refused:
        click.echo(f"{item_of} {one.index} → {one.pointer}: {one.detail(spoken)}", err=True)


def _print_events(found: ForeignEvents) -> None:
    for event in found.events:
        click.echo(encode(event).decode())
    summary = say(
        f"{len(found.events)} événement(s), {found.read.silent} élément(s) ignoré(s)",
        f"{len(found.events)} event(s), {found.read.silent} item(s) ignored",
    )
    names = "".join(f"\n{count:>8}  {name}" for name, count in found.read.ignored_as.items())
    click.echo(summary + names, err=True)


@hooks.command(
    help=say(
        "Écrit une correspondance commentée pour un système connu, à adapter.",
        "Write a mapping with comments for a known system, to adapt.",
    )
)
@click.argument("name", type=click.Choice(mapping_profiles()))
def profile(name: str) -> None:
    """Print a shipped mapping."""
    click.echo(mapping_profile(name, language()), nl=False)
