"""``python -m deploy.release.audit``: the locks against known vulnerabilities; status 1 if one is affected.

Asks an advisory service with pip-audit where one answers. Where none does, compares with the stored
advisories, and warns of their age: want of a network never fails a build, and never passes for a clean answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
from packaging.utils import canonicalize_name

from deploy.release.advisories import Advisories, read_advisories
from deploy.release.lock import DEVELOPMENT, IMAGE, LockedPackage, read_lock

SERVICES: Final = ("pypi", "osv")
MOST_DAYS: Final = 30
"""How old the stored advisories may be without a warning."""
_SECONDS: Final = 120


def by_service(packages: Sequence[LockedPackage], service: str) -> Sequence[str] | None:
    """What a service says of these packages; None if it does not answer for every one of them.

    pip-audit passes over a package that the service does not know: to us that is no answer.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        asked = folder / "requirements.txt"
        asked.write_text("".join(f"{one.name}=={one.version}\n" for one in packages))
        told = folder / "told.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(asked), "--no-deps"]
        options = ["--disable-pip", "--vulnerability-service", service, "--progress-spinner", "off"]
        try:
            subprocess.run(
                [*command, *options, "--format", "json", "--output", str(told)],
                check=False,
                capture_output=True,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None
        return None if not told.exists() else findings(told.read_text("utf-8"), packages)


def findings(report: str, packages: Sequence[LockedPackage]) -> Sequence[str] | None:
    """The vulnerabilities in pip-audit's report; None where it left a package out."""
    told = json.loads(report)["dependencies"]
    answered = {canonicalize_name(one["name"]) for one in told if "skip_reason" not in one}
    if answered != {one.name for one in packages}:
        return None
    return [
        f"{one['name']} {one['version']}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'no version'}"
        for one in told
        for each in one["vulns"]
    ]


def by_file(
    packages: Sequence[LockedPackage], advisories: Advisories, today: date
) -> tuple[Sequence[str], Sequence[str]]:
    """What the stored advisories say of these packages, and warnings."""
    found = [
        f"{package.name} {package.version}: {advisory.id}"
        for package, advisory in advisories.of(packages)
    ]
    days = (today - advisories.as_of).days
    old = f"the stored advisories are {days} days old: refresh them (docs/security.md, “Vulnerabilities”)"
    return found, [old] if days > MOST_DAYS else []


def main() -> None:
    """Audit, and say by what."""
    packages = list(
        {one.name: one for lock in (DEVELOPMENT, IMAGE) for one in read_lock(lock)}.values()
    )
    found: Sequence[str] | None = None
    for service in SERVICES:
        # One package first: a service that does not know it is not asked about the others.
        if by_service(packages[:1], service) is not None:
            found = by_service(packages, service)
        if found is not None:
            click.echo(f"{len(packages)} locked packages, asked of the advisory service {service}")
            break
    else:
        advisories = read_advisories()
        found, warnings = by_file(packages, advisories, datetime.now(UTC).date())  # noqa: TID251 — a command of the developers
        known = f"{len(advisories.entries)} stored advisories of {advisories.as_of}"
        click.echo(
            f"no advisory service answers; {len(packages)} locked packages, compared with {known}"
        )
        for warning in warnings:
            click.echo(f"warning: {warning}")
    for line in found:
        click.echo(f"affected: {line}", err=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
