"""The archive: the same publication is the same bytes, and every file is there."""

from __future__ import annotations

from services.compliance.publication.bundle import public_archive
from tests.builders import CATALOGUE
from tests.unit.compliance.publication.opened_archive import TABLES, contents
from tests.unit.compliance.publication.test_public_forms import PUBLICATION


def test_the_same_publication_is_the_same_bytes() -> None:
    again = public_archive(PUBLICATION, CATALOGUE)
    assert again == public_archive(PUBLICATION, CATALOGUE)
    assert list(contents()) == [
        *("report.fr.md", "report.en.md"),
        *(part for name in TABLES for part in (name, f"{name}-metadata.json")),
        *("datapackage.json", "catalog.jsonld"),
    ]
