"""Known vulnerabilities of locked packages, from a dated file: what is compared where no service answers.

``advisories.json`` is made from a checkout of a database in OSV's form, such as PyPA's advisory database:
``python -m deploy.release.advisories DIRECTORY --as-of DATE`` (it takes the packages of the locks alone).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

from deploy.release.lock import DEVELOPMENT, IMAGE, LockedPackage, read_lock

STORED: Final = Path(__file__).with_name("advisories.json")


class Range(NamedTuple):
    """Affected versions: from ``introduced`` to before ``fixed``, or without an end."""

    introduced: str
    fixed: str | None

    def has(self, version: Version) -> bool:
        """Whether a version is affected."""
        begun = self.introduced == "0" or Version(self.introduced) <= version
        return begun and (self.fixed is None or version < Version(self.fixed))


class Advisory(NamedTuple):
    """A vulnerability of one package."""

    id: str
    package: str
    affected: Sequence[Range]


class Advisories(NamedTuple):
    """What is known of the packages of the locks, as of a day."""

    as_of: date
    source: str
    entries: Sequence[Advisory]

    def of(self, packages: Sequence[LockedPackage]) -> Sequence[tuple[LockedPackage, Advisory]]:
        """Each locked version with each advisory that it is affected by."""
        known: dict[str, list[Advisory]] = defaultdict(list)
        for entry in self.entries:
            known[entry.package].append(entry)
        return [
            (package, entry)
            for package in packages
            for entry in known[package.name]
            if any(one.has(Version(package.version)) for one in entry.affected)
        ]


def read_advisories(path: Path = STORED) -> Advisories:
    """The stored advisories."""
    document = json.loads(path.read_text("utf-8"))
    entries = [
        Advisory(one["id"], one["package"], [Range(*each) for each in one["affected"]])
        for one in document["advisories"]
    ]
    return Advisories(date.fromisoformat(document["as_of"]), document["source"], entries)


def written(advisories: Advisories) -> str:
    """The stored form: one advisory a line, in order."""
    lines = [
        json.dumps(
            {
                "id": one.id,
                "package": one.package,
                "affected": [list(each) for each in one.affected],
            }
        )
        for one in sorted(advisories.entries, key=lambda one: (one.package, one.id))
    ]
    head = json.dumps({"as_of": advisories.as_of.isoformat(), "source": advisories.source})
    return f'{head[:-1]}, "advisories": [\n' + ",\n".join(lines) + "\n]}\n"


def from_database(folder: Path, names: frozenset[str]) -> Iterator[Advisory]:
    """The advisories of packages by name in a checkout of files in OSV's form; withdrawn ones are left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".json") and path.is_file():
            document = yaml.safe_load(path.read_text("utf-8"))
            if (
                isinstance(document, dict)
                and "affected" in document
                and not document.get("withdrawn")
            ):
                yield from _of_document(document, names)


def _of_document(document: Mapping[str, Any], names: frozenset[str]) -> Iterator[Advisory]:
    for affected in document["affected"]:
        name = canonicalize_name(affected["package"]["name"])
        if name in names and affected["package"]["ecosystem"] == "PyPI":
            ranges = [
                one
                for each in affected.get("ranges", ())
                if each["type"] == "ECOSYSTEM"
                for one in _ranges(each["events"])
            ]
            yield Advisory(document["id"], name, ranges)


def _ranges(events: Sequence[Mapping[str, str]]) -> Iterator[Range]:
    introduced: str | None = None
    for event in events:
        if "introduced" in event:
            introduced = str(event["introduced"])
        elif "fixed" in event and introduced is not None:
            yield Range(introduced, str(event["fixed"]))
            introduced = None
    if introduced is not None:
        yield Range(introduced, None)


def locked_names() -> frozenset[str]:
    """Every package of the locks."""
    return frozenset(one.name for lock in (IMAGE, DEVELOPMENT) for one in read_lock(lock))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day of the checkout."
)
@click.option("--source", default="PyPA advisory database", help="Where it comes from.")
def main(folder: Path, as_of: Any, source: str) -> None:
    """Store the advisories of the locked packages."""
    entries = list(from_database(folder, locked_names()))
    STORED.write_text(written(Advisories(as_of.date(), source, entries)), encoding="utf-8")
    click.echo(f"{STORED.name}: {len(entries)} advisories as of {as_of:%Y-%m-%d}")


if __name__ == "__main__":
    main()
