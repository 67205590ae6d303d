"""The edges that the network policies allow, and those that the code uses: who connects to whom.

What the code uses is read from the code: a service that opens ``distributed.cluster`` asks Kafka, and so on.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Final, NamedTuple

from echeance.cli import migrate, topics
from services.clock import __main__ as clock
from services.compliance import __main__ as compliance
from services.compliance.notifications import service as notifications
from services.ingest import __main__ as ingest
from tests.deploy.manifests import WORKLOADS, Made, of_kind, pod, pods_of_operators, selects

PROGRAMS: Final[dict[str, Sequence[ModuleType]]] = {
    "ingest": [ingest],
    "clock": [clock],
    "compliance": [compliance, notifications],
    "migrate": [migrate],
    "topics": [topics],
}
_OPENS: Final = {
    "kafka": ("distributed.cluster(", "create_topics("),
    "postgres": ("distributed.database(", "Database("),
    "clock": ("remote_histories(",),
    "alertmanager": ("alertmanager_pushers(",),
}


class Edge(NamedTuple):
    """Who connects, and to what."""

    source: str
    target: str


def used(*, alertmanager: bool) -> set[Edge]:
    """The edges that the programs use; an Alertmanager is told only where one is set."""
    return {
        Edge(name, target)
        for name, modules in PROGRAMS.items()
        for target, words in _OPENS.items()
        if (alertmanager or target != "alertmanager")
        and any(word in inspect.getsource(module) for module in modules for word in words)
    }


def _pods(objects: Sequence[Made]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every pod of the build by a short name, with its labels."""
    for one in of_kind(objects, *WORKLOADS):
        yield one["metadata"]["name"], pod(one)["metadata"]["labels"]
    for labels in pods_of_operators(objects):
        for name, key in (
            ("kafka", "strimzi.io/name"),
            ("postgres", "cnpg.io/cluster"),
            ("alertmanager", "alertmanager"),
        ):
            if key in labels:
                yield name, dict(labels)


def allowed_out(objects: Sequence[Made]) -> set[Edge]:
    """The edges between pods of the build that egress rules of our programs allow."""
    return {
        Edge(source, target)
        for policy in of_kind(objects, "NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        for target in _peers(objects, rule.get("to", ()))
        for source in PROGRAMS.keys() & _selected(objects, policy)
    }


def allowed_in(objects: Sequence[Made]) -> set[Edge]:
    """The edges from our programs to pods of the build that ingress rules allow, the listeners of a Kafka of Strimzi's included."""
    rules = [
        (rule["from"], target)
        for policy in of_kind(objects, "NetworkPolicy")
        for rule in policy["spec"].get("ingress", ())
        for target in _selected(objects, policy)
    ]
    rules += [
        (listener["networkPolicyPeers"], "kafka")
        for kafka in of_kind(objects, "Kafka")
        for listener in kafka["spec"]["kafka"]["listeners"]
    ]
    return {
        Edge(source, target)
        for peers, target in rules
        for source in PROGRAMS.keys() & _peers(objects, peers)
    }


def _peers(objects: Sequence[Made], peers: Iterable[Made]) -> set[str]:
    """The pods of this namespace that are one of the peers."""
    near = [one.get("podSelector", {}) for one in peers if "namespaceSelector" not in one]
    return {name for name, labels in _pods(objects) if any(selects(one, labels) for one in near)}


def _selected(objects: Sequence[Made], policy: Made) -> set[str]:
    """The pods that a policy is about."""
    selector = policy["spec"]["podSelector"]
    return {name for name, labels in _pods(objects) if selects(selector, labels)}


def denied_by_default(objects: Sequence[Made]) -> set[str]:
    """The workloads of the build to and from which nothing is allowed but what another policy allows."""
    return {
        name
        for policy in of_kind(objects, "NetworkPolicy")
        if set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not {"ingress", "egress"} & policy["spec"].keys()
        for name in _selected(objects, policy)
    }
