"""Writes the calendar of each country anew: ``python -m tests.countries``."""

from __future__ import annotations

from tests import countries


def main() -> None:
    for path in countries.FOLDER.glob("*.yaml"):
        path.unlink()
    for code in countries.codes():
        path = countries.FOLDER / f"{code}.yaml"
        path.write_text(countries.text_of(code), encoding="utf-8")


if __name__ == "__main__":
    main()
