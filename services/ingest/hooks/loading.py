"""The webhooks of a file, with the mappings and the secrets that it names. The only IO of the package.

Read once, when ingest starts: a changed file or secret needs a restart, and two secrets at once
make that safe. No error and no log shows a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from services.ingest.hooks.hook_file import HookEntry, SecretSource, read_hook_file
from services.ingest.hooks.replays import ReplayMemory
from services.ingest.hooks.signatures import SignatureVerifier
from shared.domain import Catalogue
from shared.domain.strict_yaml import Document, Fault, FaultsError
from shared.mapping import ExportMapping, ValueReader, read_value_mapping
from shared.process import regular_files
from shared.settings import HOOK_SECRET, hook_secret
from shared.text import Text

LEAST_SECRET_CHARACTERS: Final = 16

_SECRET_SHORT: Final = Text(
    f"ce secret a moins de {LEAST_SECRET_CHARACTERS} caractères, ou n’est pas défini",
    f"this secret has fewer than {LEAST_SECRET_CHARACTERS} characters, or is not set",
)
_SECRET_FORM: Final = Text(
    "ce secret n’est pas en base64 (whsec_…)", "this secret is not base64 (whsec_…)"
)


class Signature(NamedTuple):
    """How deliveries of a hook are signed, and by the permissions of which token they act."""

    token: str
    verifier: SignatureVerifier


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook at work; its reader and memory belong to one process and one thread."""

    name: str
    source: str
    reader: ValueReader
    signature: Signature | None
    replays: ReplayMemory


class Hooks(NamedTuple):
    """The webhooks by name, and the origins of the handshake with their rates."""

    by_name: Mapping[str, Hook]
    origins: Mapping[str, int | str]


NO_HOOKS: Final = Hooks({}, {})


def load_hooks(path: Path, catalogue: Catalogue) -> Hooks:
    """The webhooks of a file; raises ``FaultsError`` for it or a mapping, OSError if it is unreadable."""
    entries, document = read_hook_file(regular_files.read_text(path), path.name)
    faults: list[Fault] = []
    hooks = {}
    for name, entry in entries.hooks.items():
        try:
            mapping = _mapping(path, entry, catalogue)
        except OSError as error:
            faults.append(document.fault(("hooks", name, "mapping"), _unreadable(error)))
            continue
        signature = _signature(path, name, entry, document, faults)
        hooks[name] = Hook(name, mapping.source, ValueReader(mapping), signature, ReplayMemory())
    if faults:
        raise FaultsError(path.name, faults)
    return Hooks(hooks, entries.origins)


def load_mapping(path: Path, name: str, catalogue: Catalogue) -> ExportMapping | None:
    """The mapping of one webhook of a file, without its secrets; None if there is no such webhook."""
    entries, _ = read_hook_file(regular_files.read_text(path), path.name)
    entry = entries.hooks.get(name)
    return None if entry is None else _mapping(path, entry, catalogue)


def _mapping(path: Path, entry: HookEntry, catalogue: Catalogue) -> ExportMapping:
    beside = path.parent / entry.mapping
    return read_value_mapping(regular_files.read_text(beside), beside.name, catalogue)


def _signature(
    path: Path, name: str, entry: HookEntry, document: Document, faults: list[Fault]
) -> Signature | None:
    if entry.signature is None:
        return None
    keys = []
    for index, source in enumerate(entry.secrets or ()):
        where = ("hooks", name, "secrets", index)
        secret = _secret(path, source)
        if isinstance(secret, Text) or len(secret) < LEAST_SECRET_CHARACTERS:
            text = secret if isinstance(secret, Text) else _SECRET_SHORT
            faults.append(document.fault(where, text))
            continue
        try:
            keys.append(entry.signature.key_of(secret))
        except ValueError:
            faults.append(document.fault(where, _SECRET_FORM))
    return Signature(entry.token or "", SignatureVerifier(entry.signature, keys))


def _secret(path: Path, source: SecretSource) -> str | Text:
    """A secret, or why it cannot be read."""
    if source.environment is not None:
        return hook_secret(source.environment.removeprefix(f"ECHEANCE_{HOOK_SECRET}"))
    try:
        return regular_files.read_text(path.parent / (source.file or "")).strip()
    except OSError as error:
        return _unreadable(error)


def _unreadable(error: OSError) -> Text:
    reason = regular_files.reason_of(error.errno)  # other words may quote a byte of a secret
    return Text(
        f"ce fichier ne peut pas être lu\u00a0: {reason.fr}",
        f"this file cannot be read: {reason.en}",
    )
