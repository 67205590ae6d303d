"""The catalogue files: the one that is shipped, or one's own."""

from __future__ import annotations

import errno
from importlib import resources
from pathlib import Path

from shared import catalogue
from shared.catalogue import Catalogue

SHIPPED = "mifi-2021-10.yaml"


def load_catalogue(path: Path | None) -> Catalogue:
    """A catalogue file, or the shipped one; raises ``FaultsError`` or ``OSError``."""
    if path is None:
        shipped = resources.files("shared") / "catalogues" / SHIPPED
        return catalogue.load(shipped.read_text(encoding="utf-8"), SHIPPED)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OSError(errno.EILSEQ, "not UTF-8 text", str(path)) from None
    return catalogue.load(text, str(path))
