"""Helm: the machine's, or the pinned version built by the machine's Go, once, into the user's cache folder (two minutes)."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.servers import java

VERSION: Final = "v3.22.0"
_MODULE: Final = f"helm.sh/helm/v3/cmd/helm@{VERSION}"
_BUILD_SECONDS: Final = 900


class MissingHelmError(RuntimeError):
    """There is neither Helm nor Go here, or Helm could not be built; the message says which."""


@functools.cache
def program() -> str:
    """Where Helm is; raises :class:`MissingHelmError`."""
    if found := shutil.which("helm"):
        return found
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))  # noqa: TID251 — where tools are kept
    built = cache / "echeance" / f"helm-{VERSION}" / "helm"
    if not built.exists():
        with java.alone("helm"):
            if not built.exists():
                _build(built)
    return str(built)


def _build(built: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise MissingHelmError("no helm, and no go to build it")
    own = {"GOBIN": str(built.parent / "new"), "CGO_ENABLED": "0"}
    done = subprocess.run(
        [go, "install", "-trimpath", "-ldflags=-s -w", _MODULE],
        env={**os.environ, **own},  # noqa: TID251 — handed on
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
    )
    if done.returncode:
        raise MissingHelmError(f"helm cannot be built: {done.stderr[-2_000:]}")
    (built.parent / "new" / "helm").rename(built)


def run(*arguments: str | Path) -> str:
    """What Helm prints; raises ``CalledProcessError``, whose ``output`` says why, when it refuses."""
    done = subprocess.run(
        [program(), *arguments],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout
