"""What is read of somebody's claims, whatever a provider puts there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.people.oidc.errors import SignInRefusedError
from services.compliance.people.oidc.identity import (
    groups_of,
    is_overage,
    name_of,
    session_of,
    subject_of,
)

values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "mt", "email": "m@example.org"}, "mt"),
        ({"preferred_username": " ", "email": "m@example.org"}, "m@example.org"),
        ({"name": "Marie\u202e\n Tremblay"}, "Marie Tremblay"),
        ({"name": "a" * 300}, "a" * 100),
        ({}, "m-17"),
    ],
)
def test_people_have_the_name_that_their_provider_shows(claims: dict[str, Any], name: str) -> None:
    assert name_of({"sub": "m-17", **claims}) == name


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({}, None),
        ({"groups": None}, None),
        ({"groups": []}, []),
        ({"groups": ["a", "b"]}, ["a", "b"]),
        ({"groups": "a"}, ["a"]),
        ({"groups": ["a", 1, None, ["b"], {"c": "d"}]}, ["a"]),
        ({"groups": {"a": "b"}}, []),
    ],
)
def test_groups_are_texts_in_a_list_or_one_alone(
    claims: dict[str, Any], groups: list[str] | None
) -> None:
    assert groups_of(claims, "groups") == groups


def test_groups_that_are_too_many_for_a_token_are_known_as_such() -> None:
    assert is_overage({"_claim_names": {"groups": "src1"}}, "groups")
    assert not is_overage({"_claim_names": "groups"}, "groups") and not is_overage({}, "groups")


@given(st.dictionaries(st.sampled_from(["sub", "name", "email", "sid", "groups", "_claim_names"]), values))  # fmt: skip
def test_whatever_is_in_the_claims_breaks_nothing(claims: dict[str, Any]) -> None:
    groups_of(claims, "groups"), is_overage(claims, "groups"), session_of(claims)
    try:
        assert 0 < len(subject_of(claims)) <= 255
    except SignInRefusedError:
        return
    assert len(name_of(claims)) <= 100
