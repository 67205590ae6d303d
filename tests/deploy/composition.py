"""docker-compose.yml running for real, as an operator starts it: in a folder with nothing but what is deployed, on free ports."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from tests.deploy.standin import images
from tests.servers.ports import free_ports

PROJECT: Final = "echeance-test"
_PORTS: Final = ("ECHEANCE_INGEST", "ECHEANCE_CLOCK", "ECHEANCE_COMPLIANCE", "PROMETHEUS", "ALERTMANAGER", "GRAFANA", "MAIL")  # fmt: skip
_UP_SECONDS: Final = 420


class CompositionError(RuntimeError):
    """A command of docker failed; the message is what it said."""


class Composition:
    """A project of docker compose in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        shutil.copy(images.ROOT / "docker-compose.yml", folder)
        left_out = shutil.ignore_patterns("secrets", "__pycache__", "k8s")
        shutil.copytree(images.ROOT / "deploy", folder / "deploy", ignore=left_out)
        absent = [name for name, image in images.others().items() if not images.is_here(image)]
        (folder / "absent.yml").write_text(
            yaml.safe_dump({"services": {name: {"profiles": ["absent"]} for name in absent}})
        )
        self.absent: Final = frozenset(absent)

    def address(self, service: str) -> str:
        """Where a service that is published answers: ``ingest``, ``clock``, ``prometheus``…"""
        port = self._ports.get(f"ECHEANCE_{service.upper()}") or self._ports[service.upper()]
        scheme = "https" if service in {"ingest", "clock", "compliance", "alertmanager"} else "http"
        return f"{scheme}://127.0.0.1:{port}"

    def trust(self) -> ssl.SSLContext:
        """What verifies the certificates of the composition's own authority."""
        return ssl.create_default_context(cafile=self._folder / "deploy/secrets/authority/ca.crt")

    def compose(self, *arguments: str, seconds: float = 120) -> str:
        """What ``docker compose`` prints, told this."""
        files = ("-f", "docker-compose.yml", *(("-f", "absent.yml") if self.absent else ()))
        return self.run("docker", "compose", "-p", PROJECT, *files, *arguments, seconds=seconds)

    def up(self, *options: str) -> None:
        """``up -d --wait``: everything runs, and is healthy."""
        self.compose(*options, "up", "-d", "--wait", seconds=_UP_SECONDS)

    def health(self) -> Mapping[str, str]:
        """Of every container, by service: its health, or what it ended with."""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        listed = [json.loads(line) for line in lines]
        return {
            one["Service"]: one["Health"] or f"{one['State']} {one['ExitCode']}" for one in listed
        }

    def token(self, name: str, *options: str) -> str:
        """A new token of the composition, made as the guide says."""
        return self.run("deploy/compose/secrets.sh", "token", "new", name, *options).strip()

    def ask(self, service: str, path: str, token: str = "") -> Any:
        """What a service answers, as JSON; None while it does not answer well."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            answer = httpx.get(
                f"{self.address(service)}{path}",
                headers=headers,
                timeout=10,
                trust_env=False,
                verify=self.trust(),
            )
        except httpx.TransportError:
            return None
        return answer.json() if answer.is_success else None

    def run(self, *command: str, seconds: float = 120) -> str:
        """What a command prints that runs in the folder."""
        ports = {f"{name}_PORT": str(port) for name, port in self._ports.items()}
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**os.environ, **ports, "DEMO_FILES": "400"},  # noqa: TID251 — handed on
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise CompositionError(f"{' '.join(command)}: {done.stderr[-3000:] or done.stdout}")
        return done.stdout


@contextmanager
def running(folder: Path) -> Iterator[Composition]:
    """Started from nothing; ended, with all that it kept."""
    made = Composition(folder)
    made.run("deploy/compose/secrets.sh", seconds=300)
    try:
        made.up()
        yield made
    finally:
        made.compose("--profile", "demo", "down", "--volumes", "--timeout", "10", seconds=240)
