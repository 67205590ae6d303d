"""``docs/clients.md``: its programs, by the name after the language of their block, and its commands."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from tests.paths import ROOT

_GUIDE: Final = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
_BLOCK: Final = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def files() -> dict[str, str]:
    """Every program and configuration of the guide, by name."""
    blocks = _BLOCK.findall(_GUIDE)
    named = dict(blocks)
    assert len(named) == len(blocks), "two blocks have the same name"
    return named


def write(folder: Path, *names: str) -> None:
    """Put files of the guide in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(files()[name], encoding="utf-8")


def arguments(beginning: str) -> list[str]:
    """The arguments of the command that the guide gives, by how it begins."""
    [line] = re.findall(rf"^\$ {re.escape(beginning)}(.*)$", _GUIDE, re.MULTILINE)
    return [*beginning.split()[1:], *line.split()]
