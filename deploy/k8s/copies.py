"""What in the manifests is said elsewhere too: kustomize reads nothing outside its own folder, so it is copied, and never written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from typing_extensions import override

from deploy.prometheus import runbooks
from services.compliance.notifications import supervisors
from services.compliance.notifications.alertmanager import TEMPLATE, config_file
from shared.process import load_catalogue, read_settings

FOLDER: Final = Path(__file__).parent
_DEPLOY: Final = FOLDER.parent
_MONITORING: Final = FOLDER / "components" / "monitoring"
_NAMESPACE: Final = "echeance"
_MOUNTED: Final = "/etc/alertmanager/config"
"""Where the operator puts what stands beside the configuration in its Secret."""
_RULES_HEAD: Final = (
    "# Written by `python -m deploy.k8s` from deploy/prometheus/rules: change those.\n"
)


def copies() -> Iterator[tuple[Path, str]]:
    """Every file that is written from others, and what stands in it."""
    roles = _text("postgresql/roles.sql")
    yield FOLDER / "overlays" / "dev" / "1-roles.sql", roles
    yield FOLDER / "components" / "cloudnative-pg" / "roles.sql", roles
    yield FOLDER / "overlays" / "dev" / "2-passwords.sql", _text("compose/passwords.sql")
    yield _MONITORING / "rules.yaml", _rules()
    yield _MONITORING / "alertmanager.yml", _supervision()
    yield _MONITORING / TEMPLATE, _text(f"alertmanager/{TEMPLATE}")


def _text(name: str) -> str:
    return (_DEPLOY / name).read_text(encoding="utf-8")


def _rules() -> str:
    """The PrometheusRule with every group of the rule files, in the order of their names."""
    files = sorted((_DEPLOY / "prometheus" / "rules").glob("*.yml"))
    docs_url = read_settings().docs_url
    texts = [runbooks.addressed(file.read_text(encoding="utf-8"), docs_url) for file in files]
    groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
    made = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "echeance"},
        "spec": {"groups": [_in_namespace(group) for group in groups]},
    }
    return _RULES_HEAD + yaml.dump(
        made, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000
    )


def _in_namespace(group: Mapping[str, Any]) -> dict[str, Any]:
    """Alerts with the label by which the operator tells whose they are: most expressions sum it away."""
    rules = [
        {**rule, "labels": {**rule.get("labels", {}), "namespace": _NAMESPACE}}
        if "alert" in rule
        else rule
        for rule in group["rules"]
    ]
    return {**group, "rules": rules}


def _supervision() -> str:
    """The configuration of the Alertmanager that tells supervisors, with the paths of the operator's pods."""
    file = _MONITORING / "supervisors.yaml"
    catalogue = load_catalogue(None)
    directory = supervisors.load(file.read_text(encoding="utf-8"), catalogue, str(file))
    written = config_file.configuration(directory, catalogue)
    return written.replace(f"- {TEMPLATE}\n", f"- {_MOUNTED}/{TEMPLATE}\n")


class _Plain(yaml.SafeDumper):
    """Writes what is said twice twice: an anchor of YAML is nothing that kubectl diff could show."""

    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True
