"""The image of the services: what is in it, how it runs, and that a second build has the same files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.utils import canonicalize_name

from tests.deploy.standin import images

pytestmark = pytest.mark.docker

AGAIN: Final = "echeance-test:again"
MEGABYTES_OVER_BASE: Final = 180
_HASHES: Final = """
import hashlib, pathlib
for path in sorted(pathlib.Path("/opt/echeance").rglob("*")):
    if path.is_symlink():
        print(path, path.readlink())
    elif path.is_file():
        print(path, hashlib.sha256(path.read_bytes()).hexdigest(), oct(path.stat().st_mode))
"""


def _inspected(name: str) -> Any:
    [image] = json.loads(images.output("image", "inspect", name))
    return image


def _inside(*arguments: str, program: str = "echeance", image: str = images.SERVICE_IMAGE) -> str:
    hardened = ("--rm", "--read-only", "--network", "none", "--cap-drop", "ALL")
    return images.output("run", *hardened, "--entrypoint", program, image, *arguments)


def test_it_is_not_much_larger_than_its_base() -> None:
    added = _inspected(images.SERVICE_IMAGE)["Size"] - _inspected(images.base())["Size"]
    assert 0 < added <= MEGABYTES_OVER_BASE * 10**6


def test_it_says_what_it_is_how_it_is_checked_and_who_it_runs_as() -> None:
    config = _inspected(images.SERVICE_IMAGE)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "shared.healthcheck"]
    assert config["Entrypoint"] == ["echeance"] and config["ExposedPorts"] == {"8080/tcp": {}}
    for label in ("title", "description", "licenses", "version", "revision"):
        assert config["Labels"][f"org.opencontainers.image.{label}"], label


def test_it_runs_without_a_right_on_a_root_that_cannot_be_written() -> None:
    assert _inside("--version").startswith("echeance, version ")
    assert _inside("-u", program="id").strip() == "10001"


@pytest.mark.parametrize("program", ["gcc", "cc", "g++", "clang", "tcc", "make", "ld", "as", "pip"])
def test_it_has_nothing_to_build_with(program: str) -> None:
    assert _inside("-c", f"command -v {program} || true", program="sh").strip() == ""


def test_a_second_build_installs_the_same_files() -> None:
    again = images.service_image(images.base(), AGAIN, "--no-cache")
    try:
        first, second = (
            _inside("-c", _HASHES, program="python", image=one)
            for one in (images.SERVICE_IMAGE, again)
        )
    finally:
        images.output("image", "rm", again)
    assert len(first.splitlines()) > 1_000
    assert first.splitlines() == second.splitlines()


def test_its_bill_of_materials_names_what_is_installed(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "deploy.release",
        "--allow-dirty",
        "--out",
        str(tmp_path / "out"),
    ]
    subprocess.run([*command, "--image", images.SERVICE_IMAGE], cwd=images.ROOT, check=True)
    [bill] = (tmp_path / "out").glob("echeance-image-*.cdx.json")
    listed = {one["purl"] for one in json.loads(bill.read_text())["components"]}
    told = "import importlib.metadata as m\nfor d in m.distributions(): print(d.name, d.version)"
    installed = dict(line.split() for line in _inside("-c", told, program="python").splitlines())
    assert installed.pop("echeance")
    purls = {f"pkg:pypi/{canonicalize_name(name)}@{version}" for name, version in installed.items()}
    assert purls == {one for one in listed if one.startswith("pkg:pypi/")}
    assert [one for one in listed if one.startswith("pkg:deb/debian/libc6@")]
