"""An edition of the public report, kept to the byte: `echeance publish`, and the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.compliance.api import RequestParameters
from services.compliance.board import annual
from services.compliance.editions import EditionDocument, EditionStore, edition_documents
from services.compliance.projection import ComplianceStore
from services.compliance.publication import publish_year
from shared.domain import Catalogue
from shared.http import Principal
from shared.text import Language


async def publish(
    store: ComplianceStore, catalogue: Catalogue, fiscal_year: str, published_by: str, now: datetime
) -> tuple[int, Sequence[EditionDocument]]:
    """Keep an edition of a fiscal year, by unit: its number and its documents.

    Raises :class:`ProblemError` where the year may not be published.
    """
    everyone = Principal("publish", frozenset(), frozenset(), None)
    year = RequestParameters(catalogue, lambda: now).published_year(fiscal_year, everyone)
    publication = await publish_year(store, catalogue, year, now)
    read = annual.of_report(publication, catalogue)

    def page(spoken: Language) -> str:
        return annual.document(read, catalogue, annual.Frame(spoken, now, styled=True)) + "\n"

    documents = edition_documents(publication, catalogue, page)
    editions = EditionStore(store.database)
    return await editions.add(fiscal_year, published_by, catalogue, now, documents), documents
