"""The documents of an edition: every form, and digests of their bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from fractions import Fraction

from services.compliance.attainment.attainment import Attainment
from services.compliance.editions.documents import edition_documents
from services.compliance.periods import fiscal_year
from services.compliance.publication.disclosure import DisclosedAttainment, Publication, PublicRow
from tests.builders import CATALOGUE

SHOWN = DisclosedAttainment.of(Attainment(40, 36, 4))
PUBLICATION = Publication(
    fiscal_year(2025),
    date(2026, 11, 23),
    [PublicRow("courriel", (), Fraction(4, 5), SHOWN, DisclosedAttainment(None, None, None))],
)


def test_every_form_is_there_with_the_digest_of_its_bytes():
    documents = edition_documents(PUBLICATION, CATALOGUE, lambda spoken: f"<p>{spoken}</p>")
    assert {one.name for one in documents} == {
        "report.json",
        "report.csv",
        "publication.zip",
        "report.fr.md",
        "report.en.md",
        "report.fr.html",
        "report.en.html",
    }
    for one in documents:
        assert one.digest == hashlib.sha256(one.content).hexdigest()
    by_name = {one.name: one for one in documents}
    assert by_name["report.fr.html"].content == b"<p>fr</p>"
    data = json.loads(by_name["report.json"].content)
    assert data["rows"][0]["withheld"]
    assert "Réponse aux courriels" in by_name["report.fr.md"].content.decode()


def test_the_same_publication_gives_the_same_bytes():
    first, second = (
        edition_documents(PUBLICATION, CATALOGUE, lambda spoken: spoken) for _ in range(2)
    )
    assert first == second
