"""A publication as one archive: tables, what describes them, and the report to read. Pure.

The same publication gives the same bytes, so that a digest identifies it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence

from services.compliance.publication.csvw import csvw_metadata, csvw_path
from services.compliance.publication.dcat import PublicFile, dcat_catalogue
from services.compliance.publication.disclosure import Publication
from services.compliance.publication.frictionless import data_package
from services.compliance.publication.public_forms import NOTE, publication_markdown
from services.compliance.publication.public_table import attainment_table
from services.compliance.publication.service_inventory import service_inventory_table
from shared.domain import Catalogue
from shared.text import Language, Text

_CSVW = "http://www.w3.org/TR/tabular-metadata/"
_SPOKEN: Sequence[Language] = ("fr", "en")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


def public_files(publication: Publication, catalogue: Catalogue) -> Sequence[PublicFile]:
    """The files of a publication; the last ones describe the others."""
    tables = [
        attainment_table(publication, catalogue),
        service_inventory_table(publication, catalogue),
    ]
    publisher, year = catalogue.organization.text(), publication.period.name
    title = Text(
        f"Engagements de service et résultats, {year}", f"Service standards and results, {year}"
    )
    files = [
        PublicFile(
            f"report.{spoken}.md",
            "text/markdown",
            Text("Rapport à lire", "Report to read"),
            publication_markdown(publication, catalogue, spoken).encode(),
        )
        for spoken in _SPOKEN
        if spoken in catalogue.languages
    ]
    for table in tables:
        files += [
            PublicFile(table.path, "text/csv", table.title, table.text.encode()),
            PublicFile(
                csvw_path(table),
                "application/csvm+json",
                Text(f"Description CSVW de {table.path}", f"CSVW metadata of {table.path}"),
                _json(csvw_metadata(table, publisher)),
                _CSVW,
            ),
        ]
    package = data_package(
        f"service-standards-{year}", title, NOTE, publisher, publication.today, tables
    )
    files.append(
        PublicFile(
            "datapackage.json",
            "application/json",
            Text("Description Data Package", "Data Package descriptor"),
            _json(package),
            "https://datapackage.org/profiles/2.0/datapackage.json",
        )
    )
    catalog = dcat_catalogue(title, NOTE, publisher, publication.period, publication.today, files)
    described = Text("Notice DCAT de ces fichiers", "DCAT record of these files")
    return [*files, PublicFile("catalog.jsonld", "application/ld+json", described, _json(catalog))]


def public_archive(publication: Publication, catalogue: Catalogue) -> bytes:
    """The files in a ZIP archive, in their order and without a date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in public_files(publication, catalogue):
            entry = zipfile.ZipInfo(file.path, _EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _READABLE
            archive.writestr(entry, file.content)
    return out.getvalue()


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
