"""What validators do not see in the pods of the manifests, each as a list of faults in words: keys, files, variables, probes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tests.deploy.manifests import (
    WORKLOADS,
    Made,
    config_maps,
    containers,
    named,
    of_kind,
    pod,
    probes,
    secrets,
)
from tests.unit.process.environments import variables_read


def keys(objects: Sequence[Made]) -> Iterator[str]:
    """ConfigMaps and Secrets, or keys of them, that nothing makes."""
    known = {"configMap": config_maps(objects), "secret": secrets(objects)}
    for workload in of_kind(objects, *WORKLOADS):
        for kind, name, wanted in _asked(workload):
            if name not in known[kind]:
                yield f"{named(workload)}: there is no {kind} {name}"
            elif absent := wanted - known[kind][name]:
                yield f"{named(workload)}: {kind} {name} has no {', '.join(sorted(absent))}"


def _asked(workload: Made) -> Iterator[tuple[str, str, set[str]]]:
    for made in containers(workload):
        for source in made.get("envFrom", ()):
            yield "configMap", source["configMapRef"]["name"], set()
    for volume in pod(workload)["spec"].get("volumes", ()):
        if "configMap" in volume:
            yield "configMap", volume["configMap"]["name"], _items(volume["configMap"])
        if "secret" in volume:
            yield "secret", volume["secret"]["secretName"], _items(volume["secret"])
        for source in volume.get("projected", {}).get("sources", ()):
            yield "secret", source["secret"]["name"], _items(source["secret"])


def _items(source: Made) -> set[str]:
    return {one["key"] for one in source.get("items", ())}


def files(objects: Sequence[Made]) -> Iterator[str]:
    """Files that variables name and that no Secret mounted there holds."""
    made_of = secrets(objects)
    for workload in of_kind(objects, *WORKLOADS):
        for made in containers(workload):
            brought = set(_brought(workload, made, made_of))
            for variable in made.get("env", ()):
                is_file = re.search("_(FILE|CREDENTIALS)$|ROOTCERT$", variable["name"])
                if is_file and variable["value"] not in brought:
                    yield f"{named(workload)}: nothing brings {variable['value']}"


def _brought(workload: Made, made: Made, made_of: dict[str, set[str]]) -> Iterator[str]:
    volumes = {one["name"]: one for one in pod(workload)["spec"].get("volumes", ())}
    for mount in made.get("volumeMounts", ()):
        for path in _paths(volumes[mount["name"]], made_of):
            yield f"{mount['mountPath']}/{path}"


def _paths(volume: Made, made_of: dict[str, set[str]]) -> Iterable[str]:
    if "secret" in volume:
        chosen = [one["path"] for one in volume["secret"].get("items", ())]
        return chosen or made_of.get(volume["secret"]["secretName"], set())
    sources = volume.get("projected", {}).get("sources", ())
    return [one["path"] for source in sources for one in source["secret"]["items"]]


def variables(objects: Sequence[Made]) -> Iterator[str]:
    """Variables given to processes of ours that the settings do not read."""
    read = variables_read()
    contents = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    for workload in of_kind(objects, *WORKLOADS):
        for made in containers(workload):
            if not made["image"].startswith("echeance:"):
                continue
            given = {one["name"] for one in made.get("env", ())} - OF_LIBRARIES
            for source in made.get("envFrom", ()):
                given |= set(contents[source["configMapRef"]["name"]])
            for name in sorted(given - read):
                yield f"{named(workload)}: {name} is read by nothing"


OF_LIBRARIES = {"PGSSLROOTCERT"}
"""Read by the client of PostgreSQL."""


def paths(objects: Sequence[Made], served: Iterable[str]) -> Iterator[str]:
    """Paths asked by probes and monitors that are no routes."""
    for workload in of_kind(objects, *WORKLOADS):
        for probe in probes(workload):
            if "httpGet" in probe and probe["httpGet"]["path"] not in served:
                yield f"a probe of {named(workload)} asks {probe['httpGet']['path']}"
    for monitor in of_kind(objects, "ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["path"] not in served:
                yield f"{named(monitor)} asks {endpoint['path']}"


def hardening(objects: Sequence[Made]) -> Iterator[str]:
    """Pods that may do more than they need, or that have no share of the machine."""
    for workload in of_kind(objects, *WORKLOADS):
        spec, where = pod(workload)["spec"], named(workload)
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{where} is given a token of the cluster"
        if not spec["securityContext"].get("runAsNonRoot"):
            yield f"{where} may run as root"
        for made in containers(workload):
            secured, share = made["securityContext"], made.get("resources", {})
            if not secured.get("readOnlyRootFilesystem"):
                yield f"{where} may write to its root file system"
            if "memory" not in share.get("limits", {}) or "cpu" not in share.get("requests", {}):
                yield f"{where} has no requests and limits"


def grace(objects: Sequence[Made], drain_seconds: float) -> Iterator[str]:
    """Services that are killed before they have drained."""
    for workload in of_kind(objects, "Deployment", "StatefulSet"):
        for made in containers(workload):
            waits = made.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            allowed = pod(workload)["spec"].get("terminationGracePeriodSeconds", 30)
            if made["name"] == "echeance" and allowed < 2 * (waits + drain_seconds):
                yield f"{named(workload)} is killed after {allowed} s"
