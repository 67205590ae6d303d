"""The documents of an edition: a public report in every form, as bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from services.compliance.attainment import report_formats
from services.compliance.publication import (
    Publication,
    public_archive,
    publication_csv,
    publication_json,
    publication_markdown,
)
from shared.domain import Catalogue
from shared.text import Language

_LANGUAGES: Final[Sequence[Language]] = ("fr", "en")
_JSON, _HTML, _ZIP = "application/json", "text/html; charset=utf-8", "application/zip"


class EditionDocument(NamedTuple):
    """A document under its name, unique in the edition; ``digest`` is its SHA-256 in hexadecimal."""

    name: str
    media_type: str
    digest: str
    content: bytes

    @classmethod
    def of(cls, name: str, media_type: str, text: str | bytes) -> EditionDocument:
        content = text.encode() if isinstance(text, str) else text
        return cls(name, media_type, hashlib.sha256(content).hexdigest(), content)


def edition_documents(
    publication: Publication, catalogue: Catalogue, page: Callable[[Language], str]
) -> Sequence[EditionDocument]:
    """The documents of a publication; ``page`` renders it as HTML."""
    data = json.dumps(publication_json(publication), ensure_ascii=False, indent=1)
    table = publication_csv(publication)
    documents = [
        EditionDocument.of("report.json", _JSON, f"{data}\n"),
        EditionDocument.of("report.csv", report_formats.CSV, table),
        EditionDocument.of("publication.zip", _ZIP, public_archive(publication, catalogue)),
    ]
    for spoken in _LANGUAGES:
        text = publication_markdown(publication, catalogue, spoken)
        documents += [
            EditionDocument.of(f"report.{spoken}.md", report_formats.MARKDOWN, text),
            EditionDocument.of(f"report.{spoken}.html", _HTML, page(spoken)),
        ]
    return documents
