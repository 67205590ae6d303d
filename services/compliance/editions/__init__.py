"""What was published, byte by byte: each edition of a public report with its digests."""

from services.compliance.editions.documents import EditionDocument, edition_documents
from services.compliance.editions.store import Edition, EditionStore
