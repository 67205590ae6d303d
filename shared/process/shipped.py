"""The catalogue: the shipped file, or another; and one to begin with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from shared.domain import Catalogue, catalogue
from shared.process import regular_files
from shared.text import Language

SHIPPED = "mifi-2021-10.yaml"


def first_catalogue(language: Language) -> str:
    """A catalogue with comments in a language, for an author to begin with."""
    file = resources.files("shared") / "catalogues" / f"first.{language}.yaml"
    return file.read_text(encoding="utf-8")


def load_catalogue(path: Path | None) -> Catalogue:
    """A catalogue file, or the shipped one; raises ``FaultsError``, or ``OSError``."""
    if path is None:
        shipped = resources.files("shared") / "catalogues" / SHIPPED
        return catalogue.load_catalogue_text(shipped.read_text(encoding="utf-8"), SHIPPED)
    return catalogue.load_catalogue_text(regular_files.read_text(path), str(path))
