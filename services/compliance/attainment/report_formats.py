"""The report's forms: JSON for programs, CSV for spreadsheets, Markdown and the cells of a page for people.

Pure. Percentages are computed from whole files, which stand beside them, so that every figure can be checked by hand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from services.compliance.attainment.attainment import ALL_YEARS, decimal
from services.compliance.attainment.measures import Measure, Report
from services.compliance.periods import Period
from shared.domain import Catalogue
from shared.text import Language, formats

Form = Literal["csv", "json", "md"]
CSV, MARKDOWN = "text/csv; charset=utf-8", "text/markdown; charset=utf-8"
Formulas = Mapping[str, tuple[int, int]]
"""Other usual ratios by name, each as (numerator, denominator)."""


def as_dict(row: Measure) -> dict[str, object]:
    """A row as JSON and CSV carry it; ratios are None, or decimals to six places."""
    return {
        "standard": row.standard,
        "unit": row.unit,
        "target": decimal(row.target),
        "attainment": decimal(row.decided.ratio),
        "attainment_due": decimal(row.due.ratio),
        "measured": row.decided.measured,
        "on_time": row.decided.on_time,
        "late": row.decided.late,
        "measured_due": row.due.measured,
        "on_time_due": row.due.on_time,
        "late_due": row.due.late,
        "late_allowed": row.late.allowed,
        "late_used": row.late.used,
        "late_committed": row.late.committed,
        "late_left": row.late.left,
        "received": row.received,
        "withdrawn": row.withdrawn,
        "open": row.open,
        "waiting": row.waiting,
        "overdue": row.overdue,
    }


def as_json(report: Report, formulas: Formulas | None = None) -> dict[str, object]:
    """The report for programs; days are ISO dates, null for all years. Other ``formulas`` of its first row are beside the rows."""
    told = {
        name: {"attainment": decimal(Fraction(kept, of) if of else None), "on_time": kept, "of": of}
        for name, (kept, of) in (formulas or {}).items()
    }
    return {
        "period": report.period.name,
        "first": None if report.period == ALL_YEARS else report.period.first.isoformat(),
        "last": None if report.period == ALL_YEARS else report.period.last.isoformat(),
        "today": report.today.isoformat(),
        "rows": [as_dict(row) for row in report.rows],
        **({"formulas": told} if told else {}),
    }


def as_csv(report: Report) -> str:
    """The report for spreadsheets, a header line first."""
    out = io.StringIO()
    fields = ["period", *as_dict(report.rows[0])] if report.rows else ["period"]
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"period": report.period.name, **as_dict(row)} for row in report.rows)
    return out.getvalue()


def as_markdown(report: Report, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period."""
    words = HEADINGS[spoken]
    lines = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{words['period']} {period_in_words(report.period, spoken)}",
        "",
        "| " + " | ".join(words[name] for name in COLUMNS) + " |",
        "|---" + "|---:" * (len(COLUMNS) - 1) + "|",
    ]
    lines += ["| " + " | ".join(cells(row, catalogue, spoken)) + " |" for row in report.rows]
    return "\n".join(lines) + "\n"


COLUMNS = (
    "standard",
    "target",
    "attainment",
    "on_time",
    "attainment_due",
    "late",
    "late_left",
    "open",
    "waiting",
    "overdue",
)
HEADINGS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "period": "Période\u00a0:",
        "all_years": "toutes les années",
        "every_standard": "Tous les engagements",
        "standard": "Engagement",
        "target": "Cible",
        "attainment": "Atteinte (décidés)",
        "on_time": "Dans le délai / mesurés",
        "attainment_due": "Atteinte (échus)",
        "late": "Retards permis / engagés",
        "late_left": "Retards restants",
        "open": "Ouverts",
        "waiting": "En attente du client",
        "overdue": "Dépassés",
    },
    "en": {
        "period": "Period:",
        "all_years": "all years",
        "every_standard": "All commitments",
        "standard": "Commitment",
        "target": "Target",
        "attainment": "Attainment (decided)",
        "on_time": "On time / measured",
        "attainment_due": "Attainment (due)",
        "late": "Late allowed / committed",
        "late_left": "Late left",
        "open": "Open",
        "waiting": "Waiting for the client",
        "overdue": "Overdue",
    },
}


def cells(row: Measure, catalogue: Catalogue, spoken: Language) -> list[str]:
    """A row in words and figures of a language, in the order of ``COLUMNS``."""

    def count(value: int) -> str:
        return formats.number(value, spoken)

    return [
        name_of(row.standard, row.unit, catalogue, spoken),
        "—" if row.target is None else formats.target(row.target, spoken),
        formats.percent(row.decided.ratio, spoken),
        f"{count(row.decided.on_time)} / {count(row.decided.measured)}",
        formats.percent(row.due.ratio, spoken),
        f"{count(row.late.allowed)} / {count(row.late.committed)}",
        count(row.late.left),
        count(row.open),
        count(row.waiting),
        count(row.overdue),
    ]


def name_of(standard: str | None, unit: str | None, catalogue: Catalogue, spoken: Language) -> str:
    """A row's standard, or all (None), and its unit, if it is of one."""
    if standard is None:
        name = HEADINGS[spoken]["every_standard"]
    else:
        name = getattr(catalogue.standards[standard].name, spoken)
    if unit is None:
        return name
    known = catalogue.units.get(unit)
    return f"{name} — {getattr(known.name, spoken) if known else unit}"


def period_in_words(asked: Period, spoken: Language) -> str:
    """The period's name and its days; all years have none to show."""
    if asked == ALL_YEARS:
        return HEADINGS[spoken]["all_years"]
    first, last = formats.day(asked.first, spoken), formats.day(asked.last, spoken)
    joined = f"du {first} au {last}" if spoken == "fr" else f"{first} to {last}"
    return f"{asked.name} ({joined})"
