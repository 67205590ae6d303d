"""The record for catalogues keeps to DCAT and lists every other file."""

from __future__ import annotations

import hashlib

from tests.unit.compliance.publication.opened_archive import contents, document, faults
from tests.unit.compliance.publication.specifications import DCAT


def test_it_keeps_to_the_specification() -> None:
    assert faults(DCAT, "catalog.jsonld") == []


def test_the_catalogue_record_lists_every_other_file() -> None:
    record = document("catalog.jsonld")["dcat:dataset"]
    for distribution in record["dcat:distribution"]:
        content = contents()[distribution["dcat:downloadURL"]["@id"]]
        checksum = distribution["spdx:checksum"]["spdx:checksumValue"]
        assert checksum == hashlib.sha256(content).hexdigest()
        assert distribution["dcat:byteSize"]["@value"] == str(len(content))
    assert len(record["dcat:distribution"]) == len(contents()) - 1
    assert record["dct:temporal"]["dcat:endDate"]["@value"] == "2026-03-31"
