"""The catalogue that a data directory is counted with, kept beside its database.

Whoever opens the directory finds it: ``report`` and ``explain`` after an import whose mapping named a catalogue, ``up`` after them. A
catalogue that is named wins, and is compared with the one counted with before anything is shown (``ClockStore.require``).
"""

from __future__ import annotations

import os
from pathlib import Path

from echeance.system.private_files import open_private
from shared.domain import Catalogue
from shared.process import environment, load_catalogue

NAME = "catalogue-in-use.yaml"
"""No name that somebody would give a catalogue of his own: it is written over."""


def catalogue_of(data: Path | None, given: Path | None = None) -> Catalogue:
    """The catalogue given, or named by the environment, or kept in the directory; else the shipped one.

    Of a directory that is counted with the shipped catalogue it is the shipped one, where a newer program has revised it.
    """
    named = given or environment().catalogue
    if named is not None:
        return load_catalogue(named)
    shipped = load_catalogue(None)
    if data is None or not (data / NAME).exists():
        return shipped
    kept = load_catalogue(data / NAME)
    if kept.catalogue == shipped.catalogue and kept.revision <= shipped.revision:
        return shipped
    return kept


def keep(data: Path, promised: Catalogue) -> None:
    """Keep the catalogue that a directory is counted with from now on; readers see the old text or the new one."""
    path = data / NAME
    if path.exists() and path.read_bytes() == promised.text.encode():
        return
    new = data / f"{NAME}.new"
    new.unlink(missing_ok=True)
    with open_private(new) as file:
        file.write(promised.text)
    os.replace(new, path)  # noqa: PTH105
