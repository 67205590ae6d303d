"""The catalogue as it ships, and what a person is told, by line and column, when one cannot be read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest

from shared.domain.catalogue import load_catalogue_text
from shared.domain.limits import Minutes
from shared.domain.strict_yaml.reader import FaultsError
from tests.builders import CATALOGUE, TEXT
from tests.paths import ROOT
from tests.unit.domain.oracle import PROMISES
from tests.unit.domain.standards import standard_of

GOLDEN = ROOT / "tests" / "golden" / "catalogue"
TARGETS = {
    "caq-etudes": 80,
    "peq": 90,
    "prtq": 90,
    "regroupement-familial": 80,
    "evaluation-comparative": 80,
    "accompagnement": 85,
    "francisation-temps-complet": 80,
    "telephone": 80,
    "courriel": 80,
    "plainte": 90,
}
SMALL = """\
catalogue: small
revision: 1
name: {fr: Petit, en: Small}
organization: {fr: Bureau, en: Office}
default_calendar: weekdays
calendars:
  weekdays:
    version: "1"
    name: {fr: Jours, en: Days}
    zone: America/Toronto
    coverage: {first_year: 2024, last_year: 2026}
    working_weekdays: [monday, tuesday, wednesday, thursday, friday]
    holidays:
      - {name: {fr: Noël, en: Christmas}, law: {fr: Loi, en: Act}, every_year: "12-25"}
      - {name: {fr: Pont, en: Bridge}, law: {fr: Décret, en: Decree}, days: [2025-12-26]}
    opening_hours:
      office: {monday: ["08:00-12:00", "13:00-16:30"]}
units:
  north: {name: {fr: Nord, en: North}}
attributes:
  kind: [simple, complex]
outcomes: [accepted, refused]
standards:
  permit:
    name: {fr: Permis, en: Permit}
    closes_with: {fr: décision, en: decision}
    source: {fr: Déclaration, en: Declaration}
    review: {days: 90, outcomes: [refused]}
    terms:
      - limit: {business_days: 10}
        target_percent: 80
        thresholds: {at_risk: 5, critical: 2}
        summary: {fr: En 10 jours., en: In 10 days.}
