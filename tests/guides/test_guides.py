"""Someone new to it gets through the guides by copying what they print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides.session import matches, run, steps


@pytest.mark.parametrize(
    ("page", "sections"),
    [
        ("connect.md", {"## A webhook in fifteen minutes": "## What a delivery is"}),
        ("export.md", {"# Exporting": "## The command"}),
        ("events.md", {"## Before you start": "### Open files"}),
        (
            "import.md",
            {
                "### An example": "## A real export",
                "## Your own mapping": "### A service, its extensions and requests",
            },
        ),
    ],
)
def test_the_commands_of_a_guide_print_what_it_shows(
    page: str, sections: dict[str, str], tmp_path: Path
) -> None:
    guide = [
        step for under, until in sections.items() for step in steps(page, under=under, until=until)
    ]
    assert len(guide) > 4
    for (command, shown), printed in zip(guide, run(guide, tmp_path), strict=True):
        assert matches(printed, shown), f"$ {command}\n{printed}\n--- the guide has\n{shown}"
