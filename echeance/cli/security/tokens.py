"""``echeance token``: who may publish and who may read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import click
from typing_extensions import override

from echeance.cli.options import DATA, credentials_in_use, database_beside
from echeance.system import DATABASE, note_change
from shared.audit import AuditStore
from shared.database.migrations import SchemaError
from shared.errors import UnavailableError
from shared.http import SCOPES, Credential
from shared.process import environment, fail, runner, say

_A_YEAR: Final = "365d"
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_NEVER: Final = "never"
_ASK_SECONDS: Final = 5.0


class _End(click.ParamType[datetime | None]):
    """When a token ends: ``90d``, a date (in UTC, at its beginning), or ``never``."""

    name = "90d|DATE|never"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | None:
        text = str(value)
        if text == _NEVER:
            return None
        if found := _DAYS.fullmatch(text):
            return runner.now() + timedelta(days=int(found[1]))
        try:
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        except ValueError:
            why = say("écrire 90d, 2027-03-31 ou never", "write 90d, 2027-03-31 or never")
            self.fail(why, param, ctx)


class _Overlap(click.ParamType[timedelta]):
    """For how long the old secret stays valid: ``7d``, or ``0d``."""

    name = "7d"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        found = _DAYS.fullmatch(str(value))
        if found is None and value != "0d":
            self.fail(say("écrire 7d", "write 7d"), param, ctx)
        return timedelta(days=int(found[1]) if found else 0)


_EXPIRES = click.option(
    "--expires",
    type=_End(),
    default=_A_YEAR,
    help=say(
        "Fin du jeton\u00a0: dans 90 jours (90d), une date, ou never\u00a0; un an par défaut.",
        "When the token ends: in 90 days (90d), on a date, or never; a year by default.",
    ),
)


@click.group(
    help=say(
        "Jetons d’accès des systèmes et des personnes.", "Access tokens of systems and people."
    )
)
def token() -> None:
    """Make, list, rotate and revoke tokens."""


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
@_EXPIRES
@DATA
def new(
    name: str,
    scopes: str,
    sources: str,
    units: str,
    standards: str,
    prefixes: str,
    expires: datetime | None,
    data: Path | None,
) -> None:
    """Print the new token alone on standard output."""
    made = credentials_in_use(data).create(
        name,
        _split(scopes),
        sources=_split(sources),
        units=_split(units),
        standards=_split(standards),
        prefixes=_split(prefixes),
        created=runner.now(),
        expires=expires,
    )
    click.echo(made)
    scopes_text, end = ",".join(_split(scopes)), _written(expires)
    _note(data, "token_made", {"token": name, "scopes": scopes_text, "expires": end})


@token.command(
    help=say(
        "Donne un nouveau secret à un jeton et l’affiche, seul, une fois\u00a0; l’ancien vaut encore pendant le chevauchement.",
        "Give a token a new secret and print it, alone, once; the old one stays valid for the overlap.",
    )
)
@click.argument("name")
@click.option(
    "--overlap",
    type=_Overlap(),
    default="7d",
    help=say(
        "Durée pendant laquelle l’ancien secret vaut encore\u00a0; 7 jours par défaut, 0d pour y mettre fin tout de suite.",
        "For how long the old secret stays valid; 7 days by default, 0d to end it at once.",
    ),
)
@_EXPIRES
@DATA
def rotate(name: str, overlap: timedelta, expires: datetime | None, data: Path | None) -> None:
    """Print the new secret alone on standard output; permissions stay."""
    store = credentials_in_use(data)
    click.echo(store.rotate(name, created=runner.now(), expires=expires, overlap=overlap))
    detail = {"token": name, "expires": _written(expires), "overlap_days": overlap.days}
    _note(data, "token_rotated", detail)


@token.command(
    help=say(
        "Nomme le jeton qui commence ainsi\u00a0: les 8 caractères après ech_, ou un jeton entier trouvé dans un journal.",
        "Name the token that begins so: the 8 characters after ech_, or a whole token found in a log.",
    )
)
@click.argument("prefix")
@DATA
def find(prefix: str, data: Path | None) -> None:
    """The same lines as ``list``; status 1 where no token begins so."""
    found = credentials_in_use(data).beginning_with(prefix)
    if not found:
        fail(
            "aucun jeton ne commence ainsi\u00a0: il est révoqué, d’un autre système, ou d’avant que ce début ne soit gardé",
            "no token begins so: it was revoked, is another system’s, or was made before beginnings were kept",
        )
    _list(found, asyncio.run(_last_uses(data)))


@token.command(
    "list",
    help=say("Liste les jetons, sans leur secret.", "List the tokens, without their secrets."),
)
@DATA
def list_tokens(data: Path | None) -> None:
    """One secret a line: name, its beginning, scopes, day of creation and of its end, limits."""
    _list(credentials_in_use(data).listing(), asyncio.run(_last_uses(data)))


async def _last_uses(data: Path | None) -> Mapping[str, datetime] | None:
    """When each secret was last used; None where the command reaches no database."""
    settings = environment()
    is_distributed = bool(settings.kafka) and data is None
    directory = (data or settings.data) / DATABASE
    if not (settings.database if is_distributed else directory.exists()):
        return None
    try:
        async with asyncio.timeout(_ASK_SECONDS), database_beside(data) as database:
            return await AuditStore(database).last_uses()
    except (SchemaError, UnavailableError, TimeoutError):
        return None


def _list(tokens: Sequence[Credential], uses: Mapping[str, datetime] | None) -> None:
    now = runner.now()
    for one in tokens:
        names = {"units": one.units, "standards": one.standards, "prefixes": one.prefixes}
        of_words = [f"{name}={','.join(words)}" for name, words in names.items() if words]
        limits = " ".join([*one.sources, *of_words])
        begins = f"ech_{one.begins}…" if one.begins else "—"
        dates = f"{one.created.date()}  {_end(one, now):<18}{_used(one, uses):<24} "
        click.echo(
            f"{one.name:<23} {begins:<15}{','.join(one.scopes):<13} {dates}{limits}".rstrip()
        )


def _used(one: Credential, uses: Mapping[str, datetime] | None) -> str:
    if uses is None or not one.begins:
        return say("usage inconnu", "use unknown")
    used = uses.get(one.begins)
    if used is None:
        return say("jamais utilisé", "never used")
    return say(f"utilisé {used:%Y-%m-%d %H:%M}", f"used {used:%Y-%m-%d %H:%M}")


def _end(one: Credential, now: datetime) -> str:
    if one.expires is None:
        return say("sans fin", "never ends")
    if one.has_expired(now):
        return say(f"fini {one.expires.date()}", f"ended {one.expires.date()}")
    return f"→ {one.expires.date()}"


@token.command(
    help=say("Révoque un jeton ; sans redémarrage.", "Revoke a token; no restart needed.")
)
@click.argument("name")
@DATA
def revoke(name: str, data: Path | None) -> None:
    """Forget a token."""
    credentials_in_use(data).revoke(name)
    _note(data, "token_revoked", {"token": name})


def _written(expires: datetime | None) -> str:
    return expires.isoformat() if expires else _NEVER


def _note(data: Path | None, what: str, detail: Mapping[str, Any]) -> None:
    settings = environment()
    asyncio.run(note_change(settings, data or settings.data, what, detail))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