"""
WIDE = (ROOT / "tests" / "fixtures" / "wide-catalogue.yaml").read_text(encoding="utf-8")
"""A catalogue with every form there is."""


def refused(text: str) -> FaultsError:
    with pytest.raises(FaultsError) as caught:
        load_catalogue_text(text, "small.yaml")
    return caught.value


def in_both_languages(text: str) -> str:
    error = refused(text)
    assert str(error) == error.within("en")
    return f"{error.within('fr')}\n{error.within('en')}\n"


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def wide(*pairs: tuple[str, str]) -> str:
    """The wide catalogue, changed in some places."""
    text = WIDE
    for old, new in pairs:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


def test_the_shipped_catalogue_has_the_ten_commitments() -> None:
    assert list(CATALOGUE.standards) == list(TARGETS) == list(PROMISES)
    assert CATALOGUE.catalogue == "mifi-2021-10"
    assert CATALOGUE.default_calendar == "qc-legal"


@pytest.mark.parametrize("name", TARGETS)
def test_a_commitment_has_the_terms_of_the_declaration(name: str) -> None:
    (terms,) = CATALOGUE.standards[name].terms
    (expected,) = standard_of(*PROMISES[name]).terms
    assert terms.limit == expected.limit
    assert terms.target == Fraction(TARGETS[name], 100)
    assert terms.thresholds == expected.thresholds
    assert terms.measured_when == expected.measured_when
    assert terms.withdrawn == expected.withdrawn
    assert terms.received_on_day_off == "that_day"
    assert terms.effective_from is terms.effective_to is None
    assert f"{TARGETS[name]}\u00a0%" in terms.summary.fr
    assert f"{TARGETS[name]}%" in terms.summary.en


def test_every_calendar_has_the_opening_hours_that_limits_in_minutes_use() -> None:
    for standard in CATALOGUE.standards.values():
        for terms in standard.terms:
            if isinstance(terms.limit, Minutes):
                for data in CATALOGUE.calendars.values():
                    assert terms.limit.opening_hours in data.opening_hours


def test_the_default_calendar_serves_a_standard_that_names_none() -> None:
    standard = CATALOGUE.standards["peq"]
    assert CATALOGUE.calendar_of(standard) is CATALOGUE.calendar("qc-legal")
    other = standard.model_copy(update={"calendar": "qc-public-service"})
    assert CATALOGUE.calendar_of(other) is CATALOGUE.calendar("qc-public-service")
    with pytest.raises(KeyError):
        CATALOGUE.calendar("qc-lunar")


def test_the_digest_tells_two_texts_apart() -> None:
    other = TEXT.replace("target_percent: 85", "target_percent: 86")
    assert load_catalogue_text(TEXT).digest == CATALOGUE.digest
    assert load_catalogue_text(other).digest != CATALOGUE.digest


def test_a_small_catalogue_brings_its_own_calendar() -> None:
    table = load_catalogue_text(SMALL, "small.yaml").calendar("weekdays")
    assert sorted(table.holidays) == [
        date(2024, 12, 25),
        date(2025, 12, 25),
        date(2025, 12, 26),
        date(2026, 12, 25),
    ]


def test_terms_are_in_effect_on_their_first_and_last_day() -> None:
    dated = changed("limit: {business_days: 10}", DATED)
    standard = load_catalogue_text(dated, "small.yaml").standards["permit"]
    assert standard.terms_on(date(2025, 3, 31)) is None
    assert standard.terms_on(date(2025, 4, 1)) == standard.terms_on(date(2025, 6, 30))
    assert standard.terms_on(date(2025, 7, 1)) is None
    assert standard.nearest_terms(date(2020, 1, 1)) is standard.current


def shared(*groups: str) -> str:
    """The small catalogue, with groups of sources that share their files."""
    return changed("revision: 1\n", f"revision: 1\nshared_sources: [{', '.join(groups)}]\n")


def with_package(text: str, source: str) -> str:
    """A catalogue whose calendar takes holidays from the package."""
    assert text.count("    holidays:\n") == 1
    return text.replace("    holidays:\n", f"    holidays_package: {{{source}}}\n    holidays:\n")


TIERS = """\
        targets:
          - {percent: 80, limit: {civil_days: 20, roll_forward: true}}
          - {percent: 95, limit: {months: 2}}
"""
LIMIT, TARGET = "limit: {business_days: 10}", "target_percent: 80"
HOURS, NORTH = '["08:00-12:00", "13:00-16:30"]', "{fr: Nord, en: North}"
DATED = "effective_from: 2025-04-01\n        effective_to: 2025-06-30\n        limit: {business_days: 10}"
AFTER = """
      - effective_from: 2025-06-30
        limit: {months: 1}
        target_percent: 80
        summary: {fr: En un mois., en: In a month.}
