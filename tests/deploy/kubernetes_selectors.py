"""What validators do not see in manifests, each as a list of faults in words: which pods selectors choose, and which ports are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.deploy.manifests import (
    WORKLOADS,
    Made,
    containers,
    named,
    of_kind,
    pod,
    pods_of_operators,
    probes,
    selects,
)


def selectors(objects: Sequence[Made]) -> Iterator[str]:
    """Selectors that choose nothing; workloads that do not choose their own pods."""
    workloads = of_kind(objects, *WORKLOADS)
    labels = [pod(one)["metadata"]["labels"] for one in workloads]
    labels += list(pods_of_operators(objects))
    for one in of_kind(objects, "Deployment", "StatefulSet"):
        if not selects(one["spec"]["selector"], pod(one)["metadata"]["labels"]):
            yield f"{named(one)} does not select its own pods"
    for where, selector in _pod_selectors(objects):
        if not any(selects(selector, each) for each in labels):
            yield f"{where} selects no pod: {selector}"
    services = [one["metadata"]["labels"] for one in of_kind(objects, "Service")]
    for one in of_kind(objects, "ServiceMonitor"):
        if not any(selects(one["spec"]["selector"], each) for each in services):
            yield f"{named(one)} selects no Service"


def _pod_selectors(objects: Sequence[Made]) -> Iterator[tuple[str, Made]]:
    for one in of_kind(objects, "Service"):
        yield named(one), {"matchLabels": one["spec"]["selector"]}
    for one in of_kind(objects, "PodDisruptionBudget", "PodMonitor"):
        yield named(one), one["spec"]["selector"]
    for one in of_kind(objects, "NetworkPolicy"):
        yield named(one), one["spec"]["podSelector"]
    for one in of_kind(objects, "Deployment", "StatefulSet"):
        for spread in pod(one)["spec"].get("topologySpreadConstraints", ()):
            yield f"the spread of {named(one)}", spread["labelSelector"]


def ports(objects: Sequence[Made]) -> Iterator[str]:
    """Ports named that no container exposes, by Services, probes, network policies and monitors."""
    workloads = of_kind(objects, *WORKLOADS)
    asked = [*_of_services(objects), *_of_probes(workloads), *_of_policies(objects)]
    for where, selector, port in asked:
        for workload in workloads:
            chosen = selects(selector, pod(workload)["metadata"]["labels"])
            if chosen and port not in _exposed(workload):
                yield f"{where}: {named(workload)} exposes no port {port}"
    offered = {port["name"] for one in of_kind(objects, "Service") for port in one["spec"]["ports"]}
    for monitor in of_kind(objects, "ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["port"] not in offered:
                yield f"{named(monitor)}: no Service has a port {endpoint['port']}"


Asked = Iterator[tuple[str, Made, str | int]]
"""Who names a port, of which pods, and which."""


def _of_services(objects: Sequence[Made]) -> Asked:
    for service in of_kind(objects, "Service"):
        for port in service["spec"]["ports"]:
            chosen = {"matchLabels": service["spec"]["selector"]}
            yield named(service), chosen, port["targetPort"]


def _of_probes(workloads: Sequence[Made]) -> Asked:
    for workload in workloads:
        own = {"matchLabels": pod(workload)["metadata"]["labels"]}
        for probe in probes(workload):
            port = (probe.get("httpGet") or probe["tcpSocket"])["port"]
            yield f"a probe of {named(workload)}", own, port


def _of_policies(objects: Sequence[Made]) -> Asked:
    for policy in of_kind(objects, "NetworkPolicy"):
        own = policy["spec"]["podSelector"]
        asked = [(own, rule["ports"]) for rule in policy["spec"].get("ingress", ())]
        asked += [
            (peer["podSelector"], rule["ports"])
            for rule in policy["spec"].get("egress", ())
            for peer in rule.get("to", ())
            if "namespaceSelector" not in peer
        ]
        for selector, allowed in asked:
            for port in allowed:
                yield named(policy), selector, port["port"]


def _exposed(workload: Made) -> set[str]:
    """By name; numbers are for the pods of operators."""
    return {port["name"] for made in containers(workload) for port in made.get("ports", ())}
