"""``python -m deploy.grafana``: write every dashboard in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from deploy.grafana import one_standard, pipeline, standards
from deploy.grafana.editions import written
from shared.texts import Language

FOLDER = Path(__file__).parent / "dashboards"
BOARDS = (standards.BOARD, one_standard.BOARD, pipeline.BOARD)


def files() -> Iterator[tuple[Path, str]]:
    """Every file, and what stands in it."""
    for language in get_args(Language):
        for board in BOARDS:
            yield FOLDER / language / f"{board.name}.json", written(board, language)


def main() -> None:
    """Write the files."""
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
