"""The shipped mappings read deliveries of the form that each system documents, and say what is not in them.

Open Zaak: the CloudEvents of its operations and the kenmerken of the channel "zaken" (open-zaak/open-zaak,
src/notificaties.md). Zammad: the default payload (admin-docs.zammad.org, Webhook Payload). GLPI 11: event and
item, with the schema Ticket of its API (glpi-project/glpi, src/Webhook.php).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import pytest
import yaml

from services.ingest.cloudevents import Rules
from services.ingest.foreign_values import foreign_events
from services.ingest.hooks.hook_file import read_hook_file
from services.ingest.hooks.signatures import SCHEMES
from shared.domain.catalogue import load_catalogue_text
from shared.domain.events import short_name
from shared.mapping import ValueReader, read_value_mapping
from shared.process.shipped import mapping_profile, mapping_profiles
from tests.paths import ROOT

FOLDER: Final = ROOT / "examples" / "hooks"
TOWN: Final = load_catalogue_text((FOLDER / "catalogue.yaml").read_text("utf-8"), "catalogue.yaml")
LIVES: Final = {
    "generic": ["received", None, "documents_requested", "documents_received", "decided"],
    "glpi": ["received", "documents_requested", "documents_received", "decided"],
    "open-zaak": ["received", "documents_requested", None, "extended", "decided", None],
    "open-zaak-notifications": ["received", None, None, "decided", None],
    # The last says the closing that the one before it said.
    "zammad": ["received", "documents_requested", "documents_received", "decided", "decided"],
}


def test_every_profile_has_a_delivery_of_each_kind_here() -> None:
    assert set(LIVES) == set(mapping_profiles())


@pytest.mark.parametrize("name", LIVES)
def test_a_life_of_a_file_is_read(name: str) -> None:
    mapping = read_value_mapping(mapping_profile(name, "en"), name, TOWN)
    reader = ValueReader(mapping)
    rules = Rules(catalogue=TOWN, now=datetime(2025, 11, 1, tzinfo=UTC), sources={mapping.source})
    said: list[str | None] = []
    ids: list[str] = []
    files: set[str] = set()
    for line in (ROOT / "tests/fixtures/hooks" / f"{name}.jsonl").read_text("utf-8").splitlines():
        found = foreign_events(reader, json.loads(line), rules)
        said += [short_name(type(event)) for event in found.events] or [None]
        ids += [event.id for event in found.events]
        files |= {event.file_id for event in found.events}
        assert found.read.silent == (not found.events)
    assert said == LIVES[name]
    assert len(files) == 1
    assert len(set(ids)) == len(ids) - (name == "zammad")


@pytest.mark.parametrize("name", LIVES)
def test_a_profile_is_the_same_in_both_languages_but_for_its_comments(name: str) -> None:
    french, english = mapping_profile(name, "fr"), mapping_profile(name, "en")
    assert yaml.safe_load(french) == yaml.safe_load(english)
    if name != "generic":
        assert french.splitlines()[0] != english.splitlines()[0]


def test_the_example_is_the_generic_profile_and_its_hooks_can_be_read() -> None:
    example = (FOLDER / "permits.yaml").read_text("utf-8")
    assert example == mapping_profile("generic", "en")
    entries, _ = read_hook_file((FOLDER / "hooks.yaml").read_text("utf-8"), "hooks.yaml")
    assert entries.hooks["permits"].signature == SCHEMES["github"]
