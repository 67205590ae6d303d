"""``echeance access``: check the file of groups and rights, list sessions and end them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from echeance.cli.options import ANY_CATALOGUE, DATA, catalogue_in_use, database_beside
from services.compliance.people import SessionStore, StoredSession, access_file
from shared.domain import from_microseconds
from shared.process import environment, fail, say, tell


@click.group(
    help=say(
        "Qui se connecte\u00a0: « check » vérifie access.yaml, « sessions » les liste, « end » y met fin.",
        "Who signs in: `check` checks access.yaml, `sessions` lists them, `end` ends them.",
    )
)
def access() -> None:
    """The rights of groups, and the sessions of people."""


@access.command(
    help=say(
        "Vérifie le fichier\u00a0: la ligne et la colonne de chaque faute, et ce que peut chaque groupe. Avec --group, ce que peut quelqu’un de ces groupes.",
        "Check the file: the line and column of every fault, and what each group may do. With --group, what somebody in these groups may do.",
    )
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--group", "groups", multiple=True, help=say("Un groupe.", "A group."))
@DATA
@ANY_CATALOGUE
def check(
    file: Path | None, groups: tuple[str, ...], data: Path | None, catalogue_file: Path | None
) -> None:
    """Say what the groups may do, or all of some together."""
    path = file or environment().access
    if path is None:
        fail(
            "donner le fichier, ou régler ECHEANCE_ACCESS", "give the file, or set ECHEANCE_ACCESS"
        )
    catalogue = catalogue_in_use(data, catalogue_file)
    text = path.read_text(encoding="utf-8")
    found = access_file.load(text, catalogue, str(path))
    for one in [groups] if groups else [(name,) for name in found.groups]:
        click.echo(f"{' + '.join(one)}: {_in_words(found.rights(one))}")


@access.command(
    help=say(
        "Liste les sessions\u00a0: la personne, le début, la dernière activité, le navigateur.",
        "List the sessions: the person, beginning, last activity, browser.",
    )
)
@DATA
def sessions(data: Path | None) -> None:
    """Print a session a line; the person is what ``end`` takes."""
    for one in asyncio.run(_sessions(data)):
        begun, seen = (from_microseconds(at).isoformat("T", "minutes") for at in (one.begun_at, one.seen_at))  # fmt: skip
        click.echo(f"{one.person}\t{one.name}\t{begun}\t{seen}\t{one.agent}")


async def _sessions(data: Path | None) -> Sequence[StoredSession]:
    async with database_beside(data) as database:
        return await SessionStore(database).every()


@access.command(
    help=say(
        "Met fin aux sessions d’une personne («\u00a0token NOM\u00a0» ou «\u00a0oidc SUJET\u00a0», voir « sessions »), ou à toutes.",
        "End the sessions of a person (`token NAME` or `oidc SUBJECT`, see `sessions`), or all.",
    )
)
@click.argument("person", required=False)
@click.option("--all", "every", is_flag=True, help=say("Toutes les sessions.", "Every session."))
@DATA
def end(person: str | None, every: bool, data: Path | None) -> None:
    """End sessions, and say how many."""
    if (person is None) != every:
        fail("donner une personne, ou --all", "give a person, or --all")
    ended = asyncio.run(_end(person, data))
    tell(f"sessions terminées\u00a0: {ended}", f"sessions ended: {ended}")


async def _end(person: str | None, data: Path | None) -> int:
    async with database_beside(data) as database:
        store = SessionStore(database)
        return await (store.end_every() if person is None else store.end_of_person(person))


def _in_words(rights: access_file.Rights | None) -> str:
    if rights is None:
        return say("aucun droit", "no right")
    units = say("toutes les unités", "every unit")
    if rights.units is not None:
        units = ", ".join(sorted(rights.units))
    if "read" not in rights.scopes:
        units = say("aucun dossier", "no file")
    return f"{', '.join(sorted(rights.scopes))} ({units})"
