"""The columns of Canada's Service Inventory, and what is known of them."""

from __future__ import annotations

import csv
import io

import pytest

from services.compliance.publication.disclosure import DisclosedAttainment, PublicRow
from services.compliance.publication.service_inventory import service_inventory_table
from tests.builders import CATALOGUE
from tests.unit.compliance.publication.opened_archive import lines
from tests.unit.compliance.publication.test_public_forms import PUBLICATION, TARGET

# Of the data set "GC Service Inventory" (open.canada.ca), service-std.csv.
INVENTORY = [
    "fiscal_yr",
    "service_id",
    "service_name_en",
    "service_name_fr",
    "service_standard_id",
    "service_standard_en",
    "service_standard_fr",
    "type",
    "channel",
    "channel_comments_en",
    "channel_comments_fr",
    "target",
    "volume_meeting_target",
    "total_volume",
    "performance",
    "comments_en",
    "comments_fr",
    "target_met",
    "standards_targets_uri_en",
    "standards_targets_uri_fr",
    "performance_results_uri_en",
    "performance_results_uri_fr",
    "owner_org",
    "owner_org_title",
]


def test_the_service_inventory_has_its_columns() -> None:
    mails, complaints = lines("service-inventory.csv")
    assert list(mails) == INVENTORY
    assert (mails["fiscal_yr"], mails["service_standard_id"]) == ("2025-2026", "courriel")
    assert (mails["target"], mails["type"]) == ("0.8", "TML")
    assert (mails["volume_meeting_target"], mails["total_volume"]) == ("72", "81")
    assert (mails["performance"], mails["target_met"]) == ("0.8889", "Y")
    assert mails["service_standard_fr"] and mails["service_standard_en"]
    assert (complaints["total_volume"], complaints["volume_meeting_target"]) == ("20", "")
    assert (complaints["performance"], complaints["target_met"]) == ("", "")


@pytest.mark.parametrize(
    ("decided", "said"), [((40, 20, 20), "N"), ((0, 0, 0), "NA"), ((40, 32, 8), "Y")]
)
def test_the_service_inventory_says_whether_the_target_was_met(
    decided: tuple[int, int, int], said: str
) -> None:
    one = DisclosedAttainment(*decided)
    publication = PUBLICATION._replace(rows=[PublicRow("courriel", (), TARGET, one, one)])
    table = service_inventory_table(publication, CATALOGUE)
    [line] = csv.DictReader(io.StringIO(table.text))
    assert line["target_met"] == said
