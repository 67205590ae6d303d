"""``catalog.jsonld``: the published files as a data set of a catalogue (DCAT 3, in JSON-LD). Pure.

W3C Recommendation of 22 August 2024. Addresses are relative: they hold wherever the files are put.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.periods import Period
from shared.text import Text

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"


class PublicFile(NamedTuple):
    """A file as it is published: its path, its media type and what it is."""

    path: str
    media_type: str
    title: Text
    content: bytes
    conforms_to: str = ""


def dcat_catalogue(
    title: Text,
    description: Text,
    publisher: Text,
    period: Period,
    on: date,
    files: Sequence[PublicFile],
) -> dict[str, object]:
    """A catalogue of one data set: a fiscal year, published on a day, in so many files."""
    agent = {"@type": "foaf:Agent", "foaf:name": _in_languages(publisher)}
    issued = {"@value": on.isoformat(), "@type": "xsd:date"}
    data_set = {
        "@id": "#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": f"service-standards-{period.name}",
        "dct:title": _in_languages(title),
        "dct:description": _in_languages(description),
        "dct:publisher": agent,
        "dct:issued": issued,
        "dct:language": [{"@id": f"{_LANGUAGES}{language}"} for language in ("fr", "en")],
        "dct:accrualPeriodicity": {"@id": _ANNUAL},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": period.first.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": period.last.isoformat(), "@type": "xsd:date"},
        },
        "dcat:keyword": [
            {"@value": "normes de service", "@language": "fr"},
            {"@value": "service standards", "@language": "en"},
        ],
        "dcat:distribution": [_distribution(file) for file in files],
    }
    return {
        "@context": _CONTEXT,
        "@id": "",
        "@type": "dcat:Catalog",
        "dct:title": _in_languages(title),
        "dct:description": _in_languages(description),
        "dct:publisher": agent,
        "dct:issued": issued,
        "dcat:dataset": data_set,
    }


def _distribution(file: PublicFile) -> Mapping[str, object]:
    return {
        "@id": f"#{file.path}",
        "@type": "dcat:Distribution",
        "dct:title": _in_languages(file.title),
        "dcat:accessURL": {"@id": file.path},
        "dcat:downloadURL": {"@id": file.path},
        "dcat:mediaType": {"@id": f"{_MEDIA_TYPES}{file.media_type}"},
        "dcat:byteSize": {"@value": str(len(file.content)), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": hashlib.sha256(file.content).hexdigest(),
        },
        **({"dct:conformsTo": {"@id": file.conforms_to}} if file.conforms_to else {}),
    }


def _in_languages(text: Text) -> list[dict[str, str]]:
    return [{"@value": text.fr, "@language": "fr"}, {"@value": text.en, "@language": "en"}]
