"""What is installed: every package has an accepted licence, and known vulnerabilities are found."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from deploy.release import audit
from deploy.release.advisories import (
    Advisories,
    Advisory,
    Range,
    from_database,
    locked_names,
    read_advisories,
    written,
)
from deploy.release.licences import ACCEPTED, is_accepted, licence_of
from deploy.release.lock import DEVELOPMENT, IMAGE, LockedPackage, read_lock

TODAY = date(2026, 11, 29)


def package(name: str, version: str) -> LockedPackage:
    return LockedPackage(name, version, "", (), ())


@pytest.mark.parametrize("shipped", [True, False])
def test_every_locked_package_has_an_accepted_licence(shipped: bool) -> None:
    """By the metadata of what is installed; what is not installed here is for another operating system."""
    for one in read_lock(IMAGE if shipped else DEVELOPMENT):
        expression = licence_of(one.name)
        if expression is None:
            assert not one.applies({}), f"{one.name} is locked and not installed"
        else:
            assert is_accepted(expression, shipped=shipped), (one.name, expression)


@pytest.mark.parametrize(
    ("expression", "shipped", "accepted"),
    [
        ("MIT", True, True),
        ("GPL-3.0-only OR MIT", True, True),
        ("MIT AND GPL-3.0-only", True, False),
        ("AGPL-3.0-or-later", False, False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", True, False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, True),
        ("", True, False),
    ],
)
def test_a_licence_is_accepted_by_one_alternative_that_is_whole(
    expression: str, shipped: bool, accepted: bool
) -> None:
    assert is_accepted(expression, shipped=shipped) is accepted


def test_no_copyleft_is_among_the_permissive() -> None:
    assert not [one for one in ACCEPTED if "GPL" in one or one.startswith(("MPL", "EPL", "CDDL"))]


KNOWN = Advisories(
    date(2026, 11, 1),
    "a test",
    [
        Advisory("A-1", "one", [Range("0", "1.5"), Range("2.0rc1", "2.1")]),
        Advisory("A-2", "two", [Range("1.0", None)]),
    ],
)


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("one", "1.4.9", ["one 1.4.9: A-1"]),
        ("one", "1.5", []),
        ("one", "2.0", ["one 2.0: A-1"]),
        ("one", "2.1", []),
        ("two", "0.9", []),
        ("two", "99", ["two 99: A-2"]),
        ("three", "1", []),
    ],
)
def test_an_affected_version_is_found(name: str, version: str, found: list[str]) -> None:
    assert audit.by_file([package(name, version)], KNOWN, TODAY) == (found, [])


def test_old_advisories_are_warned_of() -> None:
    old = KNOWN._replace(as_of=date(2026, 10, 1))
    (warning,) = audit.by_file([], old, TODAY)[1]
    assert "59 days old" in warning


def test_a_package_that_a_service_does_not_know_is_no_answer() -> None:
    """pip-audit ends with status 0 then, as if nothing were wrong."""
    asked = [package("one", "1.0"), package("typing-extensions", "4.0")]
    known = {"name": "one", "version": "1.0", "vulns": []}
    other = {
        "name": "typing_extensions",
        "version": "4.0",
        "vulns": [{"id": "A-9", "fix_versions": ["4.1"]}],
    }
    skipped = {"name": "typing_extensions", "skip_reason": "not found"}
    assert audit.findings(json.dumps({"dependencies": [known, skipped]}), asked) is None
    assert audit.findings(json.dumps({"dependencies": [known]}), asked) is None
    assert audit.findings(json.dumps({"dependencies": [known, other]}), asked) == [
        "typing_extensions 4.0: A-9, fixed in 4.1"
    ]


def test_the_stored_advisories_are_of_locked_packages_and_none_affects_them() -> None:
    stored = read_advisories()
    assert stored.entries and {one.package for one in stored.entries} <= locked_names()
    packages = [one for lock in (IMAGE, DEVELOPMENT) for one in read_lock(lock)]
    assert stored.of(packages) == []


def test_advisories_are_made_from_a_database_in_the_form_of_osv(tmp_path: Path) -> None:
    folder = tmp_path / "vulns" / "one"
    folder.mkdir(parents=True)
    affected = {
        "package": {"name": "One", "ecosystem": "PyPI"},
        "ranges": [
            {"type": "GIT", "events": [{"introduced": "0"}]},
            {
                "type": "ECOSYSTEM",
                "events": [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}],
            },
        ],
    }
    (folder / "A-1.yaml").write_text(yaml.safe_dump({"id": "A-1", "affected": [affected]}))
    gone = {"id": "A-2", "affected": [affected], "withdrawn": "2026-01-01T00:00:00Z"}
    (folder / "A-2.yaml").write_text(yaml.safe_dump(gone))
    other = {**affected, "package": {"name": "other", "ecosystem": "PyPI"}}
    (folder / "A-3.json").write_text(json.dumps({"id": "A-3", "affected": [other]}))
    entries = list(from_database(tmp_path, frozenset({"one"})))
    assert entries == [Advisory("A-1", "one", [Range("0", "1.5"), Range("2.0", None)])]
    kept = tmp_path / "kept.json"
    kept.write_text(written(Advisories(TODAY, "a test", entries)))
    assert read_advisories(kept) == Advisories(TODAY, "a test", entries)
