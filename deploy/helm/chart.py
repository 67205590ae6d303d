"""The templates of the chart: the objects of the kustomize base, with its components under conditions and values in their places.

What only a chart has (values, schema, an Ingress, policies for brokers and databases elsewhere) is written by hand beside them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.helm.expressions import Marks
from deploy.helm.merging import with_component
from deploy.k8s import rendering

CHART: Final = Path(__file__).parent / "echeance"
TEMPLATES: Final = CHART / "templates"
SERVICES: Final = ("ingest", "clock", "compliance")
CONDITIONS: Final = {
    "strimzi": ".Values.kafka.authority.secret",
    "cloudnative-pg": ".Values.database.authority.secret",
    "tls": ".Values.tls.enabled",
    "monitoring": ".Values.monitoring.enabled",
}
"""When what a component of the manifests does is done."""

_BESIDE: Final = "monitoring"
"""Only its own objects are the chart's: which Alertmanagers are told is among the variables of compliance."""

OWN_KINDS: Final = ("Deployment", "StatefulSet", "Job", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "ConfigMap", "ServiceMonitor")  # fmt: skip
FOREIGN: Final = (
    "keda",
    "postgres-roles",
    "to-kafka",
    "to-postgres",
    "postgres",
    "to-alertmanager",
    "alertmanager",
    "alertmanager-supervision",
)
"""Objects of the components for pods that operators make, not for ours."""
_SECRETS: Final = {
    "credentials": ".Values.secrets.credentials",
    "board-token": ".Values.secrets.boardToken",
    "prometheus-token": ".Values.secrets.prometheusToken",
    "database-owner": ".Values.secrets.databaseOwner",
    "database-clock": ".Values.secrets.databaseClock",
    "database-compliance": ".Values.secrets.databaseCompliance",
    "echeance-cluster-ca-cert": ".Values.kafka.authority.secret",
    "postgres-ca": ".Values.database.authority.secret",
    **{f"{name}-tls": f".Values.tls.secrets.{name}" for name in SERVICES},
    **{name: f".Values.kafka.users.{name}" for name in (*SERVICES, "topics")},
}
"""The value that names each Secret."""
_DATABASE: Final = re.compile(
    r"(postgresql\+asyncpg://echeance_\w+)@[\w-]+/echeance(\?ssl=verify-full)?"
)

Object = dict[str, Any]


def templates() -> Mapping[str, str]:
    """The text of each generated template, by its name; raises ``NoKustomizeError``."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(rendering.FOLDER, Path(folder) / "k8s"))
        base = _built(copy, "base")
        components = {name: _built(copy, name) for name in CONDITIONS}
    return {
        f"{file}.yaml": head() + "---\n".join(_template(key, base, components) for key in keys)
        for file, keys in _files(base, components).items()
    }


def head() -> str:
    """The first line of each. It tells from which sources it was made, so that an old one is seen without kustomize."""
    return (
        f"{{{{- /* Written by `python -m deploy.helm`; of deploy/k8s {rendering.digest()} */}}}}\n"
    )


def _built(folder: Path, name: str) -> Mapping[str, Object]:
    """What kustomize makes of the base with one component, or with none, by kind and name."""
    overlay = folder / "overlays" / f"helm-{name}"
    overlay.mkdir()
    components = [] if name == "base" else [f"../../components/{name}"]
    written = {"resources": ["../../base"], "components": components}
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(written))
    objects = yaml.safe_load_all(rendering.build(overlay.name, folder))
    return {key: one for one in objects if (key := _key(one))}


def _key(made: Object) -> str:
    """Kind and name of an object that is the chart's; empty for others. The settings' name has a digest behind it."""
    name = re.sub("^settings-.*", "settings", made["metadata"]["name"])
    made["metadata"]["name"] = name
    made["metadata"].pop("namespace", None)
    is_own = made["kind"] in OWN_KINDS and name not in FOREIGN
    return f"{made['kind']}/{name}" if is_own else ""


def _files(
    base: Mapping[str, Object], components: Mapping[str, Mapping[str, Object]]
) -> Mapping[str, Sequence[str]]:
    """The keys of the objects of each file."""
    files: dict[str, list[str]] = {}
    for objects in (base, *components.values()):
        for key in objects:
            kind, _, name = key.partition("/")
            file = {
                "NetworkPolicy": "network",
                "Job": "jobs",
                "ConfigMap": "settings",
                "ServiceMonitor": "monitoring",
            }.get(kind, "jobs" if name == "jobs" else name)
            if name == "from-prometheus":
                file = "monitoring"
            if key not in files.setdefault(file, []):
                files[file].append(key)
    return files


def _template(
    key: str, base: Mapping[str, Object], components: Mapping[str, Mapping[str, Object]]
) -> str:
    marks = Marks()
    if key not in base:
        [(name, added)] = [(name, one[key]) for name, one in components.items() if key in one]
        made = _substituted(added, marks)
        if made["kind"] == "ServiceMonitor":
            made["spec"]["endpoints"] = [_with_tls(one, marks) for one in made["spec"]["endpoints"]]
        return _under(CONDITIONS[name], _finished(key, made, marks))
    original = _substituted(_prepared(key, base[key]), marks)
    merged = original
    for name, condition in CONDITIONS.items():
        if name != _BESIDE:
            other = _substituted(_prepared(key, components[name][key]), marks)
            merged = with_component(merged, original, other, condition, marks)
    return _finished(key, merged, marks)


def _with_tls(endpoint: Object, marks: Marks) -> Object:
    """An endpoint that is asked by TLS where the chart's services serve it."""
    by_tls = {key: endpoint.pop(key) for key in ("scheme", "tlsConfig")}
    return {
        **endpoint,
        marks.line(f"if {CONDITIONS['tls']}"): None,
        **by_tls,
        marks.line("end"): None,
    }


