"""Every page of the board, one entry a page: all tests of this folder go over all of them.

To add a page, add its entry. ``path`` may use the names of :mod:`tests.board.ministry`, which says what there is to be seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from typing_extensions import override

from shared.problem_texts import TITLES
from shared.texts import Language, Text

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")


class Page(NamedTuple):
    """A page, or a state of one: how it is reached, and what its ``h1`` says in each language.

    ``reading`` pages say everything without JavaScript. ``name`` is that of its tests and of its screenshots.
    """

    name: str
    path: str
    title: Text
    reading: bool = True
    signed_in: bool = True
    status: int = 200

    @override
    def __str__(self) -> str:
        return self.name


PAGES: Final = (
    Page("sign-in", "/sign-in", Text("Connexion", "Sign in"), signed_in=False),
    Page("standards", "/", Text("Engagements", "Standards")),
    Page("worklist", "/worklist", Text("Dossiers à traiter", "Worklist")),
    Page(
        "worklist-overdue",
        "/worklist?stage=overdue&unit=montreal",
        Text("Dossiers à traiter", "Worklist"),
    ),
    Page(
        "worklist-empty",
        "/worklist?standard=telephone&stage=waiting",
        Text("Dossiers à traiter", "Worklist"),
    ),
    Page("unknown-standard", "/worklist?standard=none", TITLES[404], status=404),
    Page("mistaken-stage", "/worklist?stage=none", TITLES[422], status=422),
)
