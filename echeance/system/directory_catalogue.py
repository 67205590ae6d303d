"""The catalogue in use of a data directory, a file beside its database.

Every command that opens the directory reads it: ``report`` and ``explain`` after an import whose
mapping named a catalogue, and ``up`` after them. An explicit catalogue wins, and is compared with
the one in use before anything is shown (``ClockStore.require``).
"""

from __future__ import annotations

from pathlib import Path

from echeance.system.private_files import replace_private
from shared.domain import Catalogue
from shared.process import environment, load_catalogue

NAME = "catalogue-in-use.yaml"
"""An unlikely name for a user's own catalogue, because the file is overwritten."""


def catalogue_of(data: Path | None, path: Path | None = None) -> Catalogue:
    """The catalogue at ``path``, in the environment, in the directory, or the shipped one.

    Where the directory uses an earlier revision of the shipped catalogue, the shipped one replaces
    it.
    """
    named = path or environment().catalogue
    if named is not None:
        return load_catalogue(named)
    shipped = load_catalogue(None)
    if data is None or not (data / NAME).exists():
        return shipped
    in_use = load_catalogue(data / NAME)
    if in_use.catalogue == shipped.catalogue and in_use.revision <= shipped.revision:
        return shipped
    return in_use


def keep(data: Path, catalogue: Catalogue) -> None:
    """Set the catalogue in use, atomically: readers see the old text or the new one."""
    path = data / NAME
    if path.exists() and path.read_bytes() == catalogue.text.encode():
        return
    with replace_private(path) as file:
        file.write(catalogue.text)