def _prepared(key: str, made: Object) -> Object:
    """An object without what the chart gives values of its own for."""
    if key == "Job/topics":
        [container] = made["spec"]["template"]["spec"]["containers"]
        container["args"] = []
        container.setdefault("env", [])
    return made


def _under(condition: str, text: str) -> str:
    return f"{{{{- if {condition} }}}}\n{text}{{{{- end }}}}\n"


def _substituted(made: Any, marks: Marks) -> Any:
    """The tree with expressions for what values name: equal parts of two trees get equal marks."""
    if isinstance(made, Mapping):
        return {key: _replaced(key, value, marks) for key, value in made.items()}
    if isinstance(made, list):
        return [_substituted(one, marks) for one in made]
    if isinstance(made, str):
        place = marks.value('include "echeance.database" .')
        return _DATABASE.sub(lambda found: f"{found[1]}@{place}", made)
    return made


def _replaced(key: str, value: Any, marks: Marks) -> Any:
    match key, value:
        case "secretName", str():
            return marks.value(_SECRETS[value])
        case "configMapRef", {"name": _}:
            return {"name": "settings"}
        case (("ca" | "credentials"), {"secret": {"name": name}} | {"name": name}):
            return _named_secret(value, name, marks)
        case _:
            return _substituted(value, marks)


def _named_secret(value: Mapping[str, Any], name: str, marks: Marks) -> Any:
    given = {"name": marks.value(_SECRETS[name])}
    if "secret" in value:
        return {"secret": {**value["secret"], **given}}
    return {**value, **given}


def _finished(key: str, made: Object, marks: Marks) -> str:
    """The text of one object, with what a chart adds to each kind."""
    kind, _, name = key.partition("/")
    match kind:
        case "Deployment" | "StatefulSet":
            _finish_workload(name, made, marks)
        case "Job":
            # Jobs cannot be changed: each revision of the release has its own, and Helm deletes the former ones.
            made["metadata"]["name"] = f"{name}-{marks.value('.Release.Revision')}"
            _finish_pod("jobs", made["spec"]["template"], marks)
            if name == "topics":
                [container] = made["spec"]["template"]["spec"]["containers"]
                container["args"] = marks.block('include "echeance.topics" .')
                # An empty list would be null.
                either = f"if or {CONDITIONS['strimzi']} .Values.jobs.env"
                container |= {
                    marks.line(either): None,
                    "env": container.pop("env"),
                    marks.line("end"): None,
                }
        case "PodDisruptionBudget":
            made["spec"]["maxUnavailable"] = marks.value(
                f".Values.{name}.podDisruptionBudget.maxUnavailable"
            )
            return _under(f".Values.{name}.podDisruptionBudget.enabled", marks.written(made))
        case "NetworkPolicy":
            return _under(".Values.networkPolicy.enabled", marks.written(made))
        case "ConfigMap":
            made["data"] = {
                "ECHEANCE_PARTITIONS": marks.value(".Values.partitions | quote"),
                marks.line("with .Values.kafka.bootstrap"): None,
                "ECHEANCE_KAFKA": marks.value(". | quote"),
                marks.line("end"): None,
                marks.line("range $name, $value := .Values.settings"): None,
                marks.value("$name"): marks.value("$value | quote"),
                marks.line("end"): None,
            }
        case _:
            pass
    return marks.written(made)


def _finish_workload(name: str, made: Object, marks: Marks) -> None:
    spec = made["spec"]
    spec.pop("replicas", None)
    made["spec"] = {
        marks.line(f"with .Values.{name}.replicas"): None,
        "replicas": marks.value("."),
        marks.line("end"): None,
        **spec,
    }
    _finish_pod(name, spec["template"], marks)


def _finish_pod(owner: str, template: Object, marks: Marks) -> None:
    template["metadata"]["annotations"] = {
        "checksum/settings": marks.value(
            'include (print $.Template.BasePath "/settings.yaml") . | sha256sum'
        ),
        marks.line("with .Values.podAnnotations"): None,
        marks.line("toYaml . | nindent 8"): None,
        marks.line("end"): None,
    }
    spec = template["spec"]
    [container] = spec["containers"]
    container["image"] = marks.value('include "echeance.image" .')
    container["imagePullPolicy"] = marks.value(".Values.image.pullPolicy")
    container["resources"] = marks.block(f"toYaml .Values.{owner}.resources")
    for key, where, indent in (
        ("env", container, 8),
        ("volumeMounts", container, 8),
        ("volumes", spec, 6),
    ):
        where.setdefault(key, [])
        where[key] = [
            *where[key],
            marks.line(f"with .Values.{owner}.{key}"),
            marks.line(f"toYaml . | nindent {indent}"),
            marks.line("end"),
        ]
    for key in ("nodeSelector", "tolerations", "affinity", "imagePullSecrets"):
        spec |= {
            marks.line(f"with .Values.{key}"): None,
            key: marks.block("toYaml ."),
            marks.line("end"): None,
        }
