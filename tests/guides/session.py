"""The commands of a guide, run one after the other in one shell, beside what it says they print.

A line that begins with ``$ `` begins a command; it goes on while a quote, a heredoc, a pipe or a
backslash leaves it open. Then comes what it prints: ``…`` stands for anything, a line ``…`` for
lines. ``echeance up`` is left running, on a free port in place of 8080.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.paths import ROOT
from tests.servers.ports import free_ports

_END = "=== the end of a command ==="
_BEFORE = f"""
unset ${{!ECHEANCE_@}}
PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH
trap 'kill $(jobs -p) && wait' EXIT
"""
_UP = re.compile(r"^echeance up .*$")


class Step(NamedTuple):
    """A command, and the lines that the guide shows below it."""

    command: str
    shown: str


def steps(page: str, *, under: str, until: str) -> Sequence[Step]:
    """The commands of a page of ``docs/`` between two headings."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = text[f"\n{text}".index(f"\n{under}\n") : text.index(f"\n{until}\n")]
    return [
        step
        for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL)
        for step in _of(block)
    ]


def _of(block: str) -> Iterator[Step]:
    lines = block.splitlines()
    while lines:
        command = lines.pop(0).removeprefix("$ ")
        while _is_open(command):
            command += "\n" + lines.pop(0)
        shown = []
        while lines and not lines[0].startswith("$ "):
            shown.append(lines.pop(0))
        yield Step(command, "\n".join(shown))


def _is_open(command: str) -> bool:
    first, _, rest = command.partition("\n")
    heredoc = re.search(r"<<'(\w+)'", first)
    if heredoc:
        return heredoc[1] not in rest.splitlines()
    if command.endswith(("\\", "|")):
        return True
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return True
    return False


def run(given: Sequence[Step], folder: Path) -> Sequence[str]:
    """What each command prints, with the examples of the project beside it."""
    (folder / "examples").symlink_to(ROOT / "examples")
    [port] = free_ports(1)
    script = "".join(f"{_left_running(one.command)}\necho; echo '{_END}'\n" for one in given)
    done = subprocess.run(
        ["bash", "-c", _BEFORE + script.replace("8080", str(port))],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout.replace(str(port), "8080").split(f"\n{_END}\n")[: len(given)]


def _left_running(command: str) -> str:
    """The command; one that serves is left running once it listens."""
    if not _UP.match(command):
        return command
    return f"{command} > up.log 2>&1 &\nuntil grep -s http up.log; do kill -0 $! || break; sleep 0.1; done"


def matches(printed: str, shown: str) -> bool:
    """Whether a command printed what the guide shows, trailing space apart."""
    pattern = re.escape(shown.strip()).replace("…", ".*")
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
