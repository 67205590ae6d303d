"""The Helm chart: a real Helm takes it, and what it makes is what kustomize makes of the manifests that it is written from."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from deploy.helm import chart
from deploy.k8s import rendering
from shared.settings import read_settings
from tests.deploy.manifests import Made, named, of_kind, parsed
from tests.deploy.test_kubernetes import NEWEST, OLDEST
from tests.servers import helm
from tests.servers.absence import needing

VALUES = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
SCHEMA = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
PRODUCTION = Path(__file__).parent / "helm_production.yaml"
"""Values with which the chart makes what the production overlay does for our pods."""

_HASH = re.compile(r"^settings-[0-9a-z]{10}$")
_REVISION = re.compile(r"^(migrate|topics)-1$")
_KINDS = ("Namespace", *chart.OWN_KINDS)
needs_kustomize = pytest.mark.skipif(
    not (which("kustomize") or which("kubectl")), reason="needs kustomize"
)


@pytest.fixture(scope="module", autouse=True)
def _helm() -> None:
    with needing("Helm"):
        helm.program()


def rendered(*options: str | Path) -> list[dict[str, Any]]:
    """What the chart makes, with these options."""
    text = helm.run(
        *("template", "echeance", chart.CHART, "--namespace", "echeance"),
        *("--kube-version", NEWEST, *options),
    )
    return [one for one in yaml.safe_load_all(text) if one]


def comparable(objects: Sequence[Made]) -> Mapping[str, Any]:
    """Our objects by kind and name, without what differs by design: namespace, digests, revisions, and the order of what has names."""
    made = {}
    for one in of_kind(objects, *_KINDS):
        if one["kind"] == "Namespace" or one["metadata"]["name"] in chart.FOREIGN:
            continue
        whole = _ordered(json.loads(json.dumps(one)))
        metadata = whole["metadata"]
        metadata.pop("namespace", None)
        metadata["name"] = _REVISION.sub(r"\1", _HASH.sub("settings", metadata["name"]))
        if whole["kind"] in ("Deployment", "StatefulSet", "Job"):
            whole["spec"].setdefault("replicas", 1)
            template = whole["spec"]["template"]
            template["metadata"].pop("annotations", None)
            for source in template["spec"]["containers"][0]["envFrom"]:
                source["configMapRef"]["name"] = "settings"
        made[named(whole)] = whole
    return made


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(one) for key, one in value.items()}
    if isinstance(value, list):
        items = [_ordered(one) for one in value]
        return sorted(items, key=lambda one: one["name"]) if _have_names(items) else items
    return value


def _have_names(items: Sequence[Any]) -> bool:
    return all(isinstance(one, dict) and "name" in one for one in items)


def test_helm_finds_no_fault_in_the_chart():
    assert "0 chart(s) failed" in helm.run("lint", "--strict", chart.CHART, "--values", PRODUCTION)


@needs_kustomize
def test_with_its_own_values_it_makes_what_kustomize_makes_of_the_base(tmp_path: Path):
    from shutil import copytree

    folder = copytree(rendering.FOLDER, tmp_path / "k8s")
    (folder / "overlays/base").mkdir()
    (folder / "overlays/base/kustomization.yaml").write_text("resources: [../../base]\n")
    base = comparable(list(yaml.safe_load_all(rendering.build("base", folder))))
    made = comparable(rendered())
    assert made["ConfigMap/settings"]["data"].pop("ECHEANCE_KAFKA") == "kafka:9092"
    assert made == base


def test_with_production_values_it_makes_what_the_production_overlay_has_for_our_pods():
    made, wanted = comparable(rendered("--values", PRODUCTION)), comparable(parsed("production"))
    assert made.keys() == wanted.keys()
    for name, one in wanted.items():
        assert made[name] == one, name


@needs_kustomize
def test_the_templates_are_those_that_the_manifests_give():
    for name, text in chart.templates().items():
        kept = (chart.TEMPLATES / name).read_text(encoding="utf-8")
        assert kept == text, f"{name}: run python -m deploy.helm"


def test_the_templates_kept_are_of_these_sources():
    for path in chart.TEMPLATES.glob("*.yaml"):
        if path.stem not in ("ingress", "egress"):
            kept = path.read_text(encoding="utf-8")
            assert kept.startswith(chart.head()), f"{path.name}: run python -m deploy.helm"


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_everything_that_values_can_add_is_valid_strictly(version: str):
    more = {
        "image": {"digest": "sha256:" + "0" * 64},
        "imagePullSecrets": [{"name": "registry"}],
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"nginx.ingress.kubernetes.io/backend-protocol": "HTTPS"},
            "hosts": {"ingest": "events.example.org", "compliance": "delays.example.org"},
            "tls": [{"secretName": "web", "hosts": ["delays.example.org"]}],
        },
        "ingest": {
            "env": [{"name": "ECHEANCE_HOOKS", "value": "/hooks/hooks.yaml"}],
            "volumes": [{"name": "hooks", "configMap": {"name": "hooks"}}],
            "volumeMounts": [{"name": "hooks", "mountPath": "/hooks", "readOnly": True}],
        },
        "jobs": {"env": [{"name": "ECHEANCE_LANGUAGE", "value": "en"}]},
        "podAnnotations": {"example.org/team": "delays"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "clock": {"replicas": None, "podDisruptionBudget": {"enabled": False}},
    }
    objects = rendered("--values", PRODUCTION, *_given(more))
    for one in objects:
        if one["kind"] != "ServiceMonitor":
            kubernetes_validate.validate(one, version, strict=True)
    by_name = {named(one): one for one in objects}
    clock = by_name["StatefulSet/clock"]["spec"]
    assert "replicas" not in clock and "PodDisruptionBudget/clock" not in by_name
    [container] = clock["template"]["spec"]["containers"]
    assert container["image"] == "echeance@sha256:" + "0" * 64
    [ingress] = of_kind(objects, "Ingress")
    hosts = [one["host"] for one in ingress["spec"]["rules"]]
    assert hosts == ["delays.example.org", "events.example.org"]


def _given(values: Mapping[str, Any]) -> list[str]:
    return [
        part for name, one in values.items() for part in ("--set-json", f"{name}={json.dumps(one)}")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": {"digest": "latest"}},
        {"ingest": {"replica": 3}},
        {"kafka": {"topics": "delete"}},
        {"kafka": {"bootstrap": ""}},
        {"settings": {"KAFKA": "x"}},
        {"tls": {"enabled": "yes"}},
    ],
    ids=str,
)
def test_values_that_are_none_are_refused(wrong: Mapping[str, Any]):
    with pytest.raises(subprocess.CalledProcessError) as told:
        rendered(*_given(wrong))
    assert "values don't meet the specifications of the schema" in told.value.output


def test_every_value_is_in_the_schema_with_nothing_beside():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)
    assert _paths(VALUES) >= {path for path in _declared(SCHEMA) if path != "global"}


def _paths(values: Any, prefix: str = "") -> set[str]:
    if not isinstance(values, dict):
        return set()
    return {
        path
        for key, one in values.items()
        for path in {f"{prefix}{key}", *_paths(one, f"{prefix}{key}.")}
    }


def _declared(schema: Any, prefix: str = "") -> set[str]:
    return {
        path
        for key, one in schema.get("properties", {}).items()
        for path in {f"{prefix}{key}", *_declared(one, f"{prefix}{key}.")}
    }


def test_the_chart_is_of_the_image_s_version():
    about = yaml.safe_load((chart.CHART / "Chart.yaml").read_text(encoding="utf-8"))
    from importlib.metadata import version

    assert about["appVersion"] == about["version"] == version("echeance")
    assert VALUES["partitions"] == read_settings({}).partitions
