"""The dev overlay applied once, as an operator would, with a publisher beside it; all of it is deleted afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.k8s import rendering
from tests.kubernetes.cluster import NAMESPACE, inside, kubectl, objects, publisher, ready, until

PODS = {"kafka": 1, "postgres": 1, "ingest": 1, "clock": 2, "compliance": 1}


@pytest.fixture(scope="module")
def no_namespace() -> Iterator[None]:
    """A cluster on which Échéance does not stand: its namespace is made by the tests and deleted after them."""
    if kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output=name"):
        pytest.exit(f"the namespace {NAMESPACE} exists there: the tests would delete it", 2)
    yield
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The Secrets as manifests, and a publisher's token."""
    folder = str(tmp_path_factory.mktemp("secrets"))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 — for the child

    def run(*command: str) -> str:
        environment = {**os.environ, "PATH": programs}  # noqa: TID251 — for the child
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        return done.stdout.decode().strip()

    who = ("case-system", "--scopes", "publish,read", "--sources", "urn:mifi:caq")
    token = run("echeance", "token", "new", *who, "--data", folder)
    return run(str(rendering.FOLDER / "secrets.sh"), folder, NAMESPACE), token


@pytest.fixture(scope="module")
def system(no_namespace: None, secrets: tuple[str, str]) -> None:
    """The dev overlay at work."""
    manifests, token = secrets
    kubectl("apply", "--filename", str(rendering.FOLDER / "base" / "namespace.yaml"))
    kubectl("apply", "--filename=-", given=manifests)
    kubectl("apply", "--validate=strict", "--kustomize", str(rendering.FOLDER / "overlays/dev"))
    for one in publisher(token):
        inside("apply", "--validate=strict", "--filename=-", given=json.dumps(one))
    until(lambda: all(ready(name, count) for name, count in PODS.items()), "every pod Ready")
    inside("wait", "--for=condition=Ready", "--timeout=60s", "pod/publisher")
    until(lambda: all(job["status"].get("succeeded") for job in objects("jobs")), "jobs done")
