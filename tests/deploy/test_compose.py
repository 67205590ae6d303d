"""docker-compose.yml says what the program reads, and opens nothing to the network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from echeance.demo.profiles import SOURCES
from tests.deploy.kubernetes_pods import OF_LIBRARIES
from tests.deploy.manifests import of_kind, parsed
from tests.deploy.rules import loaded
from tests.paths import ROOT
from tests.unit.process.environments import variables_read

COMPOSED: Final[Mapping[str, Any]] = loaded(ROOT / "docker-compose.yml")
SERVICES: Final[Mapping[str, Any]] = COMPOSED["services"]
OURS: Final = {name: made for name, made in SERVICES.items() if "echeance:" in made["image"]}
RUNNING: Final = OURS.keys() - {"migrate", "topics", "traffic"}
SECRETS: Final = ROOT / "deploy" / "compose" / "secrets.sh"


def test_the_services_of_the_project_are_those_known():
    services = "migrate topics ingest clock-0 clock-1 compliance traffic"
    assert OURS.keys() == set(services.split())


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_one_that_the_settings_read(name: str):
    assert set(OURS[name].get("environment", ())) <= variables_read() | OF_LIBRARIES


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_container_of_the_project_is_hardened(name: str):
    made = OURS[name]
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in made["security_opt"]
    assert "user" not in made, "the image's own user, which is not root"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_published_on_the_loopback_interface_alone(name: str):
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_is_mounted_from_the_project_is_there(name: str):
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith("./") and not source.startswith("./deploy/secrets"):
            assert (ROOT / source).exists(), source


def test_prometheus_asks_every_process():
    config = loaded(ROOT / "deploy" / "compose" / "prometheus.yml")
    [job] = config["scrape_configs"]
    [group] = job["static_configs"]
    assert set(group["targets"]) == {f"{name}:8080" for name in RUNNING}

    assert job["scheme"] == "https"


def test_every_certificate_that_a_service_reads_is_one_that_the_script_makes():
    servers = re.search('^servers="(.*)"', SECRETS.read_text(), re.MULTILINE)
    assert servers is not None
    folder = "./deploy/secrets/tls/"
    mounted = {
        volume.removeprefix(folder).partition(":")[0]
        for made in SERVICES.values()
        for volume in made.get("volumes", ())
        if volume.startswith(folder)
    }
    assert mounted == set(servers[1].split())


@pytest.mark.parametrize("name", sorted(RUNNING))
def test_every_service_serves_tls_and_verifies_whom_it_asks(name: str):
    given = OURS[name]["environment"]
    assert {"ECHEANCE_TLS_CERT_FILE", "ECHEANCE_TLS_KEY_FILE"} <= given.keys()
    assert given["ECHEANCE_KAFKA_CA_FILE"] == given["PGSSLROOTCERT"]
    assert "ssl=verify-full" in given.get("ECHEANCE_DATABASE", "ssl=verify-full")
    assert not [
        one for one in given.values() if str(one).startswith("http://") and "GRAFANA" not in one
    ]


def test_the_users_of_the_broker_may_do_what_those_of_the_manifests_may():
    script = (ROOT / "deploy" / "compose" / "kafka-users.sh").read_text()
    given: dict[str, set[tuple[str, str]]] = {}
    for user, operations, resources in re.findall(
        r'^allow (\w+) "([A-Za-z ]+)" (.*)$', script, re.MULTILINE
    ):
        for resource in resources.split():
            given.setdefault(user, set()).update(
                (resource, operation) for operation in operations.split()
            )
    wanted = {
        user["metadata"]["name"]: {
            (f"{rule['resource']['type']}={rule['resource']['name']}", operation)
            for rule in user["spec"]["authorization"]["acls"]
            for operation in rule["operations"]
        }
        for user in of_kind(parsed("production"), "KafkaUser")
    }
    operator = given.pop("operator")
    assert given == {name: wanted[name] for name in ("ingest", "clock", "compliance")}
    assert {resource for resource, _ in operator} == {'"topic=echeance.*"', '"group=echeance.*"'}
    made = set(re.findall(r"^user (\w+)$", script, re.MULTILINE))
    assert made == {*given, "operator"}


def test_each_clock_is_an_instance_of_its_own():
    names = [OURS[name]["environment"]["ECHEANCE_INSTANCE"] for name in ("clock-0", "clock-1")]
    assert names == ["clock-0", "clock-1"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_an_environment_variable(name: str):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|TOKEN|SECRET", variable):
            assert variable.endswith("_FILE") and value.startswith("/run/secrets/"), variable


def test_every_secret_is_a_file_that_the_script_makes():
    said = SECRETS.read_text()
    passwords = re.search(r"for name in ([a-z_ ]+); do", said)
    assert passwords is not None
    made = {f"{name}_password" for name in passwords[1].split()}
    made |= {f"{name}_token" for name in re.findall(r"^kept_token (\w+)", said, re.MULTILINE)}
    files = {name: Path(one["file"]).name for name, one in COMPOSED["secrets"].items()}
    assert files == {name: name for name in made}


def test_every_secret_that_a_service_reads_is_given_to_it():
    for name, made in SERVICES.items():
        read = set(re.findall(r"/run/secrets/(\w+)", str(made)))
        assert read <= set(made.get("secrets", ())), name


def test_the_token_of_the_example_traffic_may_publish_for_all_its_sources():
    said = SECRETS.read_text().replace("$demo:", "urn:echeance:demo:")
    granted = re.search('^kept_token demo .*--sources "(.*)"', said, re.MULTILINE)
    assert granted is not None and granted[1].split(",") == list(SOURCES)


def test_grafana_finds_its_dashboards_and_the_source_that_they_ask():
    provisioned = ROOT / "deploy" / "grafana" / "provisioning"
    [providers] = [loaded(path) for path in (provisioned / "dashboards").iterdir()]
    mounts = {one.split(":")[1]: one.split(":")[0] for one in SERVICES["grafana"]["volumes"]}
    for provider in providers["providers"]:
        inside = provider["options"]["path"]
        mount = str(Path(inside).parent)
        outside = inside.replace(mount, mounts[mount])
        boards = list((ROOT / outside).glob("*.json"))
        assert boards, inside
        for board in boards:
            asked = set(re.findall(r'"type": "prometheus",\s*"uid": "(.*?)"', board.read_text()))
            assert asked == {"${datasource}"}, (
                "the reader chooses; the provisioned one is the default"
            )
    [sources] = [loaded(path) for path in (provisioned / "datasources").iterdir()]
    [source] = sources["datasources"]
    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")


@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command")
def test_docker_compose_takes_the_file_as_it_is_shipped():
    present = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if present.returncode:
        pytest.skip("docker has no compose plugin")
    checked = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.yml", "--profile", "demo", "config", "-q"],
        cwd=ROOT,
        env={**os.environ},  # noqa: TID251 — handed on
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
