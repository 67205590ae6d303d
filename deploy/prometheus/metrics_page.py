"""``python -m deploy.prometheus.metrics_page``: write the tables of docs/metrics.md from the series as they are declared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from shared.metrics import series
from shared.metrics.series import Series

PAGE: Final = Path(__file__).parents[2] / "docs" / "metrics.md"
_HEADING = "| series | labels | kind | meaning |\n|---|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEADING) + r"(?:\|.*\n)*")


def with_tables(page: str) -> str:
    """The page with its two tables, of business figures and of processes, as declared."""
    tables = iter((series.BUSINESS, series.TECHNICAL))
    return _TABLE.sub(lambda _: _HEADING + _rows(next(tables)), page)


def _rows(declared: Iterable[Series]) -> str:
    return "".join(
        f"| `{one.name}` |{labels and f' {labels}'} | {one.kind} | {one.meaning} |\n"
        for one in declared
        for labels in [", ".join(f"`{label}`" for label in one.labels)]
    )


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
