"""The cluster that ``KUBECONFIG`` names, by kubectl."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

NAMESPACE: Final = "echeance"
_PUBLISHER: Final = "publisher"
_READY_SECONDS: Final = 420
_TURN_SECONDS: Final = 0.5
_TRAFFIC: Final = ("python", "/publisher/traffic.py")


class KubectlError(RuntimeError):
    """kubectl refused; the message is its own."""


def kubectl(*words: str, given: str | None = None) -> str:
    """What kubectl writes; raises :class:`KubectlError`."""
    done = subprocess.run(
        ["kubectl", *words], check=False, capture_output=True, text=True, input=given
    )
    if done.returncode:
        raise KubectlError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def inside(*words: str, given: str | None = None) -> str:
    """The same, in Échéance's namespace."""
    return kubectl("--namespace", NAMESPACE, *words, given=given)


def objects(kind: str, *words: str) -> list[dict[str, Any]]:
    """Objects of a kind in Échéance's namespace, as the API gives them."""
    found: list[dict[str, Any]] = json.loads(inside("get", kind, "--output=json", *words))["items"]
    return found


def until(condition: Callable[[], object], what: str, seconds: float = _READY_SECONDS) -> None:
    """Return once a condition holds; fails with the state of the pods when that takes too long."""
    latest = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > latest:
            raise AssertionError(f"in {seconds:.0f} s not: {what}\n{_state()}")
        time.sleep(_TURN_SECONDS)


def _state() -> str:
    pods = inside("get", "pods", "--output=wide")
    events = inside("get", "events", "--sort-by=.lastTimestamp").splitlines()[-20:]
    return "\n".join([pods, *events])


def pods(name: str) -> list[dict[str, Any]]:
    """The pods of a workload that are to stay."""
    found = objects("pods", f"--selector=app.kubernetes.io/name={name}")
    return [one for one in found if "deletionTimestamp" not in one["metadata"]]


def ready(name: str, count: int) -> bool:
    """Whether a workload has so many pods, each of them Ready."""
    found = pods(name)
    return len(found) == count and all(_is_ready(one) for one in found)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def evict(pod: str) -> None:
    """Ask for a pod to go, as ``kubectl drain`` does; raises :class:`KubectlError` where its budget does not allow it."""
    asked = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": NAMESPACE},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    kubectl("create", "--raw", path, "--filename=-", given=json.dumps(asked))


def get(url: str) -> Any:
    """What a service answers to a client in the cluster."""
    return json.loads(inside("exec", _PUBLISHER, "--", *_TRAFFIC, "get", url))


def open_files() -> list[str]:
    """Every open file that the clocks know."""
    return inside("exec", _PUBLISHER, "--", *_TRAFFIC, "files").split()


@contextmanager
def traffic(name: str, rate: int) -> Iterator[dict[str, Any]]:
    """Posts and questions at a steady rate meanwhile; what came of them stands in the mapping afterwards."""
    told: dict[str, Any] = {}
    command = ["kubectl", "--namespace", NAMESPACE, "exec", _PUBLISHER, "--"]
    with subprocess.Popen([*command, *_TRAFFIC, "run", name, str(rate)]) as child:
        try:
            until(lambda: _begun(name), "an event acknowledged", 60)
            yield told
            told.update(json.loads(inside("exec", _PUBLISHER, "--", *_TRAFFIC, "stop", name)))
        finally:
            child.terminate()


def _begun(name: str) -> bool:
    try:
        inside("exec", _PUBLISHER, "--", *_TRAFFIC, "begun", name)
    except KubectlError:
        return False
    return True


def publisher(token: str) -> list[dict[str, Any]]:
    """The pod that posts, a client by its label, and what it is given."""
    script = Path(__file__).with_name("traffic.py").read_text(encoding="utf-8")
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": _PUBLISHER, "namespace": NAMESPACE},
        "stringData": {"token": token, "traffic.py": script},
    }
    container = {
        "name": _PUBLISHER,
        "image": "echeance:0.1.0",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "given", "mountPath": "/publisher", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": _PUBLISHER,
            "namespace": NAMESPACE,
            "labels": {"echeance.org/client": "true"},
        },
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [
                {"name": "given", "secret": {"secretName": _PUBLISHER}},
                {"name": "tmp", "emptyDir": {}},
            ],
        },
    }
    return [secret, pod]
