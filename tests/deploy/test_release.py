"""What a release ships beside its code is true, the same each time, and signed so that a change is noticed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.release import bill, images, provenance
from deploy.release.lock import DEVELOPMENT, IMAGE, RUN_TIME, read_lock
from deploy.release.wheel import build_wheel, source
from tests.paths import ROOT

RELEASE = ROOT / "deploy" / "release"
COMMIT = provenance.Source("0" * 40, 1_790_000_000)
STATUS = """\
Package: libssl3t64
Status: install ok installed
Architecture: amd64
Version: 3.5.1-1

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0
"""
DIGEST = f"sha256:{'ab' * 32}"


def valid(text: str) -> Mapping[str, Any]:
    """A bill that CycloneDX's own strict schema accepts."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document: Mapping[str, Any] = json.loads(text)
    return document


def test_the_locks_are_read_whole() -> None:
    for path in (RUN_TIME, IMAGE, DEVELOPMENT):
        packages = read_lock(path)
        assert len(packages) == len(re.findall(r"(?m)^\w\S*==", path.read_text("utf-8")))
        assert all(one.hashes and one.required_by for one in packages)
    run_time, image, development = map(read_lock, (RUN_TIME, IMAGE, DEVELOPMENT))
    assert {one.purl for one in run_time} <= {one.purl for one in image}
    assert {one.purl for one in image} <= {one.purl for one in development}


def test_the_bill_of_the_wheel_is_valid_and_names_every_locked_package_by_its_hashes() -> None:
    packages = read_lock(RUN_TIME)
    document = valid(bill.wheel_bill("0.1.0", "ab" * 32, packages))
    listed = {one["purl"]: one for one in document["components"]}
    assert listed.keys() == {one.purl for one in packages}
    for package in packages:
        component = listed[package.purl]
        assert {one["content"] for one in component["hashes"]} == set(package.hashes)
        assert component["licenses"], package.name
    [of_product] = [
        one for one in document["dependencies"] if one["ref"] == "pkg:pypi/echeance@0.1.0"
    ]
    assert len(of_product["dependsOn"]) == len(
        [one for one in packages if "echeance" in one.required_by]
    )
    assert bill.wheel_bill("0.1.0", "ab" * 32, packages) == bill.wheel_bill(
        "0.1.0", "ab" * 32, packages
    )


def test_the_bill_of_the_image_has_the_packages_of_its_system_and_python() -> None:
    system = bill.debian_packages(STATUS)
    text = bill.image_bill("0.1.0", DIGEST, read_lock(IMAGE), system, "3.13.9")
    listed = {one["purl"] for one in valid(text)["components"]}
    assert {
        "pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64",
        "pkg:generic/cpython@3.13.9",
        *(one.purl for one in read_lock(IMAGE)),
    } == listed


