"""What is wrong with a value in YAML and what to write instead, in French and English.

Pure. Our own validators raise :class:`UnusableValueError` with the text. For pydantic's errors it
depends on the type of the error, never on its message, which is in English and about classes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Final

from pydantic_core import ErrorDetails

from shared.text import Text


class UnusableValueError(ValueError):
    """A value that cannot be used, and what to write; ``at`` is the path to the key to correct."""

    def __init__(self, french: str, english: str, at: Sequence[str | int] = ()) -> None:
        super().__init__(english)
        self.text = Text(french, english)
        self.at = tuple(at)


REQUIRED: Final = Text("cette clé est requise", "this key is required")
_WORD: Final = Text(
    "écrivez un mot\u00a0: lettres a à z, chiffres et traits d’union, une lettre ou un chiffre d’abord, 64 caractères au plus",
    "write a word: letters a to z, digits and hyphens, a letter or a digit first, at most 64 characters",
)
KEYS: Final = Text("écrivez des clés et leurs valeurs", "write keys and their values")
_LIST = Text("écrivez une liste, telle que [a, b]", "write a list, such as [a, b]")
_STRING = Text(
    "écrivez un texte, entre guillemets s’il ressemble à un nombre, à une date ou à oui/non",
    "write a text, in quotes where it looks like a number, a date or yes/no",
)
INTEGER: Final = Text("écrivez un nombre entier, tel que 20", "write a whole number, such as 20")
NUMBER: Final = Text("écrivez un nombre, tel que 80 ou 87.5", "write a number, such as 80 or 87.5")
_BOOLEAN = Text("écrivez true ou false", "write true or false")
DATE: Final = Text("écrivez une date, telle que 2025-04-01", "write a date, such as 2025-04-01")
_OTHER = Text("cette valeur ne peut pas servir ici", "this value cannot be used here")

_BY_KIND: Final[Sequence[tuple[tuple[str, ...], Text]]] = (
    (("missing",), REQUIRED),
    (("string_pattern_mismatch",), _WORD),
    (("int",), INTEGER),
    (("decimal", "float", "finite"), NUMBER),
    (("bool",), _BOOLEAN),
    (("date",), DATE),
    (("string_type", "string_sub", "string_unicode"), _STRING),
    (("dict", "mapping", "model"), KEYS),
    (("list", "tuple", "sequence", "set", "iterable", "is_instance"), _LIST),
)
"""By the first part of the name of the kind of error."""
_BOUNDS: Final[Mapping[str, tuple[str, Text]]] = {
    "greater_than_equal": ("ge", Text("doit être au moins {bound}", "must be at least {bound}")),
    "greater_than": ("gt", Text("doit être plus que {bound}", "must be more than {bound}")),
    "less_than_equal": ("le", Text("doit être au plus {bound}", "must be at most {bound}")),
    "less_than": ("lt", Text("doit être moins que {bound}", "must be less than {bound}")),
    "too_short": ("min_length", Text("il en faut au moins {bound}", "give at least {bound}")),
    "too_long": ("max_length", Text("il en faut au plus {bound}", "give at most {bound}")),
    "string_too_short": (
        "min_length",
        Text("écrivez au moins {bound} caractère(s)", "write at least {bound} character(s)"),
    ),
    "string_too_long": (
        "max_length",
        Text("écrivez au plus {bound} caractère(s)", "write at most {bound} character(s)"),
    ),
}
_NOTHING: Final[Mapping[str, Text]] = {
    "too_short": Text(
        "rien n’est donné\u00a0: il en faut au moins un", "nothing is given: give at least one"
    ),
    "string_too_short": Text("ce texte est vide", "this text is empty"),
}
_MOST_WORDS = 30
_QUOTED = re.compile(r"'([^']*)'")


def text_of_error(error: ErrorDetails) -> Text:
    """The text of a pydantic error."""
    kind, context = error["type"], error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, UnusableValueError):
        return cause.text
    if cause is not None:
        return Text(str(cause), str(cause))
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        bound = context[name]
        return _NOTHING[kind] if bound == 1 and kind in _NOTHING else _filled(text, bound)
    if kind == "literal_error":
        return one_of(_QUOTED.findall(context["expected"]))
    return next((text for kinds, text in _BY_KIND if kind.startswith(kinds)), _OTHER)


def one_of(words: Sequence[str]) -> Text:
    """One of these words is expected, or the only one there is."""
    if len(words) == 1:
        return Text(f"écrivez {words[0]}", f"write {words[0]}")
    return Text(
        f"écrivez l’un de ces mots\u00a0: {listed(words)}", f"write one of: {listed(words)}"
    )


def some_of_keys(keys: Sequence[str]) -> Text:
    """Keys are expected in place of a value; of these, where they are known."""
    if not keys:
        return KEYS
    return Text(
        f"{KEYS.fr}, telles que {{{keys[0]}: …}}\u00a0; celles qui existent\u00a0: {listed(keys)}",
        f"{KEYS.en}, such as {{{keys[0]}: …}}; those there are: {listed(keys)}",
    )


def no_such_key(keys: Sequence[str]) -> Text:
    """A key is not known; these are."""
    if not keys:
        return Text("cette clé n’existe pas ici", "there is no such key here")
    return Text(
        f"cette clé n’existe pas ici\u00a0; celles qui existent\u00a0: {listed(keys)}",
        f"there is no such key here; those there are: {listed(keys)}",
    )


def key_of_another_place(place: str, keys: Sequence[str]) -> Text:
    """A key is not known here, and is elsewhere; these are known here."""
    return Text(
        f"cette clé n’existe pas ici, mais sous {place}\u00a0; celles d’ici\u00a0: {listed(keys)}",
        f"there is no such key here, but under {place}; those here are: {listed(keys)}",
    )


def not_among(word: str, key: str, words: Collection[str]) -> Text:
    """A word that a key of the file does not list; these are listed."""
    return Text(
        f"{cited(word)} n’est pas un des {key}\u00a0; ceux qui existent\u00a0: {listed(words)}",
        f"{word!r} is not one of the {key}; those there are: {listed(words)}",
    )


def listed(words: Collection[str]) -> str:
    """``a, b, c``; the first thirty."""
    first = [*islice(words, _MOST_WORDS), *(["…"] if len(words) > _MOST_WORDS else [])]
    return ", ".join(first) or "–"


def _filled(text: Text, bound: object) -> Text:
    return Text(text.fr.format(bound=bound), text.en.format(bound=bound))


def cited(word: str) -> str:
    """A word of the file in French quotation marks, escaped to one line."""
    return f"«\u00a0{repr(word)[1:-1]}\u00a0»"


_TAG = re.compile(r"tag '([^']*)'")
_ALIAS = re.compile(r"undefined alias '([^']*)'")


def text_of_syntax(problem: str) -> Text:
    """The text of a YAML syntax error, from PyYAML's message in English."""
    if "\\t" in problem or "tab" in problem:
        return Text(
            "une tabulation ne peut rien commencer\u00a0: décalez avec des espaces",
            "a tab cannot begin anything: indent with spaces",
        )
    if "another document" in problem:
        return Text(
            "le fichier commence un second document\u00a0: retirez la ligne --- et ce qui la suit",
            "the file begins a second document: remove the line --- and what follows it",
        )
    if alias := _ALIAS.search(problem):
        return Text(
            f"*{alias[1]} ne renvoie à rien\u00a0: écrivez &{alias[1]} plus haut",
            f"*{alias[1]} refers to nothing: write &{alias[1]} above it",
        )
    if "second occurrence" in problem:
        return Text("cette ancre (&) est déjà définie", "this anchor (&) is already defined")
    if match := _TAG.search(problem):
        tag = match[1].replace("tag:yaml.org,2002:", "!!")
        return Text(f"l’étiquette {tag} n’est pas admise", f"the tag {tag} has no place here")
    return Text(
        "le YAML n’est pas bien formé ici\u00a0: vérifiez guillemets, crochets, deux-points et retraits",
        "the YAML is not well formed here: check quotes, brackets, colons and indentation",
    )
