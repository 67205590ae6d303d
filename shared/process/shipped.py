"""What is shipped: the catalogue, or another file; a catalogue and mappings to begin with."""

from __future__ import annotations

from collections.abc import Sequence
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


def mapping_profiles() -> Sequence[str]:
    """The systems whose webhooks have a shipped mapping."""
    folder = resources.files("shared") / "mapping" / "profiles"
    return sorted({file.name.partition(".")[0] for file in folder.iterdir()})


def mapping_profile(name: str, language: Language) -> str:
    """A mapping of a system's webhooks, with comments in a language, to adapt."""
    file = resources.files("shared") / "mapping" / "profiles" / f"{name}.{language}.yaml"
    return file.read_text(encoding="utf-8")


def load_catalogue(path: Path | None) -> Catalogue:
    """A catalogue file, or the shipped one; raises ``FaultsError``, or ``OSError``."""
    if path is None:
        shipped = resources.files("shared") / "catalogues" / SHIPPED
        return catalogue.load_catalogue_text(shipped.read_text(encoding="utf-8"), SHIPPED)
    return catalogue.load_catalogue_text(regular_files.read_text(path), str(path))
