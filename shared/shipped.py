"""The catalogue files: the one that is shipped, or one's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from shared import catalogue
from shared.catalogue import Catalogue
from shared.texts import Text
from shared.yaml_positions import Fault, FaultsError

_NOT_TEXT = Text(
    "le fichier n’est pas du texte en UTF-8\u00a0: enregistrez-le dans ce codage",
    "the file is not UTF-8 text: save it in that encoding",
)
SHIPPED = "mifi-2021-10.yaml"


def load_catalogue(path: Path | None) -> Catalogue:
    """A catalogue file, or the shipped one; raises ``FaultsError``, or ``OSError`` when it cannot be read at all."""
    if path is None:
        shipped = resources.files("shared") / "catalogues" / SHIPPED
        return catalogue.load(shipped.read_text(encoding="utf-8"), SHIPPED)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise FaultsError(str(path), [Fault(line, column, "", _NOT_TEXT)]) from None
    return catalogue.load(text, str(path))
