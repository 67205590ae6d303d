"""Someone new to it connects a webhook by copying what docs/connect.md prints."""

from __future__ import annotations

from pathlib import Path

from tests.guides.session import matches, run, steps


def test_the_first_webhook_is_connected_by_copying_the_guide(tmp_path: Path) -> None:
    guide = steps(
        "connect.md", under="## A webhook in fifteen minutes", until="## What a delivery is"
    )
    assert len(guide) > 12
    for (command, shown), printed in zip(guide, run(guide, tmp_path), strict=True):
        assert matches(printed, shown), f"$ {command}\n{printed}\n--- the guide has\n{shown}"
