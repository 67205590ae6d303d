"""A table that is published: its columns, their meaning in both languages, and its lines. Pure.

What Data Package and CSVW say of a table is read from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from services.compliance.attainment.figures import DECIDED, DUE, TARGET_FIGURE, BasisFigures, Figure
from services.compliance.explanations.forms import EXPLANATION_COLUMNS
from services.compliance.publication.disclosure import Publication
from services.compliance.publication.public_forms import WITHHELD, publication_csv
from shared.domain import Catalogue
from shared.text import Text

ColumnType = Literal["string", "integer", "share"]
"""A share is a number from 0 to 1."""


class PublicColumn(NamedTuple):
    """A column; ``required`` where no line leaves it empty, ``values`` where it has only these."""

    name: str
    title: Text
    description: Text
    type: ColumnType = "string"
    required: bool = False
    values: tuple[str, ...] = ()


class PublicTable(NamedTuple):
    """A table as a file of CSV; ``missing`` are the cells that hold no value."""

    path: str
    title: Text
    description: Text
    columns: Sequence[PublicColumn]
    key: tuple[str, ...]
    missing: tuple[str, ...]
    text: str

    @property
    def has_primary_key(self) -> bool:
        """Whether no line leaves the columns empty that tell it from the others."""
        return all(column.required for column in self.columns if column.name in self.key)


def attainment_table(publication: Publication, catalogue: Catalogue) -> PublicTable:
    """Every commitment beside its target, and its units."""
    publisher, year = catalogue.organization.text(), publication.period.name
    return PublicTable(
        path="attainment.csv",
        title=Text(
            f"Atteinte des engagements, {year}, {publisher.fr}",
            f"Attainment of service standards, {year}, {publisher.en}",
        ),
        description=Text(
            "Une ligne par engagement, puis une par unité ou groupe d’unités. x : retenu, car trop petit pour être publié.",
            "A line for each commitment, then one for each unit or group of units. x: withheld, because it is too small to be published.",
        ),
        columns=(*_COLUMNS, *(_EXPLANATIONS if publication.explanations else ())),
        key=("period", "standard", "unit"),
        missing=("", WITHHELD),
        text=publication_csv(publication),
    )


_DECIDED = Text("dossiers décidés dans l’exercice", "files decided in the fiscal year")
_DUE = Text(
    "dossiers dont le dernier jour tombe dans l’exercice, décidés ou non",
    "files whose last day lies in the fiscal year, decided or not",
)


def _on_basis(figures: BasisFigures, basis: Text) -> Sequence[PublicColumn]:
    """The columns of a basis, in the order in which a row of CSV has them."""
    meanings: Sequence[tuple[Figure, str, str, ColumnType]] = (
        (
            figures.attainment,
            "Dossiers dans le délai ÷ dossiers mesurés, à six décimales",
            "Files on time ÷ files measured, to six decimals",
            "share",
        ),
        (figures.measured, "Dossiers mesurés", "Files measured", "integer"),
        (figures.on_time, "Dossiers dans le délai", "Files on time", "integer"),
        (figures.late, "Dossiers en retard", "Files late", "integer"),
    )
    return [
        PublicColumn(
            figure.name, figure.heading, Text(f"{fr} ({basis.fr})", f"{en} ({basis.en})"), type_
        )
        for figure, fr, en, type_ in meanings
    ]


_COLUMNS: Sequence[PublicColumn] = (
    PublicColumn(
        "period", Text("Exercice", "Fiscal year"), Text("Exercice", "Fiscal year"), required=True
    ),
    PublicColumn(
        "standard",
        Text("Engagement", "Standard"),
        Text("Code de l’engagement dans le catalogue", "Code of the standard in the catalogue"),
        required=True,
    ),
    PublicColumn(
        "unit",
        Text("Unité", "Unit"),
        Text(
            "Code de l’unité, ou de celles publiées ensemble, liés par + ; vide pour toutes",
            "Code of the unit, or of those published together, joined by +; empty for all",
        ),
    ),
    PublicColumn(
        "target",
        TARGET_FIGURE.heading,
        Text("Part à décider dans le délai", "Share to be decided on time"),
        "share",
        required=True,
    ),
    *_on_basis(DECIDED, _DECIDED),
    *_on_basis(DUE, _DUE),
)
_EXPLANATIONS: Sequence[PublicColumn] = tuple(
    PublicColumn(
        name,
        heading,
        Text("Ce que dit l’organisme de cet engagement", "What the body says of this standard"),
    )
    for name, heading in EXPLANATION_COLUMNS.items()
)
