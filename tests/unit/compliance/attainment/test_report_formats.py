"""The forms of a report say the same: JSON, CSV and Markdown; what is withheld is null, or x."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from services.compliance.attainment.attainment import ALL_YEARS, Attainment, Budget
from services.compliance.attainment.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.attainment.measures import AttainmentReport, CallFormula, Measure
from services.compliance.attainment.report_formats import (
    NOTE,
    as_csv,
    as_dict,
    as_json,
    as_markdown,
)
from services.compliance.periods import fiscal_year
from shared.text.texts import Language
from tests.builders import CATALOGUE
from tests.unit.compliance.attainment.measured import measure

TODAY = date(2026, 11, 23)
ROW = measure(
    decided=Attainment(13, 9, 4),
    due=Attainment(14, 9, 5),
    late=Budget(2, 4, 5),
    open=3,
    waiting=1,
    overdue=1,
)
REPORT = AttainmentReport(fiscal_year(2026), TODAY, [ROW, measure("peq", "laval")])
SHOWN, HIDDEN = DisclosedAttainment(38, 29, 9), DisclosedAttainment(None, None, None)
PUBLIC = [
    PublicRow("courriel", None, Fraction(4, 5), SHOWN, DisclosedAttainment(30, None, None)),
    PublicRow("courriel", "laval", Fraction(4, 5), HIDDEN, HIDDEN),
]
PUBLICATION = Publication(fiscal_year(2025), TODAY, PUBLIC)


@pytest.mark.parametrize("report", [REPORT, PUBLICATION])
def test_a_line_of_csv_has_the_figures_of_json(report: AttainmentReport | Publication) -> None:
    lines = list(csv.DictReader(io.StringIO(as_csv(report))))
    rows: Sequence[Measure | PublicRow] = report.rows
    for line, row in zip(lines, rows, strict=True):
        figures = as_dict(row)
        withheld = figures.pop("withheld", [])
        assert isinstance(withheld, list) and all(figures[name] is None for name in withheld)
        told = {name: "" if value is None else str(value) for name, value in figures.items()}
        assert line == {"period": report.period.name, **told, **dict.fromkeys(withheld, "x")}


def test_json_says_its_period_and_the_other_formulas() -> None:
    told = as_json(REPORT, {"offered": CallFormula(2, 3)})
    assert (told["period"], told["first"], told["last"]) == (
        "2026-2027",
        "2026-04-01",
        "2027-03-31",
    )
    assert told["formulas"] == {"offered": {"attainment": 0.666667, "on_time": 2, "of": 3}}
    ever = as_json(REPORT._replace(period=ALL_YEARS))
    assert (ever["first"], ever["last"], ever["today"]) == (None, None, "2026-11-23")
    assert "formulas" not in ever


def test_what_is_withheld_is_named() -> None:
    total, unit = (as_dict(row) for row in PUBLIC)
    assert (total["measured"], total["on_time"], total["late"]) == (38, 29, 9)
    assert total["attainment"] == 0.763158 and total["measured_due"] == 30
    assert total["withheld"] == ["attainment_due", "on_time_due", "late_due"]
    assert unit["measured"] is unit["attainment_due"] is None
    assert unit["withheld"] == [
        *("attainment", "on_time", "late", "measured"),
        *("attainment_due", "on_time_due", "late_due", "measured_due"),
    ]


@pytest.mark.parametrize(
    ("spoken", "title", "period", "mails"),
    [
        (
            "fr",
            "# Déclaration de services à la clientèle, octobre 2021",
            "Période : 2026-2027 (du 1er avril 2026 au 31 mars 2027)",
            "| Réponse aux courriels | 80 % | 69,23 % | 9 / 13 | 64,29 % | 2 / 5 | −3 | 3 | 1 | 1 | — | — |",
        ),
        (
            "en",
            "# Declaration of services to the public, October 2021",
            "Period: 2026-2027 (April 1, 2026 to March 31, 2027)",
            "| Answer to e-mails | 80% | 69.23% | 9 / 13 | 64.29% | 2 / 5 | −3 | 3 | 1 | 1 | — | — |",
        ),
    ],
)
def test_markdown_is_in_the_readers_language(
    spoken: Language, title: str, period: str, mails: str
) -> None:
    lines = as_markdown(REPORT, CATALOGUE, spoken).replace("\u00a0", " ").splitlines()
    assert (lines[0], lines[2], lines[6]) == (title, period, mails)
    assert lines[4].count("|") == lines[5].count("|") == mails.count("|")
    assert "— Laval | " in lines[7] and "| — | 0 / 0 | — |" in lines[7]


def test_markdown_for_the_public_has_x_and_says_what_it_means() -> None:
    lines = as_markdown(PUBLICATION, CATALOGUE, "fr").replace("\u00a0", " ").splitlines()
    assert lines[6:8] == [
        "| Réponse aux courriels | 80 % | 76,32 % | 29 / 38 | x | x / 30 |",
        "| Réponse aux courriels — Laval | 80 % | x | x / x | x | x / x |",
    ]
    assert lines[-1] == NOTE.fr.replace("\u00a0", " ")
