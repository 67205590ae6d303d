"""``python -m deploy.grafana``: write every dashboard in both languages, for the time zone of ``ECHEANCE_CATALOGUE``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from deploy.grafana import access, one_standard, pipeline, standards
from deploy.grafana.editions import written
from shared.domain import Catalogue
from shared.process import load_catalogue, read_settings
from shared.text import Language

FOLDER = Path(__file__).parent / "dashboards"
BOARDS = (standards.BOARD, one_standard.BOARD, pipeline.BOARD, access.BOARD)


def files(catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    """Every file, and what stands in it; times are those of the catalogue's default calendar."""
    zone = str(catalogue.zone)
    for language in get_args(Language):
        for board in BOARDS:
            yield FOLDER / language / f"{board.name}.json", written(board, language, zone)


def main() -> None:
    """Write the files, for the catalogue that ``ECHEANCE_CATALOGUE`` names, or the shipped one."""
    for path, text in files(load_catalogue(read_settings().catalogue)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
