"""The service standards of the Government of Canada Service Inventory, as its open data has them.

Pure. The columns are those of ``service-std.csv`` of the data set "GC Service Inventory"
(open.canada.ca), whose dictionary is ``ckanext/canada/tables/service.yaml`` of the portal's
software. What Échéance does not know is left empty for the body to fill in: the numbers of service
and standard in the inventory, the channel, the pages. A withheld number is empty too: "no
information available" in the words of the dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from services.compliance.periods import Period
from services.compliance.publication.disclosure import Publication, PublicRow
from services.compliance.publication.public_forms import csv_text
from services.compliance.publication.public_table import ColumnType, PublicColumn, PublicTable
from shared.domain import Catalogue
from shared.text import Text

TIMELINESS = "TML"
_DECIMALS = 4


def service_inventory_table(publication: Publication, catalogue: Catalogue) -> PublicTable:
    """A line for each commitment: its target, the volume and how much of it was on time."""
    year = publication.period.name
    return PublicTable(
        path="service-inventory.csv",
        title=Text(
            f"Normes de service, {year}, colonnes du Répertoire des services du GC",
            f"Service standards, {year}, columns of the GC Service Inventory",
        ),
        description=Text(
            "À compléter des numéros du répertoire, du mode de prestation et des adresses, vides ici. Vide : aucune information, ou retenu.",
            "To be completed with the inventory’s numbers, the channel and the addresses, empty here. Empty: no information, or withheld.",
        ),
        columns=_COLUMNS,
        key=("fiscal_yr", "service_standard_id"),
        missing=("",),
        text=csv_text(
            [column.name for column in _COLUMNS],
            [
                _line(row, publication.period, catalogue)
                for row in publication.rows
                if not row.units
            ],
        ),
    )


def _line(row: PublicRow, period: Period, catalogue: Catalogue) -> dict[str, object]:
    summary = catalogue.standards[row.standard].nearest_terms(period.last).summary.text()
    services = [
        code for code, service in catalogue.services.items() if row.standard in service.standards
    ]
    organization = catalogue.organization.text()
    service = catalogue.word(services[0]) if len(services) == 1 else None
    return {
        "fiscal_yr": period.name,
        "service_name_en": service.en if service else "",
        "service_name_fr": service.fr if service else "",
        "service_standard_id": row.standard,
        "service_standard_en": summary.en,
        "service_standard_fr": summary.fr,
        "type": TIMELINESS,
        "target": _share(row.target),
        "volume_meeting_target": row.decided.on_time,
        "total_volume": row.decided.measured,
        "performance": _share(row.decided.ratio),
        "target_met": _target_met(row),
        "owner_org_title": " | ".join(dict.fromkeys((organization.en, organization.fr))),
    }


def _share(ratio: Fraction | None) -> float | None:
    return None if ratio is None else round(float(ratio), _DECIMALS)


def _target_met(row: PublicRow) -> str:
    """``NA`` where nothing was measured, empty where it is withheld."""
    if row.decided.measured == 0:
        return "NA"
    if row.decided.withheld or row.decided.ratio is None:
        return ""
    return "Y" if row.decided.ratio >= row.target else "N"


def _column(
    name: str,
    fr: str,
    en: str,
    type_: ColumnType = "string",
    *,
    required: bool = False,
    values: Sequence[str] = (),
) -> PublicColumn:
    text = Text(fr, en)
    return PublicColumn(name, text, text, type_, required, tuple(values))


_COLUMNS: Sequence[PublicColumn] = (
    _column("fiscal_yr", "Exercice", "Fiscal year", required=True),
    _column("service_id", "Numéro du service", "Service ID number"),
    _column("service_name_en", "Nom du service (anglais)", "Service name (English)"),
    _column("service_name_fr", "Nom du service (français)", "Service name (French)"),
    _column(
        "service_standard_id", "Numéro de la norme de service", "Service standard ID", required=True
    ),
    _column(
        "service_standard_en",
        "Norme de service (anglais)",
        "Service standard (English)",
        required=True,
    ),
    _column(
        "service_standard_fr",
        "Norme de service (français)",
        "Service standard (French)",
        required=True,
    ),
    _column(
        "type",
        "Type de norme de service",
        "Type of service standard",
        required=True,
        values=("ACS", "ACY", "OTH", TIMELINESS),
    ),
    _column(
        "channel",
        "Mode de prestation",
        "Channel",
        values=("EML", "FAX", "ONL", "OTH", "PERSON", "POST", "TEL"),
    ),
    _column(
        "channel_comments_en",
        "Commentaires sur le mode (anglais)",
        "Comments on the channel (English)",
    ),
    _column(
        "channel_comments_fr",
        "Commentaires sur le mode (français)",
        "Comments on the channel (French)",
    ),
    _column("target", "Cible", "Target", "share"),
    _column(
        "volume_meeting_target",
        "Volume d’activités qui respectent la cible",
        "Business volume that met the standard",
        "integer",
    ),
    _column("total_volume", "Volume total", "Total volume", "integer"),
    _column("performance", "Rendement", "Performance", "share"),
    _column("comments_en", "Commentaires (anglais)", "Comments (English)"),
    _column("comments_fr", "Commentaires (français)", "Comments (French)"),
    _column("target_met", "Cible atteinte", "Target met", values=("Y", "N", "NA")),
    _column(
        "standards_targets_uri_en", "Page des normes (anglais)", "Page of the standards (English)"
    ),
    _column(
        "standards_targets_uri_fr", "Page des normes (français)", "Page of the standards (French)"
    ),
    _column(
        "performance_results_uri_en",
        "Page des résultats (anglais)",
        "Page of the results (English)",
    ),
    _column(
        "performance_results_uri_fr",
        "Page des résultats (français)",
        "Page of the results (French)",
    ),
    _column("owner_org", "Code de l’organisme", "Organization code"),
    _column("owner_org_title", "Organisme", "Organization"),
)
