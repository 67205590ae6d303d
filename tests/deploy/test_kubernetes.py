"""The manifests hold together: what validators see, and what they do not. Each check is tried on a planted fault.

Objects of operators have no schema here; the API server checks them in ``make test-kubernetes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from shutil import copytree, which
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.k8s import rendering
from deploy.k8s.copies import copies
from echeance.cli.openapi import document
from shared.log.kafka.topics import TOPICS
from tests.deploy import kubernetes_edges as edges
from tests.deploy import kubernetes_pods, kubernetes_selectors
from tests.deploy.manifests import Made, named, of_kind, parsed, pod

OLDEST, NEWEST = "1.30", "1.35"
DRAIN_SECONDS = 10
"""A second for connections kept, five for answers in hand, two for the step in hand, one each to leave the brokers."""
OPERATORS = ("strimzi.io", "cnpg.io", "keda.sh", "coreos.com")
Check = Callable[[Sequence[Made]], Iterator[str]]


@cache
def served() -> set[str]:
    return set(document()["paths"])


CHECKS: dict[str, Check] = {
    "selectors": kubernetes_selectors.selectors,
    "ports": kubernetes_selectors.ports,
    "keys": kubernetes_pods.keys,
    "files": kubernetes_pods.files,
    "variables": kubernetes_pods.variables,
    "paths": lambda objects: kubernetes_pods.paths(objects, served()),
    "hardening": kubernetes_pods.hardening,
    "grace": lambda objects: kubernetes_pods.grace(objects, DRAIN_SECONDS),
}


@pytest.fixture(params=rendering.OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_of_kubernetes_is_valid_strictly(overlay: str, version: str):
    ours = [one for one in parsed(overlay) if not _is_operators(one)]
    assert ours
    for one in ours:
        kubernetes_validate.validate(one, version, strict=True)


def _is_operators(made: Made) -> bool:
    group = str(made["apiVersion"]).partition("/")[0]
    return group.endswith(OPERATORS)


def test_a_misspelt_field_is_not_valid(overlay: str):
    planted = _first(parsed(overlay), CLOCK)
    planted["spec"]["template"]["spec"]["containers"][0]["imagePullPolicies"] = "Never"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(planted, NEWEST, strict=True)


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_check_finds_nothing(check: str, overlay: str):
    assert list(CHECKS[check](parsed(overlay))) == []


def _first(objects: Sequence[Made], name: str) -> Any:
    return next(one for one in objects if named(one) == name)


POD, CONTAINER = "spec.template.spec", "spec.template.spec.containers.0"
CLOCK = "StatefulSet/clock"
NO_SUCH = {"matchLabels": {"app.kubernetes.io/name": "ingestion"}}
PLANTED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("selectors", "Service/clock", "spec.selector", {"x": "y"}),
    ("selectors", "Deployment/ingest", "spec.template.metadata", {"labels": {}}),
    ("selectors", "NetworkPolicy/to-kafka", "spec", {"podSelector": NO_SUCH}),
    ("selectors", "PodDisruptionBudget/clock", "spec", {"selector": NO_SUCH}),
    ("ports", "Service/clock", "spec.ports.0", {"targetPort": "web"}),
    ("ports", CLOCK, f"{CONTAINER}.readinessProbe.httpGet", {"port": "web"}),
    ("ports", CLOCK, CONTAINER, {"ports": []}),
    ("ports", "NetworkPolicy/clients", "spec.ingress.0.ports.0", {"port": "web"}),
    ("keys", CLOCK, f"{CONTAINER}.envFrom.0.configMapRef", {"name": "setting"}),
    ("keys", CLOCK, f"{POD}.volumes.0", {"secret": {"secretName": "credential"}}),
    (
        "keys",
        CLOCK,
        f"{POD}.volumes.0",
        {"secret": {"secretName": "credentials", "items": [{"key": "x", "path": "x"}]}},
    ),
    ("files", CLOCK, CONTAINER, {"volumeMounts": []}),
    ("variables", CLOCK, f"{CONTAINER}.env.0", {"name": "ECHEANCE_KAFKAS", "value": ""}),
    ("paths", CLOCK, f"{CONTAINER}.livenessProbe.httpGet", {"path": "/health"}),
    ("hardening", CLOCK, f"{CONTAINER}.securityContext", {"readOnlyRootFilesystem": None}),
    ("hardening", CLOCK, f"{CONTAINER}.resources", {"limits": {}}),
    ("hardening", "Job/topics", POD, {"automountServiceAccountToken": True}),
    ("grace", CLOCK, POD, {"terminationGracePeriodSeconds": 30}),
]
"""The check that finds it; the name of the object, and the path in it; and the fault."""


@pytest.mark.parametrize(("check", "name", "path", "fault"), PLANTED)
def test_a_check_finds_a_planted_fault(
    check: str, name: str, path: str, fault: dict[str, Any], overlay: str
):
    objects = parsed(overlay)
    place = _first(objects, name)
    for key in path.split("."):
        place = place[int(key) if key.isdigit() else key]
    place.update(fault)
    assert list(CHECKS[check](objects))


def test_every_edge_of_the_network_is_one_that_the_code_uses_and_the_other_way_round(overlay: str):
    objects = parsed(overlay)
    wanted = edges.used(alertmanager=overlay == "production")
    assert edges.Edge("clock", "kafka") in wanted
    assert edges.allowed_out(objects) == wanted
    assert edges.allowed_in(objects) == wanted


def test_an_edge_too_many_is_found():
    objects = parsed("dev")
    policy = _first(objects, "NetworkPolicy/to-postgres")
    policy["spec"]["podSelector"]["matchExpressions"][0]["values"].append("ingest")
    extra = edges.allowed_out(objects) - edges.used(alertmanager=False)
    assert extra == {edges.Edge("ingest", "postgres")}


def test_nothing_is_let_through_by_default(overlay: str):
    workloads = {one["metadata"]["name"] for one in of_kind(parsed(overlay), "Deployment", "Job")}
    assert edges.denied_by_default(parsed(overlay)) >= workloads | {"clock"}


def test_a_service_is_asked_by_prometheus_and_clients_alone_beside():
    objects = parsed("production")
    peers = [
        peer
        for policy in of_kind(objects, "NetworkPolicy")
        if policy["metadata"]["name"] in {"clients", "from-prometheus"}
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
    ]
    labels = [one.get("namespaceSelector", one.get("podSelector"))["matchLabels"] for one in peers]
    client = {"echeance.org/client": "true"}
    assert labels == [client, client, {"kubernetes.io/metadata.name": "monitoring"}]


def test_the_copies_are_what_they_are_copies_of():
    for path, text in copies():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run python -m deploy.k8s"


def test_the_builds_kept_are_of_these_sources(overlay: str):
    kept = rendering.rendered(overlay).read_text(encoding="utf-8")
    assert kept.startswith(rendering.head()), "run python -m deploy.k8s"


@pytest.mark.skipif(not (which("kustomize") or which("kubectl")), reason="needs kustomize")
def test_the_builds_kept_are_what_kustomize_makes(overlay: str):
    kept = rendering.rendered(overlay).read_text(encoding="utf-8")
    assert kept == rendering.head() + rendering.build(overlay)


@pytest.mark.skipif(not (which("kustomize") or which("kubectl")), reason="needs kustomize")
def test_webhooks_are_files_of_ingest_alone(tmp_path: Path):
    folder = copytree(rendering.FOLDER, tmp_path / "k8s")
    (folder / "overlays/hooks").mkdir()
    (folder / "overlays/hooks/kustomization.yaml").write_text(
        "resources: [../../base]\ncomponents: [../../components/hooks]\n", encoding="utf-8"
    )
    objects = [one for one in yaml.safe_load_all(rendering.build("hooks", folder)) if one]
    with_hooks = [
        one for one in objects if one["kind"] == "Deployment" and "/hooks" in yaml.safe_dump(one)
    ]
    assert [one["metadata"]["name"] for one in with_hooks] == ["ingest"]
    for one in with_hooks:
        kubernetes_validate.validate(one, NEWEST, strict=True)


def test_a_changed_source_is_seen_without_kustomize(tmp_path: Path):
    folder = copytree(rendering.FOLDER, tmp_path / "k8s")
    assert rendering.head(folder) == rendering.head()
    (folder / "base" / "clock.yaml").write_text("")
    assert rendering.head(folder) != rendering.head()


def test_the_topics_are_laid_out_as_the_program_wants_them():
    objects = parsed("production")
    [settings] = [
        one["data"]
        for one in of_kind(objects, "ConfigMap")
        if one["metadata"]["name"].startswith("settings")
    ]
    topics = {one["metadata"]["name"]: one["spec"] for one in of_kind(objects, "KafkaTopic")}
    assert topics.keys() == TOPICS.keys()
    for name, spec in topics.items():
        layout = {key: str(value) for key, value in spec["config"].items()}
        assert layout == {"min.insync.replicas": "2", **TOPICS[name]}
        assert (spec["partitions"], spec["replicas"]) == (int(settings["ECHEANCE_PARTITIONS"]), 3)


def test_no_more_processes_are_made_than_there_are_partitions():
    objects = parsed("production")
    partitions = {one["spec"]["partitions"] for one in of_kind(objects, "KafkaTopic")}
    scaled = of_kind(objects, "ScaledObject")
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == {"clock", "compliance"}
    assert {one["spec"]["maxReplicaCount"] for one in scaled} == partitions


def test_each_clock_is_an_instance_of_its_own(overlay: str):
    [clock] = pod(_first(parsed(overlay), CLOCK))["spec"]["containers"]
    [instance] = [one for one in clock["env"] if one["name"] == "ECHEANCE_INSTANCE"]
    assert instance["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
