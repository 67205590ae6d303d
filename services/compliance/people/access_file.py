"""``access.yaml``: what the groups of a provider may see and do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, model_validator

from shared.domain import Catalogue, Word
from shared.domain.calendars import BilingualText, StrictModel
from shared.domain.strict_yaml import FaultsError, UnusableValueError, cited, reader
from shared.text import Text

ALL: Final = "all"
GroupName = Annotated[str, Field(min_length=1, max_length=256)]
"""As the provider writes it in its claim: a name, a path, or Entra's object id."""
Right = Literal["read", "explain", "audit"]
"""``read`` the board and the API, ``explain`` in the annual report, ``audit`` who read what."""


class AccessGroup(StrictModel):
    """What a group may do; ``units`` is ``all``, or those whose files it sees."""

    units: Literal["all"] | Annotated[Sequence[Word], Field(min_length=1)]
    rights: Annotated[Sequence[Right], Field(min_length=1)] = ("read",)

    @model_validator(mode="after")
    def _consistent(self) -> AccessGroup:
        if "explain" in self.rights and "read" not in self.rights:
            raise UnusableValueError(
                "qui explique lit aussi\u00a0: ajoutez read", "who explains reads too: add read"
            )
        for right in ("explain", "audit"):
            if right in self.rights and self.units != ALL:
                raise UnusableValueError(
                    f"{right} est un droit sur toutes les unités\u00a0: écrivez units: all",
                    f"{right} is a right over every unit: write units: all",
                )
        return self


class Access(StrictModel):
    """The whole file. ``contact`` is whom to ask who signs in and belongs to no group of it."""

    contact: BilingualText | None = None
    groups: Annotated[Mapping[GroupName, AccessGroup], Field(min_length=1)]

    def known(self, groups: Iterable[str]) -> Sequence[str]:
        """Those of some groups that the file names, in its order."""
        given = frozenset(groups)
        return [name for name in self.groups if name in given]

    def rights(self, groups: Iterable[str]) -> Rights | None:
        """The union of what some groups may do; None where the file names none of them.

        A group adds its units only to what it lets read: who audits reads no file by that.
        """
        found = [self.groups[name] for name in self.known(groups)]
        if not found:
            return None
        scopes = frozenset(right for one in found for right in one.rights)
        units = [one.units for one in found if "read" in one.rights] or [ALL]
        named = frozenset(unit for some in units if some != ALL for unit in some)
        return Rights(scopes, None if ALL in units else named)


class Rights(NamedTuple):
    """What somebody may do; ``units`` they see, None for all."""

    scopes: frozenset[Right]
    units: frozenset[str] | None


def load(text: str, catalogue: Catalogue, name: str) -> Access:
    """Read the file for a catalogue's units; raises :class:`FaultsError` with every fault."""
    access, document = reader.read(Access, text, name)
    faults = [document.fault(path, message) for path, message in _faults(access, catalogue)]
    if faults:
        raise FaultsError(name, faults)
    return access


def _faults(access: Access, catalogue: Catalogue) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    for group, one in access.groups.items():
        for place, unit in enumerate(() if one.units == ALL else one.units):
            if unit not in catalogue.units:
                french = f"le catalogue n’a pas d’unité {cited(unit)}"
                yield (
                    ("groups", group, "units", place),
                    Text(french, f"the catalogue has no unit {unit!r}"),
                )
