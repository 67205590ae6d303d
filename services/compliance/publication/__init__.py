"""What the public may know: disclosure control, releases, and the files that describe themselves."""

from services.compliance.publication.bundle import public_archive
from services.compliance.publication.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.publication.public_forms import (
    NOTE,
    TOGETHER,
    publication_csv,
    publication_json,
    publication_markdown,
    row_cells,
    units_name,
)
from services.compliance.publication.release import Release
from services.compliance.publication.releases import (
    CurrentResults,
    current_results,
    publish_year,
    published_year,
)
