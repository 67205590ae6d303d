"""``echeance forget``: give a file's life to nobody, list what is due, and clean the stores.

Figures stay as they are (docs/decisions/0018-the-life-stays-whose-it-was-goes.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import click

from echeance.cli.options import DATA, catalogue_in_use, database_beside
from echeance.erasure import RebuildingError, StalledError, clean_servers
from echeance.system import (
    Distributed,
    Embedded,
    connect_services,
    event_records,
    note_change,
    open_embedded,
)
from services.clock import ClockStore, Evaluator, forget_request
from services.compliance.alerts import AlertStore
from shared.database import Database
from shared.domain import FILE_ID, Catalogue, decode_history, microseconds
from shared.erasure import FileDigests
from shared.log import FILE_EVENTS, Appender
from shared.log.kafka import RewriteError
from shared.process import Settings, distributed, environment, fail, runner, say, tell

_MOST_LISTED = 1_000


class _System(Protocol):
    """What forgetting needs of either system."""

    @property
    def log(self) -> Appender: ...

    @property
    def database(self) -> Database: ...


class _HeldFile(NamedTuple):
    """What is known of a file, and will go."""

    events: int
    sources: int
    is_open: bool
    alerts: int


@click.command(
    help=say(
        "Oublie un dossier\u00a0: son identifiant et ceux de ses événements quittent tout ce que garde Échéance, et aucun chiffre ne change. "
        "Il doit avoir pris fin. Système embarqué\u00a0: l’arrêter d’abord.",
        "Forget a file: its identifier and those of its events leave whatever Échéance keeps, and no figure changes. It must have ended. "
        "Embedded system: stop it first.",
    )
)
@click.argument("file_id", metavar="[FILE]", required=False)
@click.option("--yes", is_flag=True, help=say("Ne pas demander.", "Do not ask."))
@click.option(
    "--due",
    is_flag=True,
    help=say(
        "Liste les dossiers que la conservation du catalogue fera oublier maintenant\u00a0; n’oublie rien.",
        "List the files that the catalogue's retention has forgotten now; forgets nothing.",
    ),
)
@click.option(
    "--clean",
    is_flag=True,
    help=say(
        "Efface des sujets et des tables ce qui nomme encore les dossiers oubliés.",
        "Erase from topics and tables what still names forgotten files.",
    ),
)
@DATA
def forget(file_id: str | None, yes: bool, due: bool, clean: bool, data: Path | None) -> None:
    """Say what will go, ask, and say what is left to do."""
    if sum((file_id is not None, due, clean)) != 1:
        fail("donner un dossier, --due ou --clean", "give a file, --due or --clean")
    if due:
        asyncio.run(_list_due(data))
    elif clean:
        asyncio.run(_clean(data))
    else:
        assert file_id is not None
        if FILE_ID.fullmatch(file_id) is None:
            fail(
                f"{file_id!r} n’est pas un identifiant de dossier",
                f"{file_id!r} identifies no file",
            )
        asyncio.run(_forget(data, file_id, yes=yes))


async def _forget(data: Path | None, file_id: str, *, yes: bool) -> None:
    catalogue, now = catalogue_in_use(data, None), runner.now()
    async with _opened(data, catalogue) as system:
        held = await _held(system.database, catalogue, file_id, now)
        if held is not None and held.is_open:
            fail(
                f"{file_id} n’a pas pris fin\u00a0: le décider ou le retirer, ou annuler (voided) ce qui l’a ouvert par erreur, puis recommencer",
                f"{file_id} has not ended: decide or withdraw it, or void what opened it by mistake, then try again",
            )
        if await FileDigests(system.database).forgotten([file_id]):
            tell(
                f"{file_id} est oublié déjà.\u00a0Ce qui en viendrait encore est effacé de même.",
                f"{file_id} is forgotten already. What may still come of it is erased likewise.",
            )
            return
        _say_what_goes(file_id, held)
        if not yes and not click.confirm(
            say(f"Oublier {file_id} pour toujours\u00a0?", f"Forget {file_id} for ever?")
        ):
            tell("rien n’est changé", "nothing is changed")
            return
        request = forget_request(file_id, system.log.partitions, now)
        records = event_records([request], system.log.partitions)
        await system.log.append(FILE_EVENTS, records)
        if isinstance(system, Embedded):
            await system.catch_up(runner.now)
            cleaning = await system.clean(runner.now)
            _tell_letters(cleaning.letters, cleaning.letters_left)
            _tell_unreadable(cleaning.unreadable)
            tell(f"{file_id} est oublié et effacé.", f"{file_id} is forgotten and erased.")
        else:
            assert isinstance(system, Distributed)
            await system.catch_up()
            if not await FileDigests(system.database).forgotten([file_id]):
                fail(
                    f"{file_id} a changé entre-temps et n’est pas oublié\u00a0: voir echeance dead-letters list --reason not_forgotten",
                    f"{file_id} changed meanwhile and is not forgotten: see echeance dead-letters list --reason not_forgotten",
                )
            tell(
                f"{file_id} est oublié\u00a0; les sujets et les tables le seront par\u00a0: echeance forget --clean",
                f"{file_id} is forgotten; topics and tables will be clean after: echeance forget --clean",
            )
    # By the request's random identifier: the trail must not say whose file it was.
    await note_change(environment(), data, "file_forgotten", {"request": request.id})


def _say_what_goes(file_id: str, held: _HeldFile | None) -> None:
    if held is None:
        tell(
            f"Aucun dossier {file_id} n’est compté\u00a0; ce qui le nomme (lettres mortes) sera effacé.",
            f"No file {file_id} is counted; what names it (dead letters) will be erased.",
        )
        return
    tell(
        f"{file_id}\u00a0: {held.events} événements de {held.sources} source(s), {held.alerts} alertes. Ses identifiants seront effacés, "
        "aussi des lettres mortes\u00a0; chaque chiffre restera ce qu’il est.",
        f"{file_id}: {held.events} events of {held.sources} source(s), {held.alerts} alerts. Its identifiers will be erased, from dead "
        "letters too; every figure stays what it is.",
    )
    tell(
        "Les sauvegardes d’avant, les courriels et avis envoyés, et le système qui publie le gardent\u00a0: voir docs/operations.md.",
        "Backups made before, mails and notifications sent, and the publishing system keep it: see docs/operations.md.",
    )


async def _held(
    database: Database, catalogue: Catalogue, file_id: str, now: datetime
) -> _HeldFile | None:
    """What is known of a file; None where it is not counted."""
    stored = (await ClockStore(database).files([file_id])).get(file_id)
    if stored is None:
        return None
    history = decode_history(stored.history)
    alerts = await AlertStore(database).of_file(file_id)
    is_open = Evaluator(catalogue).is_open(history, now)
    sources = {event.source for event in history}
    return _HeldFile(len(history), len(sources), is_open, len(alerts))


async def _list_due(data: Path | None) -> None:
    catalogue, now = catalogue_in_use(data, None), runner.now()
    if not catalogue.has_retention:
        tell(
            "Le catalogue ne dit pas combien de temps garder les dossiers (retention).",
            "The catalogue does not say for how long files are kept (retention).",
        )
        return
    async with database_beside(data) as database:
        store = ClockStore(database)
        listed = due = 0
        for partition in sorted(await store.files_by_partition()):
            for word in catalogue.listed("standards"):
                if (before := catalogue.retained_from(word, now)) is None:
                    continue
                instant = microseconds(before)
                due += await store.number_ended_before(partition, word, instant)
                left = max(0, _MOST_LISTED - listed)
                for one in await store.ended_before(partition, word, instant, left):
                    click.echo(f"{one:<40}{word}")
                    listed += 1
    if listed < due:
        tell(f"les {listed} premiers sont listés", f"the first {listed} are listed")
    tell(f"à oublier\u00a0: {due}", f"due: {due}")


async def _clean(data: Path | None) -> None:
    settings = environment()
    if not settings.kafka or data is not None:
        async with _opened(data, catalogue_in_use(data, None)) as system:
            assert isinstance(system, Embedded)
            cleaning = await system.clean(runner.now)
        tell(f"effacés\u00a0: {cleaning.erased}", f"erased: {cleaning.erased}")
        _tell_letters(cleaning.letters, cleaning.letters_left)
        _tell_unreadable(cleaning.unreadable)
        return
    await _clean_servers(settings)


async def _clean_servers(settings: Settings) -> None:
    async with distributed.database(settings), distributed.cluster(settings) as log:
        database = Database(settings.database, command_seconds=None)
        try:
            cleaned = await clean_servers(log, database, runner.now, lambda _: None)
        except RebuildingError:
            fail(
                "une reconstruction est en cours\u00a0: recommencer quand elle sera finie",
                "a rebuild is running: try again once it has ended",
            )
        except RewriteError as error:
            fail(
                f"une copie n’est pas ce qui devait être copié\u00a0: défaut d’Échéance, à signaler\u00a0; rien n’est effacé ({error})",
                f"a copy is not what was to be copied: a fault of Échéance, please report it; nothing is deleted ({error})",
            )
        except StalledError as error:
            fail(
                f"le service {error} n’avance pas\u00a0: le lancer, puis recommencer\u00a0; rien n’est perdu",
                f"the {error} service does not move: start it, then try again; nothing is lost",
            )
        finally:
            await database.close()
    for (topic, partition), one in cleaned.partitions.items():
        click.echo(f"{topic}[{partition}]: {one.copied} + {one.erased} → @{one.begins_at}")
    if expired := sum(one.expired for one in cleaned.partitions.values()):
        tell(
            f"pas recopiés, ayant passé la durée de leur sujet\u00a0: {expired}",
            f"not copied, past the retention of their topic: {expired}",
        )
    tell(f"effacés\u00a0: {cleaned.erased}", f"erased: {cleaned.erased}")
    _tell_letters(cleaned.letters, cleaned.letters_left)
    _tell_unreadable(cleaned.unreadable)
    if cleaned.not_before is not None and cleaned.not_before > runner.now():
        when = cleaned.not_before.isoformat(timespec="seconds")
        tell(
            f"en attente\u00a0: {cleaned.waiting}, jusqu’à ce que leurs segments soient fermés (le premier\u00a0: {when})",
            f"waiting: {cleaned.waiting}, until their segments are closed (the first: {when})",
        )
    elif cleaned.waiting:
        tell(
            f"en attente\u00a0: {cleaned.waiting}, pas encore mesurés ou d’un autre lot\u00a0: recommencer",
            f"waiting: {cleaned.waiting}, not measured yet or of another batch: run this again",
        )


@asynccontextmanager
async def _opened(data: Path | None, catalogue: Catalogue) -> AsyncIterator[_System]:
    """The running distributed system, or a data directory that nobody uses."""
    settings = environment()
    if settings.kafka and data is None:
        async with connect_services(settings) as system:
            yield system
    else:
        settings = settings._replace(data=data or settings.data)
        async with open_embedded(settings, catalogue) as embedded:
            yield embedded


def _tell_letters(erased: int, left: int) -> None:
    """How many dead letters only named a file, if any."""
    if erased or left:
        tell(
            f"lettres mortes qui nomment un dossier\u00a0: {erased} effacées, {left} d’autres sources ou d’aucune laissées",
            f"dead letters that name a file: {erased} erased, {left} of other sources or of none left",
        )


def _tell_unreadable(records: int) -> None:
    """How many audit records of a file are none, if any."""
    if records:
        tell(
            f"inscriptions illisibles au journal des accès, que quelqu’un a modifiées\u00a0: {records}\u00a0; voir echeance audit verify",
            f"unreadable records in the audit trail, which somebody altered: {records}; see echeance audit verify",
        )
