"""An identifier is named where it stands whole, and looked for where it says enough."""

from __future__ import annotations

import pytest

from echeance.erasure.mentions import Mentions

COMMON = [
    "2025",
    "montreal",
    "2026-11-23",
    "2026-11-23T14:30:00Z",
    "2026-2027",
    "org.echeance.file.received.v1",
]
FILES = Mentions(["CAQ-2026-000123", "CAQ-2026-0001", "urn:ville:permis2", *COMMON])


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        (b'{"subject":"CAQ-2026-000123"}', True),
        (b"see CAQ-2026-000123.", True),
        (b"CAQ-2026-0001, CAQ-2026-0002", True),
        (b"CAQ-2026-0001234", False),
        (b"X-CAQ-2026-000123", False),
        (b"CAQ-2026-000123/4", True),  # an event's
        (b"CAQ-2026-000123.b", False),
        (b'{"offset":2025,"unit":"montreal"}', False),  # such identifiers could be anything
        (b"on 2026-11-23T14:30:00Z, org.echeance.file.received.v1, of 2026-2027", False),
        (b'{"source" : "urn:ville:permis2","type":"org.echeance.file.received.v1"}', False),
        (b'{"subject":"urn:ville:permis2"}', True),
        (b"", False),
    ],
)
def test_which_bytes_name_a_file(stored: bytes, named: bool) -> None:
    assert bool(FILES.named(stored)) is named


def test_a_text_without_the_identifiers() -> None:
    text = "Voir CAQ-2026-000123 (été 2025)."
    assert FILES.redacted(text) == "Voir […] (été 2025)."
    assert Mentions([]).redacted(text) == text
