"""``sources.yaml`` is read strictly: what cannot be used is told with its place."""

from __future__ import annotations

import pytest

from services.ingest.topics.sources_file import SourcesFile, load_sources
from shared.domain.strict_yaml import FaultsError
from shared.mapping import ExportMapping
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import SOURCE
from tests.unit.ingest.topics.test_record_reader import MAPPING

WHOLE = f"""
brokers: {{bootstrap: "kafka.example.org:9093", ca_file: /run/ca.pem, user: echeance, password_file: /run/password}}
topics:
  cases.events: {{source: "{SOURCE}", format: cloudevents}}
  tickets:
    source: {SOURCE}
    format: json
    mapping: tickets.yaml
    units: [montreal]
    standards: [caq-etudes]
    prefixes: [CAQ-]
"""


def read(text: str) -> tuple[SourcesFile, dict[str, ExportMapping]]:
    file, mappings = load_sources(
        text, "sources.yaml", CATALOGUE, lambda name: {"tickets.yaml": MAPPING}[name]
    )
    return file, dict(mappings)


def test_a_file_names_topics_with_their_sources_formats_and_permissions() -> None:
    file, mappings = read(WHOLE)
    assert list(file.topics) == ["cases.events", "tickets"]
    assert file.topics["tickets"].units == ("montreal",)
    assert list(mappings) == ["tickets"] and mappings["tickets"].source == SOURCE
    assert file.brokers is not None and file.brokers.bootstrap == "kafka.example.org:9093"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("cases.events:", "echeance.file-events:", "not read into themselves"),
        ("cases.events:", "a/b:", "is no topic of Kafka"),
        ("format: cloudevents", "format: avro", "format"),
        ("    mapping: tickets.yaml\n", "", "needs mapping"),
        ("format: cloudevents", "format: cloudevents, mapping: tickets.yaml", "has no mapping"),
        ("units: [montreal]", "units: [atlantis]", "has no 'atlantis' under units"),
        ("units: [montreal]", "units: []", "units"),
        ("standards: [caq-etudes]", "standards: [nothing]", "has no 'nothing' under standards"),
        (f"    source: {SOURCE}", "    source: urn:example:other", "write the same"),
        (f"    source: {SOURCE}", "    source: not a uri", "is not a source"),
        (f"    source: {SOURCE}", "    source: urn:echeance:operator", "is not a source"),
        ("prefixes: [CAQ-]", "prefixes: [-]", "begins no identifier"),
        (", password_file: /run/password", "", "user and password_file together"),
        (", user: echeance", ", cert_file: /run/own.pem, user: echeance", "cert_file and key_file"),
        ("ca_file: /run/ca.pem", "cert_file: /run/own.pem, key_file: /run/own.key", "ca_file with"),
        ("    units:", "    unit:", "unit"),
    ],
)
def test_what_cannot_be_used_is_told(before: str, after: str, told: str) -> None:
    assert before in WHOLE
    with pytest.raises(FaultsError, match=r"sources\.yaml:\d+:\d+") as caught:
        read(WHOLE.replace(before, after))
    assert told in str(caught.value)


def test_a_fault_of_a_mapping_is_told_with_its_own_file() -> None:
    with pytest.raises(FaultsError, match=r"tickets\.yaml:\d+"):
        load_sources(WHOLE, "sources.yaml", CATALOGUE, lambda name: MAPPING + "nothing: 1\n")
