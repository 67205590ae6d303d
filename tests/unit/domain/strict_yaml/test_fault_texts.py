"""Whatever is wrong with a catalogue, it is said in its own terms and in the language asked for, at a place of the file."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import settings

from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.strict_yaml.reader import FaultsError
from shared.text.texts import Text
from tests.builders import TEXT
from tests.paths import ROOT

# The shipped catalogue on calendars of few years, which are quickly made.
SHIPPED_TEXT = TEXT.replace(
    "{first_year: 2010, last_year: 2050}", "{first_year: 2025, last_year: 2026}"
)
SHIPPED_VALUE = yaml.safe_load(SHIPPED_TEXT)
WIDE = (ROOT / "tests" / "fixtures" / "wide-catalogue.yaml").read_text(encoding="utf-8")
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# All parts where laws are tried on all examples, each tenth where on a tenth of them.
STRIDE = max(1, 150 // settings().max_examples)
WRONG: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "Mot de Passe",
    "a\nb",
    "2025-02-30",
    "24:00-25:00",
    [],
    [[]],
    [None],
    ["Mot de Passe"],
    {},
    {"a": {"b": 1}},
    {"Clé": "x"},
]
LIBRARY = re.compile(
    r"pydantic|msgspec|yaml\.|Input|should|valid|Extra inputs|Field|required|String|match|pattern"
    r"|Value error|instance|Error|Exception|Traceback|NoneType|[<^$\\]|\{\d|__|Catalogue\b|StrictModel"
    r"|Sequence|Mapping|Decimal|\bdict|\blist\b|\bstr\b|\bint\b|\bthe\b|\bwrite\b|\bmust\b"
)


def nodes(
    value: Any, path: tuple[Any, ...] = (), known: set[int] | None = None
) -> Iterator[tuple[Any, ...]]:
    """The path of every part; what is inside one that stands in several places, once."""
    seen = set() if known is None else known
    yield path
    if not isinstance(value, dict | list) or id(value) in seen:
        return
    seen.add(id(value))
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from nodes(inner, (*path, key), seen)


def within(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def spelt(value: Any) -> str:
    return yaml.dump(value, Dumper=DUMPER, allow_unicode=True, sort_keys=False)


def one_of_each() -> Any:
    """The shipped catalogue with one calendar, and one standard for each kind of limit: its other parts have the same shape."""
    value = copy.deepcopy(SHIPPED_VALUE)
    del value["calendars"]["qc-public-service"]
    for name in value["standards"].keys() - {"peq", "francisation-temps-complet", "telephone"}:
        del value["standards"][name]
    for part, kept in (("units", "montreal"), ("words", "accepted")):
        for name in value[part].keys() - {kept}:
            del value[part][name]
    return value


def told(text: str) -> FaultsError | Catalogue:
    try:
        return load_catalogue_text(text, "c.yaml")
    except FaultsError as error:
        return error


def assert_in_our_words(error: FaultsError, text: str) -> None:
    lines = text.splitlines()
    assert error.faults
    for fault in error.faults:
        assert isinstance(fault.message, Text)
        assert 1 <= fault.line <= len(lines) and fault.column >= 1
    for line in error.within("fr").split("\n"):
        where, _, message = line.partition("\u00a0: ")
        assert re.fullmatch(r"c\.yaml:\d+:\d+: [\w. é-]*", where), line
        # What the file itself says, between quotation marks or after a colon, is not ours.
        assert not LIBRARY.search(re.sub(r"«.*?»|: .*", "", message)), line


def every_form() -> Any:
    """The wide catalogue, without what the shipped one has as well."""
    value = yaml.safe_load(WIDE)
    del value["calendars"]["office"]["holidays"]
    return value


@pytest.mark.parametrize("catalogue", [one_of_each, every_form])
@pytest.mark.parametrize("seed", range(2))
def test_every_part_made_wrong_is_told_in_the_words_of_a_catalogue(
    seed: int, catalogue: Callable[[], Any]
) -> None:
    """Each part of a catalogue in turn: of another kind, taken away, or with a key more."""
    whole = catalogue()
    paths = [path for path in nodes(whole) if path][seed :: 2 * STRIDE]
    chance = random.Random(seed)
    refused = 0
    for path in paths:
        value = copy.deepcopy(whole)
        parent = within(value, path[:-1])
        match chance.choice(["wrong", "wrong", "missing", "more"]):
            case "wrong":
                parent[path[-1]] = chance.choice(WRONG)
            case "missing":
                del parent[path[-1]]
            case "more" if isinstance(parent[path[-1]], dict):
                parent[path[-1]][chance.choice(["en-trop", "Mot", "fr", "days"])] = "x"
            case _:
                parent[path[-1]] = {"en-trop": 1}
        text = spelt(value)
        error = told(text)
        if isinstance(error, FaultsError):
            refused += 1
            assert_in_our_words(error, text)
    assert refused > 0.6 * len(paths)


@pytest.mark.parametrize("seed", range(4))
def test_a_text_cut_or_mistyped_anywhere_is_told_in_our_words(seed: int) -> None:
    text = SHIPPED_TEXT
    chance = random.Random(seed)
    for _ in range(-(-25 // STRIDE)):
        at = chance.randrange(len(text))
        mistyped = text[:at] + chance.choice('[]{}:"&*!|>-\t\n#%@`,\x00') + text[at + 1 :]
        error = told(mistyped)
        if isinstance(error, FaultsError):
            for line in error.within("fr").split("\n"):
                message = line.partition(": ")[2].rpartition("\u00a0: ")[2]
                assert not LIBRARY.search(re.sub(r"«.*?»|: .*|\*\S+|&\S+|!\S+", "", message)), line


@pytest.mark.parametrize(
    ("character", "written"),
    [
        ("line feed", "\\n"),
        ("carriage return", "\\r"),
        ("tab", "\\t"),
        ("nul", "\\0"),
        ("escape", "\\e"),
        ("delete", "\\x7f"),
        ("next line", "\\N"),
        ("line separator", "\\L"),
        ("paragraph separator", "\\P"),
        ("half a character", "\\ud800"),
        ("right to left", "\\u202e"),
    ],
)
def test_no_text_of_a_catalogue_breaks_its_line(character: str, written: str) -> None:
    """Each text in turn; a mail's subject, a cell and a log are lines."""
    value = copy.deepcopy(SHIPPED_VALUE)
    texts = [path for path in nodes(value) if path and path[-1] in ("fr", "en", "version")]
    assert len(texts) > 60
    for path in texts[:: len(texts) // 5 * min(STRIDE, 4)]:
        other = copy.deepcopy(value)
        within(other, path[:-1])[path[-1]] = "MARK"
        text = spelt(other).replace("MARK", f'"a{written}b"')
        error = told(text)
        assert isinstance(error, FaultsError), (character, path)
        [fault] = error.faults
        assert fault.path.endswith(path[-1])
        assert f"a{written}b" in text.splitlines()[fault.line - 1]
        assert "saut de ligne ou un caractère de commande" in fault.within("fr")


def test_a_key_that_breaks_its_line_is_refused_too() -> None:
    text = SHIPPED_TEXT.replace("  montreal:", '  "mont\\nreal":')
    assert isinstance(told(text), FaultsError)
