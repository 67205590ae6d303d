"""Which identifiers have the shape of a person's, and which do not; what a publisher is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from services.ingest.cloudevents.personal import (
    E_MAIL,
    HEALTH_INSURANCE,
    SOCIAL_INSURANCE,
    TELEPHONE,
    personal_shape,
)
from tests.builders import CATALOGUE, at, members

PERSONAL = {
    "130692544": SOCIAL_INSURANCE,
    "130-692-544": SOCIAL_INSURANCE,
    "130.692.544": SOCIAL_INSURANCE,
    "TREM85561234": HEALTH_INSURANCE,
    "trem-8512-3112": HEALTH_INSURANCE,
    "TREM 8551 0112": HEALTH_INSURANCE,
    "a.tremblay@example.org": E_MAIL,
    "514-555-0199": TELEPHONE,
    "514.555.0199": TELEPHONE,
    "1-514-555-0199": TELEPHONE,
    "+15145550199": TELEPHONE,
    "(514) 555-0199": TELEPHONE,
    "5145550199": TELEPHONE,
}
OTHERS = (
    "123456789",  # no check digit
    "046454286",  # begins as no province's does
    "030-692-544",
    "1306925440",
    "13069254",
    "130-692.544",
    "CAQ-130692544",
    "CAQ-2026-000123",
    "2026000124",
    "TREM85131234",  # no month
    "TREM85561299X",
    "TREM85563512",  # no day
    "ABCD202600012",
    "@home",
    "e-1",
    "5b0e8f3e-8d54-4a52-9d0a-2f6f2b7f5a11",
    "514-155-0199",
    "F-514-555-0199",
    "CAQ-2026-000124/2",
    "A",
)


@pytest.mark.parametrize(("identifier", "shape"), PERSONAL.items())
def test_an_identifier_of_a_person(identifier: str, shape: str) -> None:
    assert personal_shape(identifier) == shape


@pytest.mark.parametrize("identifier", OTHERS)
def test_any_other_identifier(identifier: str) -> None:
    assert personal_shape(identifier) is None


def posted(**changes: Any) -> bytes:
    data = {"standard": "caq-etudes", "unit": "montreal"}
    event = members("received", "A", "2026-05-04T09:00:00-04:00", data, named="e-1")
    return json.dumps({**event, **changes}).encode()


@pytest.mark.parametrize("member", ["subject", "id"])
@pytest.mark.parametrize("identifier", ["130692544", "a.tremblay@example.org"])
def test_it_is_refused_without_being_quoted_and_accepted_by_the_switch(
    member: str, identifier: str
) -> None:
    rules = Rules(catalogue=CATALOGUE, now=at("2026-05-05"))
    with pytest.raises(InvalidEventsError) as caught:
        parse_structured(posted(**{member: identifier}), rules)
    [fault] = caught.value.faults
    assert (fault.code, fault.pointer, fault.status) == ("personal_identifier", f"/{member}", 422)
    for language in ("fr", "en"):
        assert identifier not in fault.detail(language)
        assert "ECHEANCE_PERSONAL_IDENTIFIERS=accept" in fault.detail(language)
    if "@" not in identifier:
        accepting = Rules(catalogue=CATALOGUE, now=at("2026-05-05"), personal_identifiers="accept")
        assert parse_structured(posted(**{member: identifier}), accepting)
