"""Bills of materials, CycloneDX 1.6: of the wheel, and of the image with its operating system.

Reproducible: they have no time and no random number, so that the same locks and the same image give the
same bytes. Python packages come from the hash-locked requirements, those of the operating system from the
image's own package database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deploy.release.licences import licence_of
from deploy.release.lock import LockedPackage

PRODUCT: Final = "echeance"
_PRODUCT_LICENCE: Final = "Apache-2.0"
_FIELD: Final = re.compile(r"^(Package|Status|Version|Architecture): (.*)$", re.MULTILINE)


class SystemPackage(NamedTuple):
    """A package of the image's operating system."""

    name: str
    version: str
    architecture: str


def wheel_bill(version: str, sha256: str, packages: Sequence[LockedPackage]) -> str:
    """The bill of a wheel of this digest: what it needs, as it is locked."""
    product = _product(ComponentType.LIBRARY, version)
    product.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=sha256))
    return _written(product, packages, ())


def image_bill(
    version: str,
    image_id: str,
    packages: Sequence[LockedPackage],
    system: Iterable[SystemPackage],
    python: str,
) -> str:
    """The bill of an image (``sha256:…``): the locked packages, those of Debian, and Python itself."""
    product = _product(ComponentType.CONTAINER, version)
    if image_id:
        digest = image_id.removeprefix("sha256:")
        product.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
    others = [_debian(one) for one in system]
    if python:
        url = PackageURL("generic", name="cpython", version=python)
        others.append(_component("cpython", python, url, ComponentType.PLATFORM))
    return _written(product, packages, others)


def debian_packages(status: str) -> Sequence[SystemPackage]:
    """The installed packages that ``/var/lib/dpkg/status`` lists."""
    found = []
    for paragraph in status.split("\n\n"):
        fields = dict(_FIELD.findall(paragraph))
        if fields.get("Status", "").endswith(" installed"):
            found.append(
                SystemPackage(fields["Package"], fields["Version"], fields.get("Architecture", ""))
            )
    return found


def _product(kind: ComponentType, version: str) -> Component:
    url = PackageURL("pypi", name=PRODUCT, version=version)
    product = _component(PRODUCT, version, url, kind)
    product.licenses.add(LicenseFactory().make_from_string(_PRODUCT_LICENCE))
    return product


def _component(name: str, version: str, url: PackageURL, kind: ComponentType) -> Component:
    return Component(name=name, version=version, type=kind, purl=url, bom_ref=url.to_string())


def _python(package: LockedPackage) -> Component:
    url = PackageURL.from_string(package.purl)
    component = _component(package.name, package.version, url, ComponentType.LIBRARY)
    for digest in package.hashes:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
    if expression := licence_of(package.name):
        component.licenses.add(LicenseFactory().make_from_string(expression))
    if package.marker:
        component.properties.add(Property(name="echeance:lock:marker", value=package.marker))
    return component


def _debian(package: SystemPackage) -> Component:
    qualifiers = {"arch": package.architecture} if package.architecture else None
    url = PackageURL("deb", "debian", package.name, package.version, qualifiers)
    return _component(package.name, package.version, url, ComponentType.LIBRARY)


def _written(
    product: Component, packages: Sequence[LockedPackage], others: Iterable[Component]
) -> str:
    bill = Bom()
    bill.metadata.component = product
    known = {package.name: _python(package) for package in packages}
    for component in (*known.values(), *others):
        bill.components.add(component)
    for name, component in known.items():
        bill.register_dependency(component, _needed_by(name, packages, known))
    direct = [known[one.name] for one in packages if PRODUCT in one.required_by]
    bill.register_dependency(product, [*direct, *others])
    return _without_time(JsonV1Dot6(bill).output_as_string())


def _needed_by(
    name: str, packages: Sequence[LockedPackage], known: dict[str, Component]
) -> Iterator[Component]:
    for package in packages:
        if name in package.required_by:
            yield known[package.name]


def _without_time(text: str) -> str:
    """The document without what differs at each making: when, and a random serial number."""
    document = json.loads(text)
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
