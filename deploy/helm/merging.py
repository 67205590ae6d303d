"""One tree of several: an object as the base has it, with what each component adds or changes under a condition.

A component may add keys and items of lists, and change scalars; one that removes something is refused, since no template could say it in
the place where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from deploy.helm.expressions import Marks, literal

_IDENTITIES: Final = ("name", "mountPath")
"""By which of its keys an item of a list is known; else by the whole of it."""


def with_component(merged: Any, base: Any, other: Any, condition: str, marks: Marks) -> Any:
    """What was merged so far, and under a condition what another has that the base has not."""
    if base == other:
        return merged
    if isinstance(base, Mapping) and isinstance(other, Mapping):
        return _mapping(merged, base, other, condition, marks)
    if isinstance(base, list) and isinstance(other, list):
        return _sequence(merged, base, other, condition, marks)
    if merged != base or not (isinstance(base, str | int) and isinstance(other, str | int)):
        raise ValueError(f"{base!r} becomes {other!r}, which is not said here yet")
    return marks.value(f"ternary {literal(other)} {literal(base)} ({condition})")


def _mapping(
    merged: Mapping[str, Any],
    base: Mapping[str, Any],
    other: Mapping[str, Any],
    condition: str,
    marks: Marks,
) -> dict[str, Any]:
    if removed := base.keys() - other.keys():
        raise ValueError(f"a component removes {removed}")
    made = {
        key: with_component(value, base[key], other[key], condition, marks)
        if key in base
        else value
        for key, value in merged.items()
    }
    added = {key: value for key, value in other.items() if key not in base}
    if added:
        made |= {marks.line(f"if {condition}"): None, **added, marks.line("end"): None}
    return made


def _sequence(
    merged: Sequence[Any], base: Sequence[Any], other: Sequence[Any], condition: str, marks: Marks
) -> list[Any]:
    bases = {_identity(one): one for one in base}
    others = {_identity(one): one for one in other}
    if removed := bases.keys() - others.keys():
        raise ValueError(f"a component removes {removed}")
    made = [
        with_component(one, bases[identity], others[identity], condition, marks)
        if identity in bases
        else one
        for one in merged
        for identity in [_identity(one)]
    ]
    added = [one for identity, one in others.items() if identity not in bases]
    if added:
        made += [marks.line(f"if {condition}"), *added, marks.line("end")]
    return made


def _identity(item: Any) -> str:
    if isinstance(item, Mapping):
        return next((str(item[key]) for key in _IDENTITIES if key in item), str(item))
    return str(item)
