"""``amtool``, Alertmanager's own command, and the template file that both read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from services.compliance.notifications.alertmanager.config_file import TEMPLATE, templates
from shared.domain import Catalogue


class AmtoolError(Exception):
    """amtool failed; the message is what it wrote to standard error."""


class Amtool(NamedTuple):
    """The command at a path."""

    path: str

    def version(self) -> tuple[int, int]:
        """Its major and minor version; (0, 0) where it does not say."""
        result = subprocess.run(
            [self.path, "--version"], check=False, capture_output=True, text=True
        )
        found = re.search(r"version (\d+)\.(\d+)", result.stdout + result.stderr)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def check(self, config: Path) -> None:
        """Check a configuration; raises :class:`AmtoolError`."""
        self._run("check-config", str(config))

    def render(self, text: str, data: Mapping[str, Any], template: str, *, kind: str) -> str:
        """Render a template as ``text`` or ``html``; raises :class:`AmtoolError`."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / TEMPLATE).write_text(text, encoding="utf-8")
            (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
            rendered = self._run(
                "template",
                "render",
                f"--template.glob={folder / TEMPLATE}",
                f"--template.data={folder / 'data.json'}",
                f"--template.type={kind}",
                f'--template.text={{{{ template "{template}" . }}}}',
            )
        return rendered.removesuffix("\n")

    def _run(self, *arguments: str) -> str:
        command = [self.path, *arguments]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise AmtoolError(result.stderr)
        return result.stdout


def find_amtool() -> Amtool | None:
    """The amtool of this machine, if there is one."""
    path = shutil.which("amtool")
    return None if path is None else Amtool(path)


def template_file(catalogue: Catalogue, public_url: str) -> str:
    """The text of ``echeance.tmpl`` for a catalogue."""
    shipped = resources.files("services.compliance.notifications") / "templates" / TEMPLATE
    return templates(shipped.read_text("utf-8"), catalogue, public_url)