"""
FAULTS: dict[str, str] = {
    "shared-source-alone": shared("[urn:a]"),
    "shared-source-twice": shared("[urn:a, urn:b]", "[urn:c, urn:b]"),
    "shared-source-no-uri": shared('[urn:a, "not a uri"]', '["", "urn:echeance:operator"]'),
    "unknown-key": changed("revision: 1", "revision: 1\nrevison: 2"),
    "unknown-inner-key": changed("days: 90,", "days: 90, weeks: 2,"),
    "key-of-the-standard": changed(TARGET, f"{TARGET}\n        requests: {{}}"),
    "key-of-the-terms": changed("closes_with:", "extensions: {}\n    closes_with:"),
    "missing-key": changed("revision: 1\n", ""),
    "missing-inner-key": changed("        target_percent: 80\n", ""),
    "wrong-type": changed("revision: 1", "revision: first"),
    "wrong-inner-type": changed("{business_days: 10}", "{business_days: ten}"),
    "two-limits": changed("{business_days: 10}", "{business_days: 10, months: 1}"),
    "limit-alone": changed("{business_days: 10}", "10"),
    "key-of-another-limit": changed(
        "{business_days: 10}", "{business_days: 10, roll_forward: true}"
    ),
    "key-missing-in-limit": changed("{business_days: 10}", "{minutes: 10}"),
    "earlier-sentence": changed("summary:", "sentence:"),
    "earlier-review": changed(
        "standards:\n", "review: {days: 90, outcomes: [refused]}\nstandards:\n"
    ),
    "line-break": changed(NORTH, '{fr: "Nord\\nSud", en: North}'),
    "folded-text": changed(
        "summary: {fr: En 10 jours., en: In 10 days.}",
        "summary:\n          fr: >\n            En 10\n            jours.\n          en: In 10 days.",
    ),
    "line-break-in-version": changed('version: "1"', 'version: "1\\r\\n2"'),
    "text-turned-around": changed(NORTH, '{fr: "\\u202eNord", en: N}'),
    "text-as-number": changed('version: "1"', "version: 1"),
    "number-as-key": changed("  north:", "  2025:"),
    "no-such-date": changed(LIMIT, DATED.replace("2025-06-30", "2025-06-31")),
    "number-as-date": changed("[2025-12-26]", "[86400]"),
    "instant-as-date": changed("[2025-12-26]", "[2025-12-26 10:00]"),
    "fault-in-an-anchor": changed(
        "name: {fr: Pont, en: Bridge}, law: {fr: Décret", "name: &n {fr: Pont, eng: B}, law: {fr: D"
    ).replace(NORTH, "*n"),
    "alias-of-nothing": changed(NORTH, "*nowhere"),
    "tag": changed("revision: 1", "revision: !!python/object:os.system 1"),
    "choice": changed(TARGET, f"{TARGET}\n        received_on_day_off: never"),
    "no-limit": changed("{business_days: 10}", "{fortnights: 5}"),
    "limit-out-of-range": changed("{business_days: 10}", "{business_days: 0}"),
    "target-out-of-range": changed("target_percent: 80", "target_percent: 101"),
    "duplicate-key": changed("revision: 1", "revision: 1\nrevision: 2"),
    "duplicate-inner-key": changed("{days: 90,", "{days: 90, days: 30,"),
    "fiscal-year-of-no-day": changed("revision: 1", 'revision: 1\nfiscal_year_begins: "02-29"'),
    "unknown-default-calendar": changed("default_calendar: weekdays", "default_calendar: lunar"),
    "unknown-calendar": changed("    closes_with:", "    calendar: lunar\n    closes_with:"),
    "unknown-review-outcome": changed("outcomes: [refused]}", "outcomes: [lost]}"),
    "unknown-attribute": changed(TARGET, f"{TARGET}\n        measured_when: {{sort: [simple]}}"),
    "unknown-attribute-value": changed(
        TARGET, f"{TARGET}\n        measured_when: {{kind: [plain]}}"
    ),
    "unknown-opening-hours": changed(LIMIT, "limit: {minutes: 300, opening_hours: nights}"),
    "thresholds-beyond-minutes": changed(LIMIT, "limit: {minutes: 3, opening_hours: office}"),
    "thresholds-out-of-order": changed("critical: 2", "critical: 5"),
    "thresholds-beyond-limit": changed("at_risk: 5", "at_risk: 11"),
    "withdrawn-of-days": changed(TARGET, f"{TARGET}\n        withdrawn: late_after_limit"),
    "terms-overlap": changed(LIMIT, DATED) + AFTER.lstrip("\n"),
    "terms-backwards": changed(LIMIT, DATED.replace("2025-06-30", "2025-03-31")),
    "unknown-zone": changed("America/Toronto", "America/Quebec-City"),
    "hours-of-no-length": changed('"08:00-12:00"', '"08:00-08:00"'),
    "hours-overlap-over-midnight": changed(HOURS, '["22:00-06:00"], tuesday: ["05:59-07:00"]'),
    "hours-overlap-over-the-week": changed(HOURS, '["05:59-07:00"], sunday: ["22:00-06:00"]'),
    "hours-never-open": changed(HOURS, "[]").replace(
        "limit: {business_days: 10}", "limit: {minutes: 300, opening_hours: office}"
    ),
    "hours-unreadable": changed('"08:00-12:00"', '"8h-12h"'),
    "hours-overlap": changed('"13:00-16:30"', '"11:00-16:30"'),
    "coverage-backwards": changed("last_year: 2026", "last_year: 2023"),
    "holiday-two-ways": changed('every_year: "12-25"', 'every_year: "12-25", package_name: Noël'),
    "holiday-no-way": changed(', every_year: "12-25"', ""),
    "holiday-no-day": changed('"12-25"', '"02-30"'),
    "days-that-move": changed("days: [2025-12-26]", "days: [2025-12-26], saturday: after"),
    "days-outside-the-coverage": changed("[2025-12-26]", "[2025-12-26, 2027-01-04]"),
    "day-twice": changed("[2025-12-26]", "[2025-12-26, 2025-12-26]"),
    "day-of-another-rule": changed("[2025-12-26]", "[2025-12-25]"),
    "day-of-another-list": changed(
        "    opening_hours:",
        "      - {name: {fr: A, en: A}, law: {fr: L, en: L}, days: [2025-12-26]}\n    opening_hours:",
    ),
    "every-year-twice": changed("days: [2025-12-26]", "every_year: 12-25"),
    "package-name-twice": with_package(
        changed("days: [2025-12-26]", "package_name: Noël").replace(
            'every_year: "12-25"', "package_name: Noël"
        ),
        "country: FR",
    ),
    "package-day-of-every-year": with_package(
        changed("days: [2025-12-26]", "package_name: Noël"), "country: FR"
    ),
    "package-name-of-no-year": with_package(
        changed('every_year: "12-25"', "package_name: Marmotte"), "country: NL"
    ),
    "unknown-subdivision": with_package(SMALL, "country: CA, subdivision: QU"),
    "unknown-category": with_package(SMALL, "country: CA, categories: [feast]"),
    "holiday-not-in-package": changed('every_year: "12-25"', "package_name: Marmotte"),
    "unknown-country": with_package(SMALL, "country: Atlantis"),
    "bad-word": changed("  north:", "  North Shore:"),
    "bad-syntax": changed("units:", "units: ["),
    "tab": changed("  north:", "\tnorth:"),
    "empty-text": changed("name: {fr: Petit, en: Small}", 'name: {fr: "", en: Small}'),
    "one-language": changed("name: {fr: Petit, en: Small}", "name: {fr: Petit}"),
    "empty": "",
    "not-a-mapping": "- one\n- two\n",
    "two-documents": SMALL + "---\n" + SMALL,
    "control-character": changed("fr: Petit", "fr: Pe\x07tit"),
    "cycle": changed(NORTH, "&n {fr: *n, en: N}"),
    "aliases-of-aliases": changed(
        "revision: 1\n",
        "revision: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 6)),
    ),
    "too-many-values": SMALL + "more: [" + "x, " * 50_000 + "x]\n",
    "too-long": SMALL + "# " + "x" * 500_000 + "\n",
    "too-deep": changed("revision: 1", "revision: " + "[" * 150 + "]" * 150),
    "more-than-a-hundred": changed(
        "  north:", "".join(f"  unit-{n}: {{name: {{fr: N}}}}\n" for n in range(120)) + "  north:"
    ),
    "key-of-several-words": changed("  north:", "  ? [north, south]\n  :"),
    "anchor-twice": changed(NORTH, "{fr: &n Nord, en: &n North}"),
    "long-number": changed("revision: 1", "revision: " + "1" * 101),
    "roll-forward-neither": wide(("roll_forward: banks", "roll_forward: 7")),
    "roll-forward-on-no-calendar": wide(("roll_forward: banks", "roll_forward: lunar")),
    "number-as-yes": changed("{business_days: 10}", "{business_days: yes}"),
    "percent-as-yes": changed(TARGET, "target_percent: yes"),
    "percent-as-text": changed(TARGET, "target_percent: most"),
    "hours-of-a-unit-missing": wide(
        ('    opening_hours: {counter: {monday: ["09:00-12:00"]}}\n', "")
    ),
    "hours-named-always": wide(
        ("      counter:\n", '      always: {monday: ["09:00-10:00"]}\n      counter:\n')
    ),
    "hours-missing-outside": wide(
        ("received_outside: {opening_hours: counter", "received_outside: {opening_hours: night")
    ),
    "outside-and-day-off": wide(
        (
            "        received_outside",
            "        received_on_day_off: next_business_day\n        received_outside",
        )
    ),
    "outside-by-another-key": wide(("is: next_opening_day", "rule: next_opening_day")),
    "outside-by-another-word": wide(("is: next_opening_day", "is: the-next-day")),
    "begins-as-it-ends": wide(
        ("begins_with: acknowledged", "begins_with: acknowledged\n    ends_with: acknowledged")
    ),
    "unknown-milestone": wide(("milestones: [acknowledged]", "milestones: [registered]")),
    "service-named-as-a-standard": wide(("  request: {standards", "  call: {standards")),
    "service-of-one": wide(("[request-ack, request-answer]", "[request-ack]")),
    "service-of-no-standard": wide(("[request-ack, request-answer]", "[request-ack, permit]")),
    "service-twice-one": wide(("[request-ack, request-answer]", "[request-ack, request-ack]")),
    "unit-on-no-calendar": wide(("calendar: banks}", "calendar: lunar}")),
    "unknown-name-of-word": wide(("merged: {fr", "split: {fr")),
    "language-that-is-none": wide(("[fr, en]", "[french]")),
    "language-of-no-text": wide(("[fr, en]", "[fr, en, de]")),
    "language-too-much": wide(
        ("[fr, en]", "[en, fr, de]"), ("name: {fr: Large, en: Wide}", "name: {it: Largo}")
    ),
    "fiscal-year-on-no-day": wide(("revision: 1\n", "revision: 1\nfiscal_year_begins: 31-03\n")),
    "fiscal-year-as-date": wide(("revision: 1\n", "revision: 1\nfiscal_year_begins: 2026-07-01\n")),
    "hours-as-interval": wide(
        ("{hours: 4, opening_hours: counter}", '{hours: 4, opening_hours: "08:00-16:00"}'),
        ("received_outside: {opening_hours: counter", "received_outside: {opening_hours: 8"),
    ),
    "extension-without-by": wide(("{by: {months: 1}, at_most: 2}", "1 month")),
    "kind-of-nothing": wide(("  courtesy: {clock: runs}", "  courtesy:")),
    "service-as-list": wide(
        ("request: {standards: [request-ack, request-answer]}", "request: [request-ack, call]")
    ),
    "targets-and-limit": wide(
        ("        targets:\n", "        limit: {weeks: 1}\n        targets:\n")
    ),
    "targets-not-a-list": wide((TIERS, "        targets: {percent: 80, limit: {weeks: 1}}\n")),
    "targets-of-none": wide((TIERS, "        targets: []\n")),
    "targets-too-many": wide(
        (
            TIERS,
            "        targets:\n"
            + "".join(
                f"          - {{percent: 8{n}, limit: {{weeks: {n}}}}}\n" for n in range(1, 6)
            ),
        )
    ),
    "target-without-limit": wide(
        ("{percent: 80, limit: {civil_days: 20, roll_forward: true}}", "{percent: 80}")
    ),
    "target-with-another-key": wide(("{percent: 95, limit", "{target_percent: 95, limit")),
    "first-target-out-of-range": wide(("{percent: 80, limit", "{percent: 180, limit")),
    "targets-of-two-kinds": wide(("limit: {months: 2}", "limit: {business_days: 30}")),
    "when-both-can-be": wide(("- when: {kind: [minor]}", "- when: {kind: [minor, major]}")),
    "when-a-word": wide(("- when: {kind: [minor]}", "- when: {kind: minor}")),
    "when-of-no-attribute": wide(("- when: {kind: [minor]}", "- when: {sort: [minor]}")),
    "when-of-no-word": wide(("- when: {kind: [minor]}", "- when: {kind: []}")),
    "when-with-two-targets": wide(("{percent: 80, limit", "{percent: 85, limit")),
    "request-that-runs": wide(("{clock: runs}", "{clock: runs, party: other}")),
    "request-of-no-clock": wide(("{clock: runs}", "{clock: pauses}")),
    "request-of-no-predicate": wide(("counts: in_hand_all_day", "counts: all_day")),
    "request-that-lapses-in-hours": wide(("{civil_days: 14}", "{hours: 14}")),
    "length-of-two-kinds": wide(("by: {months: 1}", "by: {months: 1, weeks: 1}")),
    "reminder-of-minutes": wide(
        ("remind_after: {business_days: 30}", "remind_after: {minutes: 30}")
    ),
    "extension-of-another-kind": wide(("by: {months: 1}", "by: {business_days: 10}")),
    "extension-of-days-in-hours": wide(
        (
            "        measured_when: {kind: [minor]}",
            "        extensions: {more: {by: {weeks: 1}}}\n        measured_when: {kind: [minor]}",
        ),
        ("          more: {by: {months: 1}, at_most: 2}\n", ""),
    ),
    "extension-to-a-date": wide(("until: given", "until: 2025-04-01")),
    "extension-two-ways": wide(("until: given", "until: given, by: {weeks: 1}")),
    "extension-no-way": wide(("{until: given}", "{at_most: 1}")),
    "thresholds-beyond-hours": wide(("at_risk: 60", "at_risk: 241")),
    "thresholds-beyond-weeks": wide(("at_risk: 14", "at_risk: 57")),
    "text-for-keys": changed("thresholds: {at_risk: 5, critical: 2}", "thresholds: soon"),
    "target-of-nothing": changed(TARGET, "target_percent: 0"),
    "attribute-of-one-word": wide(("{kind: [minor, major]}", "{kind: minor}")),
    "two-faults-in-order": changed("revision: 1", "revision: zero").replace(
        "days: 90,", "days: 0,"
    ),
}


def test_the_small_catalogue_itself_has_no_fault() -> None:
    assert load_catalogue_text(SMALL, "small.yaml").catalogue == "small"


def test_sources_share_their_files_in_groups_and_with_nobody_where_none_is_listed() -> None:
    pair, three = frozenset({"urn:a", "urn:b"}), frozenset({"c", "/d", "https://e.example.org"})
    catalogue = load_catalogue_text(shared("[urn:a, urn:b]", '[c, "/d", "https://e.example.org"]'))
    assert catalogue.sharing == dict.fromkeys(pair, pair) | dict.fromkeys(three, three)
    assert CATALOGUE.sharing == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_by_line_and_column(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert in_both_languages(FAULTS[name]) == golden


def test_hours_that_never_open_are_no_fault_on_a_calendar_that_no_standard_uses_them_on() -> None:
    minutes = changed("limit: {business_days: 10}", "limit: {minutes: 300, opening_hours: office}")
    minutes = minutes.replace("        thresholds: {at_risk: 5, critical: 2}\n", "")
    other = "  other:\n" + minutes[minutes.index('    version: "1"') : minutes.index("units:")]
    other = other.replace('["08:00-12:00", "13:00-16:30"]', "[]")
    assert load_catalogue_text(minutes.replace("units:", other + "units:")).calendar("other")


OF_OTHER_FILES = {
    ("write true or false",),
    ("must be less than ", ""),
    ("write at least ", " character(s)"),
    ("write at most ", " character(s)"),
    ("this value cannot be used here",),
}
"""What no key of a catalogue can have: mappings and supervisors are read by the same reader."""
LAW = ("catalogue", "commitments", "limits", "strict_yaml/reader", "strict_yaml/fault_texts")


def messages(module: str) -> Iterator[tuple[str, ...]]:
    """The English of every message of a module: the parts of it that are always the same."""
    tree = ast.parse((ROOT / "shared" / "domain" / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("Text" | "UnusableValueError"), args=[_, english, *_]):
                values = english.values if isinstance(english, ast.JoinedStr) else [english]
                constants = (str(part.value) for part in values if isinstance(part, ast.Constant))
                parts = [words for part in constants for words in re.split(r"\{\w+\}", part)]
                if parts and parts != [""]:
                    yield tuple(parts)
            case _:
                pass


@pytest.mark.parametrize("module", LAW)
def test_every_message_is_held_by_a_golden_file(module: str) -> None:
    lines = [
        line
        for path in GOLDEN.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    found = set(messages(module)) - OF_OTHER_FILES
    assert found
    for parts in found:
        assert any(all(part in line for part in parts) for line in lines), parts


def test_every_golden_message_belongs_to_a_fault() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(FAULTS)
