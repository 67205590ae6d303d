"""The forms of a publication say the same: JSON, CSV and Markdown; what is withheld is null, or x."""

from __future__ import annotations

import csv
import io
from datetime import date
from fractions import Fraction

from services.compliance.periods import fiscal_year
from services.compliance.publication.disclosure import (
    UNLISTED_UNITS,
    DisclosedAttainment,
    Publication,
    PublicRow,
)
from services.compliance.publication.public_forms import (
    NOTE,
    TOGETHER,
    publication_csv,
    publication_json,
    publication_markdown,
    row_json,
    units_name,
)
from tests.builders import CATALOGUE

TARGET = Fraction(4, 5)
SHOWN, HIDDEN = DisclosedAttainment(81, 72, 9), DisclosedAttainment(None, None, None)
GROUP = DisclosedAttainment(40, 36, 4), DisclosedAttainment(None, None, None, 93)
PUBLICATION = Publication(
    fiscal_year(2025),
    date(2026, 11, 23),
    [
        PublicRow("courriel", (), TARGET, SHOWN, DisclosedAttainment(80, 74, 6)),
        PublicRow("courriel", ("laval", "estrie"), TARGET, *GROUP),
        PublicRow("plainte", (), TARGET, DisclosedAttainment(20, None, None), HIDDEN),
    ],
)


def test_a_line_of_csv_has_the_figures_of_json() -> None:
    lines = list(csv.DictReader(io.StringIO(publication_csv(PUBLICATION))))
    for line, row in zip(lines, PUBLICATION.rows, strict=True):
        figures = row_json(row)
        withheld = figures.pop("withheld")
        assert isinstance(withheld, list) and all(figures[name] is None for name in withheld)
        told = {name: "" if value is None else str(value) for name, value in figures.items()}
        assert line == {"period": "2025-2026", **told, **dict.fromkeys(withheld, "x")}


def test_what_is_withheld_is_named() -> None:
    told = publication_json(PUBLICATION)
    assert (told["first"], told["last"], told["today"]) == (
        "2025-04-01",
        "2026-03-31",
        "2026-11-23",
    )
    total, group, hidden = map(row_json, PUBLICATION.rows)
    assert (total["unit"], total["measured"], total["late"]) == (None, 81, 9)
    assert (group["unit"], group["on_time"], group["late_due"]) == ("laval+estrie", 36, None)
    assert total["withheld"] == []
    assert group["attainment_due"] == 0.93
    assert group["withheld"] == ["measured_due", "on_time_due", "late_due"]
    assert hidden["measured"] == 20
    assert hidden["withheld"] == [
        *("attainment", "on_time", "late"),
        *("attainment_due", "measured_due", "on_time_due", "late_due"),
    ]


def test_markdown_has_x_and_says_what_it_means() -> None:
    lines = publication_markdown(PUBLICATION, CATALOGUE, "fr").replace("\u00a0", " ").splitlines()
    assert lines[6:9] == [
        "| Réponse aux courriels | 80 % | 88,89 % | 72 / 81 | 92,50 % | 74 / 80 |",
        "| Réponse aux courriels — Laval, Estrie | 80 % | 90,00 % | 36 / 40 | 93 % | x / x |",
        "| Réponse aux plaintes et commentaires | 80 % | x | x / 20 | x | x / x |",
    ]
    assert lines[-3::2] == [NOTE.fr.replace("\u00a0", " "), TOGETHER.fr]
    without = publication_markdown(PUBLICATION.of_totals(), CATALOGUE, "en")
    assert TOGETHER.en not in without and "Laval" not in without


def test_units_are_named_together() -> None:
    assert units_name(("laval", UNLISTED_UNITS), CATALOGUE, "en") == "Laval, other units"
    assert units_name(("gone",), CATALOGUE, "fr") == "gone"
