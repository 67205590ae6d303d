"""docker-compose.yml says what the program reads, and opens nothing to the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

FOLDER: Final = Path(__file__).parents[2]
SERVICES: Final[Mapping[str, Any]] = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())[
    "services"
]
OURS: Final = {name: made for name, made in SERVICES.items() if "echeance:" in made["image"]}
READ: Final = {
    f"ECHEANCE_{name}"
    for name in re.findall(
        r'read\.\w+\("([A-Z_]+)"', (FOLDER / "shared" / "settings.py").read_text()
    )
}


def test_the_services_of_the_project_are_those_known():
    assert OURS.keys() == {"migrate", "topics", "ingest", "clock-0", "clock-1", "compliance"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_one_that_the_settings_read(name: str):
    assert set(OURS[name]["environment"]) <= READ


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
            assert (FOLDER / source).exists(), source


def test_prometheus_asks_every_process():
    config = yaml.safe_load((FOLDER / "deploy" / "compose" / "prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    [group] = job["static_configs"]
    running = OURS.keys() - {"migrate", "topics"}
    assert set(group["targets"]) == {f"{name}:8080" for name in running}


def test_each_clock_is_an_instance_of_its_own():
    names = [OURS[name]["environment"]["ECHEANCE_INSTANCE"] for name in ("clock-0", "clock-1")]
    assert names == ["clock-0", "clock-1"]
