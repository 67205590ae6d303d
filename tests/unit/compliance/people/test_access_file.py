"""``access.yaml``: who may what, and what is refused with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.people.access_file import Access, load
from shared.domain.strict_yaml.reader import FaultsError
from tests.builders import CATALOGUE

GROUPS = """\
groups:
  laval: {units: [laval]}
  north: {units: [laval, estrie]}
  all: {units: all}
  directors: {units: all, rights: [read, explain]}
  auditors: {units: all, rights: [audit]}
"""
NAMES = ("laval", "north", "all", "directors", "auditors", "unknown")


def access(text: str = GROUPS) -> Access:
    return load(text, CATALOGUE, "access.yaml")


@pytest.mark.parametrize(
    ("groups", "scopes", "units"),
    [
        (["laval"], {"read"}, {"laval"}),
        (["laval", "north"], {"read"}, {"laval", "estrie"}),
        (["laval", "all"], {"read"}, None),
        (["directors"], {"read", "explain"}, None),
        (["auditors"], {"audit"}, None),
        (["auditors", "laval"], {"audit", "read"}, {"laval"}),
        (["unknown", "laval"], {"read"}, {"laval"}),
    ],
)
def test_rights_are_the_union_of_groups(
    groups: list[str], scopes: set[str], units: set[str] | None
) -> None:
    found = access().rights(groups)
    assert found is not None
    assert found.scopes == frozenset(scopes)
    assert found.units == (None if units is None else frozenset(units))


def test_who_is_in_no_group_of_the_file_has_no_right() -> None:
    assert access().rights([]) is None
    assert access().rights(["unknown", "Laval", "laval "]) is None


@given(st.lists(st.sampled_from(NAMES)), st.sampled_from(NAMES))
def test_another_group_takes_nothing_away(groups: list[str], another: str) -> None:
    before, after = access().rights(groups), access().rights([*groups, another])
    if before is None:
        return
    assert after is not None and before.scopes <= after.scopes
    if "read" in before.scopes:
        assert after.units is None or (before.units is not None and before.units <= after.units)


@given(st.lists(st.sampled_from(NAMES)))
def test_nobody_reads_a_unit_that_no_reading_group_has(groups: list[str]) -> None:
    found = access().rights(groups)
    if found is not None and "read" in found.scopes and found.units is None:
        assert {"all", "directors"} & set(groups)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: the file is empty"),
        ("groups: {}", "1:9: groups"),
        ("group: {}", "1:1: group"),
        ("groups:\n  a: {}", "2:6: groups.a.units: this key is required"),
        ("groups:\n  a: {units: []}", "2:14: groups.a.units"),
        ("groups:\n  a: {units: [nowhere]}", "2:15: groups.a.units.0: the catalogue has no unit 'nowhere'"),
        ("groups:\n  a: {units: laval}", "2:14: groups.a.units"),
        ("groups:\n  a: {units: all, rights: [publish]}", "2:28: groups.a.rights.0"),
        ("groups:\n  a: {units: all, rights: []}", "2:27: groups.a.rights"),
        ("groups:\n  a: {units: all, rights: [explain]}", "who explains reads too: add read"),
        ("groups:\n  a: {units: [laval], rights: [read, explain]}", "explain is a right over every unit: write units: all"),
        ("groups:\n  a: {units: [laval], rights: [audit]}", "audit is a right over every unit: write units: all"),
        ("groups:\n  a: {units: all}\n  a: {units: [laval]}", "3:3: a: this key stands twice"),
        ("groups:\n  1234: {units: all}", "put this key in quotes"),
        ("contact: somebody\ngroups:\n  a: {units: all}", "1:10: contact"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FaultsError) as refused:
        access(text)
    assert said in refused.value.within("en")
    assert refused.value.within("fr") != refused.value.within("en")
