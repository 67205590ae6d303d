"""The file of webhooks, ``hooks.yaml``, as validated data; faults have their line and column.

The mappings and secrets that it names are read by :mod:`services.ingest.hooks.loading`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.ingest.hooks.signatures import SCHEMES, SignatureScheme
from shared.domain.calendars import StrictModel
from shared.domain.strict_yaml import Document, UnusableValueError, cited, reader
from shared.settings import HOOK_SECRET

MOST_HOOKS: Final = 100
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ORIGIN: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_VARIABLE: Final = re.compile(rf"ECHEANCE_{HOOK_SECRET}[A-Z0-9_]{{1,64}}")


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise UnusableValueError(
            f"{cited(name)} n’est pas un nom de webhook\u00a0: au plus 64 lettres minuscules, chiffres et traits d’union",
            f"{name!r} is not the name of a webhook: at most 64 lower-case letters, digits and hyphens",
        )
    return name


def _origin(name: str) -> str:
    if _ORIGIN.fullmatch(name) is None:
        raise UnusableValueError(
            f"{cited(name)} n’est pas un nom DNS, tel que eventemitter.example.com",
            f"{name!r} is not a DNS name, such as eventemitter.example.com",
        )
    return name.lower()


def _variable(name: str) -> str:
    if _VARIABLE.fullmatch(name) is None:
        raise UnusableValueError(
            f"écrivez une variable telle que ECHEANCE_{HOOK_SECRET}TICKETS",
            f"write a variable such as ECHEANCE_{HOOK_SECRET}TICKETS",
        )
    return name


def _scheme(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in SCHEMES:
        raise UnusableValueError(
            f"écrivez {', '.join(SCHEMES)}, ou décrivez la signature (header, prefix, signed…)",
            f"write {', '.join(SCHEMES)}, or describe the signature (header, prefix, signed…)",
        )
    return SCHEMES[value]


class SecretSource(StrictModel):
    """Where a secret is: a file, from the folder of the hooks, or an environment variable."""

    file: Annotated[str, Field(min_length=1)] | None = None
    environment: Annotated[str, AfterValidator(_variable)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretSource:
        if (self.file is None) == (self.environment is None):
            raise UnusableValueError(
                "donnez soit un fichier (file), soit une variable (environment)",
                "give either a file or an environment variable",
            )
        return self


class HookEntry(StrictModel):
    """One webhook: how its deliveries are read, and how they prove whence they come.

    Signed, it acts by the permissions of the ``token`` of that name, and any of the ``secrets`` is
    good. Unsigned, each delivery brings a token that may publish for the source of the mapping.
    """

    mapping: Annotated[str, Field(min_length=1)]
    signature: Annotated[SignatureScheme, BeforeValidator(_scheme)] | None = None
    secrets: Annotated[Sequence[SecretSource], Field(min_length=1, max_length=5)] | None = None
    token: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _all_of_a_signature(self) -> HookEntry:
        if len({self.signature is None, self.secrets is None, self.token is None}) != 1:
            raise UnusableValueError(
                "signature, secrets et token vont ensemble\u00a0; sans eux, chaque envoi apporte son jeton",
                "signature, secrets and token go together; without them each delivery brings its token",
            )
        return self


class HookFile(StrictModel):
    """``hooks`` by name, and the ``origins`` that may deliver: requests a minute, or ``*`` for any.

    Origins are those of the CloudEvents handshake, which protects others from senders; they give
    no permission.
    """

    hooks: Annotated[
        Mapping[Annotated[str, AfterValidator(_name)], HookEntry],
        Field(min_length=1, max_length=MOST_HOOKS),
    ]
    origins: Mapping[
        Annotated[str, AfterValidator(_origin)],
        Annotated[int, Field(ge=1, le=1_000_000)] | Literal["*"],
    ] = {}


def read_hook_file(text: str, name: str) -> tuple[HookFile, Document]:
    """The file of hooks and its document; raises ``FaultsError`` with every fault's place."""
    return reader.read(HookFile, text, name)
