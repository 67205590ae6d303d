"""The API server takes both overlays whole, by its own schemas and the operators', and refuses a planted fault."""

from __future__ import annotations

import pytest
import yaml

from deploy.k8s import rendering
from tests.deploy.manifests import SECRETS, parsed
from tests.kubernetes.cluster import KubectlError, kubectl

pytestmark = [pytest.mark.kubernetes, pytest.mark.usefixtures("no_namespace")]
_STRICTLY = ("apply", "--server-side", "--validate=strict", "--filename=-")


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_the_build_kept_is_what_kustomize_makes(overlay: str):
    kept = rendering.rendered(overlay).read_text(encoding="utf-8")
    assert kept == rendering.head() + rendering.build(overlay)


def test_the_production_overlay_is_accepted_whole():
    manifests = rendering.rendered("production").read_text(encoding="utf-8")
    told = kubectl(*_STRICTLY, given=manifests).splitlines()
    assert all(line.endswith("serverside-applied") for line in told)
    assert len(told) == len(parsed("production"))


@pytest.mark.parametrize(
    "kind", ["StatefulSet", "Kafka", "KafkaUser", "Cluster", "ScaledObject", "PrometheusRule"]
)
def test_a_misspelt_field_is_refused(kind: str):
    planted = next(one for one in parsed("production") if one["kind"] == kind)
    planted["spec"]["mispelt"] = 1
    with pytest.raises(KubectlError, match=r"unknown field.*mispelt|mispelt: field not declared"):
        kubectl(*_STRICTLY, given=yaml.safe_dump(planted))


def test_the_secrets_are_those_that_the_manifests_ask_for(secrets: tuple[str, str]):
    made = {
        one["metadata"]["name"]: set(one["data"]) for one in yaml.safe_load_all(secrets[0]) if one
    }
    assert made == {name: keys for name, keys in SECRETS.items() if name != "smtp"}
