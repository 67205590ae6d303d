"""The command's language: French by default, English by ``ECHEANCE_LANGUAGE=en``; never guessed."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, NoReturn

import click

from shared.settings import SettingError, Settings, settings
from shared.texts import Language


@cache
def environment() -> Settings:
    """The process's settings; a bad one ends the command with its reason."""
    try:
        return settings()
    except SettingError as error:
        sys.exit(f"echeance: {error}")


def language() -> Language:
    """The language of everything the command prints."""
    return environment().language


def say(french: str, english: str) -> str:
    """The words in the command's language; as they are written, for scripts read what a terminal shows."""
    return english if language() == "en" else french


def fail(french: str, english: str) -> NoReturn:
    """End the command with an error that says what to do."""
    raise click.ClickException(say(french, english))


def bar(label: str, length: int) -> Any:
    """A progress bar on standard error; hidden where nobody watches."""
    return click.progressbar(
        length=length, label=f"{label:<10}", file=sys.stderr, hidden=not sys.stderr.isatty()
    )
