"""docs/metrics.md lists every metric as it is declared."""

from __future__ import annotations

from shared import metrics
from tests.deploy.rules import ROOT

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_documented_as_it_is_declared() -> None:
    documented = {line for line in PAGE.splitlines() if line.startswith("| `")}
    assert documented == {_row(one) for one in (*metrics.BUSINESS, *metrics.TECHNICAL)}


def _row(one: metrics.Series) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    return f"| `{one.name}` | {labels} | {one.kind} | {one.meaning} |".replace("|  |", "| |")