def test_the_provenance_says_what_was_built_from_what() -> None:
    stated = json.loads(
        provenance.statement("0.1.0", COMMIT, "urn:us", {"b": "2", "a": "1"}, {"lock": "3"})
    )
    assert stated["_type"] == "https://in-toto.io/Statement/v1"
    assert stated["predicateType"] == "https://slsa.dev/provenance/v1"
    assert stated["subject"] == [
        {"name": "a", "digest": {"sha256": "1"}},
        {"name": "b", "digest": {"sha256": "2"}},
    ]
    definition = stated["predicate"]["buildDefinition"]
    assert definition["resolvedDependencies"] == [
        {"name": "source", "digest": {"gitCommit": COMMIT.commit}},
        {"name": "lock", "digest": {"sha256": "3"}},
    ]
    assert stated["predicate"]["runDetails"]["builder"]["id"] == "urn:us"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the present commit."""
    folder = tmp_path_factory.mktemp("release") / "files"
    command = [sys.executable, "-m", "deploy.release", "--allow-dirty", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_of_a_commit_is_the_same_each_time_and_holds_the_packages(
    release: Path, tmp_path: Path
) -> None:
    [first] = release.glob("*.whl")
    again = build_wheel(source(allow_dirty=True), tmp_path)
    assert again.read_bytes() == first.read_bytes()
    names = ZipFile(first).namelist()
    assert "services/ingest/api.py" in names
    assert not [name for name in names if name.startswith(("tests/", "deploy/", "bench/"))]


def test_what_is_stated_is_what_was_made(release: Path) -> None:
    [stated] = release.glob("*.intoto.json")
    for subject in json.loads(stated.read_text())["subject"]:
        digest = hashlib.sha256((release / subject["name"]).read_bytes()).hexdigest()
        assert subject["digest"]["sha256"] == digest
    listed = {line.split("  ")[1] for line in (release / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in release.iterdir()} - {"SHA256SUMS"}


def key(folder: Path, name: str) -> Path:
    """A throw-away key."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def verified(folder: Path, signers: Path) -> tuple[int, str]:
    command: list[str | Path] = [RELEASE / "verify.sh", folder, signers, "release"]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return done.returncode, done.stderr


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_a_signed_release_is_verified_and_any_change_is_refused(
    release: Path, tmp_path: Path
) -> None:
    ours, other = key(tmp_path, "ours"), key(tmp_path, "other")
    signers = tmp_path / "signers"
    public = " ".join(ours.with_suffix(".pub").read_text().split()[:2])
    signers.write_text(f'release namespaces="echeance-release" {public}\n')

    def signed(name: str, by: Path) -> Path:
        folder = tmp_path / name
        shutil.copytree(release, folder)
        subprocess.run([RELEASE / "sign.sh", folder, by], check=True)
        return folder

    folder = signed("good", ours)
    assert verified(folder, signers) == (0, "")
    assert verified(signed("foreign", other), signers)[0] != 0
    for name, change in (
        ("altered", lambda one: next(one.glob("*.whl")).write_bytes(b"other")),
        ("sums", lambda one: (one / "SHA256SUMS").write_text("")),
        ("stated", lambda one: next(one.glob("*.intoto.json")).write_text("{}")),
        ("removed", lambda one: next(one.glob("*.whl")).unlink()),
        ("added", lambda one: (one / "more.whl").write_bytes(b"")),
        ("hidden", lambda one: (one / ".more").write_bytes(b"")),
        ("unsigned", lambda one: (one / "SHA256SUMS.sig").unlink()),
    ):
        changed = tmp_path / name
        shutil.copytree(folder, changed)
        change(changed)
        assert verified(changed, signers)[0] != 0, name


def test_images_are_pinned_by_digest_where_they_are_named() -> None:
    for path in images.files():
        text = path.read_text("utf-8")
        named = list(images.pulled(text))
        once = images.pinned(text, {(one.name, one.tag): DIGEST for one in named})
        assert [(one.name, one.tag, one.digest) for one in images.pulled(once)] == [
            (one.name, one.tag, DIGEST) for one in named
        ]
        assert images.pinned(once, {(one.name, one.tag): DIGEST for one in named}) == once
        assert images.pinned(text, {}) == text
    assert [one.name for one in images.pulled((ROOT / "Dockerfile").read_text())] == ["python"]
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert {one.name for one in images.pulled(compose)} == {
        *("apache/kafka", "postgres", "prom/prometheus", "prom/alertmanager"),
        *("grafana/grafana", "axllent/mailpit"),
    }


def test_no_image_is_named_by_a_tag_that_moves_at_once() -> None:
    for path in images.files():
        for one in images.pulled(path.read_text("utf-8")):
            assert one.tag != "latest", one


def test_nothing_of_the_source_control_is_in_the_image() -> None:
    """The image is made of what is listed, and of nothing else."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").split()
    listed = [line for line in lines if line.startswith("!")]
    assert "*" in lines and lines.index("*") < lines.index(listed[0])
    assert not [line for line in listed if ".git" in line or "*" in line]
    copied = re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text("utf-8"))
    names = {name for line in copied for name in line.split()}
    assert names == {line.removeprefix("!") for line in listed}
