"""The builds of the overlays as they are kept, and what in them points at what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, Final

import yaml

from deploy.k8s import rendering

Made = Mapping[str, Any]
"""An object of Kubernetes, or a part of one."""

WORKLOADS: Final = ("Deployment", "StatefulSet", "Job")

SECRETS: Final[Mapping[str, set[str]]] = {
    "credentials": {"credentials.json"},
    "postgres-superuser": {"password"},
    "database-owner": {"username", "password"},
    "database-clock": {"username", "password"},
    "database-compliance": {"username", "password"},
    "board-token": {"token"},
    "prometheus-token": {"token"},
    **{
        f"{name}-tls": {"tls.crt", "tls.key", "ca.crt"}
        for name in ("ingest", "clock", "compliance", "alertmanager")
    },
    "smtp": {"password"},
}
"""What deploy/k8s/secrets.sh makes; held to it by ``make test-kubernetes``."""


def parsed(overlay: str) -> list[dict[str, Any]]:
    """The objects of an overlay's build."""
    return deepcopy(_parsed(overlay))


@cache
def _parsed(overlay: str) -> list[dict[str, Any]]:
    text = rendering.rendered(overlay).read_text(encoding="utf-8")
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(objects: Sequence[Made], *kinds: str) -> list[Made]:
    return [one for one in objects if one["kind"] in kinds]


def named(made: Made) -> str:
    return f"{made['kind']}/{made['metadata']['name']}"


def pod(workload: Made) -> Made:
    """The template of a workload's pods."""
    template: Made = workload["spec"]["template"]
    return template


def containers(workload: Made) -> list[Made]:
    spec = pod(workload)["spec"]
    return [*spec.get("initContainers", ()), *spec["containers"]]


def probes(workload: Made) -> Iterator[Made]:
    for made in containers(workload):
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            if kind in made:
                yield made[kind]


def selects(selector: Made, labels: Mapping[str, str]) -> bool:
    """Whether a label selector chooses an object with these labels."""
    plain = selector.get("matchLabels", {}).items() <= labels.items()
    return plain and all(_holds(one, labels) for one in selector.get("matchExpressions", ()))


def _holds(expression: Made, labels: Mapping[str, str]) -> bool:
    value, operator = labels.get(expression["key"]), expression["operator"]
    if operator == "In":
        return value in expression["values"]
    raise ValueError(f"{operator} is not understood here yet")


def pods_of_operators(objects: Sequence[Made]) -> Iterator[Mapping[str, str]]:
    """The labels that the operators give to the pods that they make of these objects, as their documentation says."""
    for one in objects:
        name = one["metadata"]["name"]
        if one["kind"] == "Kafka":
            yield {"strimzi.io/cluster": name, "strimzi.io/name": f"{name}-kafka"}
        elif one["kind"] == "Cluster":
            yield {"cnpg.io/cluster": name}
        elif one["kind"] == "Alertmanager":
            yield {"alertmanager": name, **one["spec"]["podMetadata"]["labels"]}


def secrets(objects: Sequence[Made]) -> dict[str, set[str]]:
    """Every Secret that will be there, with its keys: made by the script, by an operator, or in the build."""
    found = dict(SECRETS)
    for one in objects:
        name = one["metadata"]["name"]
        if one["kind"] == "KafkaUser":
            found[name] = {"password", "sasl.jaas.config"}
        elif one["kind"] == "Kafka":
            found[f"{name}-cluster-ca-cert"] = {"ca.crt", "ca.p12", "ca.password"}
        elif one["kind"] == "Cluster":
            found[f"{name}-ca"] = {"ca.crt", "ca.key"}
        elif one["kind"] == "Secret":
            found[name] = set(one["data"])
    return found


def config_maps(objects: Sequence[Made]) -> dict[str, set[str]]:
    return {
        one["metadata"]["name"]: set(one["data"]) for one in objects if one["kind"] == "ConfigMap"
    }
