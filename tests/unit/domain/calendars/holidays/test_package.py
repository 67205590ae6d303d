"""The package by name: one name in every language it has, whatever the environment speaks."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from shared.domain.calendars.holidays.package import PackageDays, PackageSource, UnknownSourceError

YEARS = range(2024, 2027)
COUNTRIES = sorted(holidays.list_supported_countries(include_aliases=False))


def days(country: str, subdivision: str | None = None, *ignore: str) -> PackageDays:
    return PackageDays(PackageSource(country, subdivision, ignore=ignore), YEARS)


def test_a_name_is_french_where_the_package_has_french_else_english_else_its_own() -> None:
    assert "Jour de Noël" in days("CA").days
    assert "Christmas Day" in days("NL").days
    assert "Christmas Day" in days("AG").days


def test_a_name_has_the_texts_that_the_package_has() -> None:
    assert days("BE").text("Noël") == ("Noël", "Christmas Day")
    assert days("CA").text("Jour de l'an") == ("Jour de l’an", "New Year’s Day")
    assert days("NL").text("King's Day") == ("King’s Day", "King’s Day")
    # Its French is named after the country.
    assert days("BI").text("All Saints' Day").fr == "Toussaint"


def test_a_name_is_known_in_every_language_of_the_package() -> None:
    for written in ("Noël", "Christmas Day", "Kerstmis", "Weihnachten"):
        assert days("BE").names(written) == (["Noël"] if written != "Weihnachten" else [])
    assert days("DE").names("Erster Weihnachtstag") == ["Christmas Day"]
    assert days("BE").names("Marmotte") == []


def test_a_name_is_known_with_either_apostrophe() -> None:
    for written in ("New Year's Day", "New Year’s Day"):
        assert days("GB", "ENG").names(written) == ["New Year's Day"]
        assert days("CA").names(written) == ["Jour de l'an"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_name_of_every_country_has_a_text_and_is_known_by_its_english(country: str) -> None:
    package = PackageDays(PackageSource(country), YEARS)
    for name, of_name in package.days.items():
        text = package.text(name)
        assert all(text)
        written = {one for one in (name, text.en) if package.names(one)}
        for one in written:
            meant = {day for same in package.names(one) for day in package.days[same]}
            assert set(of_name) & meant


@pytest.mark.parametrize("language", ["uk", "de_DE", "fr_FR"])
def test_names_are_not_those_of_the_environment(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = days("BR").days
    for variable in ("LANGUAGE", "LANG", "LC_ALL"):
        monkeypatch.setenv(variable, language)
    assert days("BR").days == before


def test_a_name_to_ignore_has_no_days_and_is_still_known_to_be_ignored() -> None:
    package = days("NL", None, "Christmas Day")
    assert "Christmas Day" not in package.days
    assert not package.names("Christmas Day") and package.ignores("Christmas Day")
    assert not package.ignores("Marmotte") and not package.ignores("Ascension Day")
    assert package.has("Christmas Day", YEARS) and not package.has("Marmotte", YEARS)


def test_what_rules_leave_is_in_order_and_without_what_is_ignored() -> None:
    left = days("BE", None, "Noël").left_by(["Easter Monday", "Toussaint"])
    assert left == sorted(left)
    assert not {"Noël", "Lundi de Pâques", "Toussaint"} & set(left)
    assert "Ascension" in left


def test_two_days_of_a_name_and_two_names_of_a_day_are_all_there() -> None:
    both = PackageDays(PackageSource("FR"), range(2008, 2009)).days
    assert both["Ascension"] == both["Fête du Travail"] == [date(2008, 5, 1)]


@pytest.mark.parametrize(
    "source",
    [
        PackageSource("Atlantis"),
        PackageSource("FR", "Nord"),
        PackageSource("FR", categories=["feast"]),
    ],
)
def test_what_the_package_does_not_know_is_an_error(source: PackageSource) -> None:
    with pytest.raises(UnknownSourceError):
        PackageDays(source, YEARS)
