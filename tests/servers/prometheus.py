"""Prometheus and Alertmanager as Debian packages them, as child processes on free ports of the loopback, and their tools.

Nothing of the machine's own configuration, data or services is touched.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.servers.child import Child, serving
from tests.servers.ports import free_ports
from tests.servers.tls import Pair

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
"""The programs, and Debian's package of each."""


class MissingProgramError(RuntimeError):
    """A program is not installed; the message says of which package it is."""


def program(name: str) -> str:
    """Where a program is; raises :class:`MissingProgramError`."""
    if found := shutil.which(name):
        return found
    raise MissingProgramError(f"no {name}: apt-get install {PACKAGES[name]}")


def tool(name: str, *arguments: str | Path) -> str:
    """What ``promtool`` or ``amtool`` says; raises ``CalledProcessError``, whose ``output`` says why, when it refuses."""
    command = [program(name), *arguments]
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.stdout


@contextmanager
def prometheus(folder: Path, configuration: str) -> Iterator[str]:
    """The address (``http://…``) of a Prometheus that has this configuration, while it runs. Rules are sought beside it, in ``folder``."""
    written = _written(folder, "prometheus.yml", configuration)
    data = f"--storage.tsdb.path={folder / 'prometheus-data'}"
    with _running(program("prometheus"), written, data, "--log.level=warn") as address:
        yield address


@contextmanager
def alertmanager(folder: Path, configuration: str, own: Pair | None = None) -> Iterator[str]:
    """The address of an Alertmanager that has this configuration, while it runs, alone; with a certificate, by TLS."""
    written = _written(folder, "alertmanager.yml", configuration)
    data = f"--storage.path={folder / 'alertmanager-data'}"
    alone = ["--cluster.listen-address="]
    if own is not None:
        server = {"cert_file": str(own.certificate), "key_file": str(own.key)}
        web = _written(folder, "web.yml", yaml.safe_dump({"tls_server_config": server}))
        alone.append(f"--web.config.file={web}")
    scheme = "http" if own is None else "https"
    with _running(
        program("prometheus-alertmanager"), written, data, *alone, scheme=scheme
    ) as address:
        yield address


def _written(folder: Path, name: str, configuration: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(configuration)
    return path


@contextmanager
def _running(
    command: str, configuration: Path, *options: str, scheme: str = "http"
) -> Iterator[str]:
    port = free_ports(1)[0]
    where = f"--web.listen-address=127.0.0.1:{port}"
    log = configuration.with_suffix(".log")
    child = Child([command, f"--config.file={configuration}", where, *options], log)
    address = f"{scheme}://127.0.0.1:{port}"
    with serving(child, f"{address}/-/ready"):
        yield address
