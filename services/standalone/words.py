"""The command's language: French by default, English by ``ECHEANCE_LANGUAGE=en``; never guessed."""

from __future__ import annotations

import sys
from functools import cache
from typing import NoReturn

import click

from shared.settings import SettingError, Settings, settings
from shared.texts import Language, Text


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
    """The words in the command's language."""
    return Text(french, english).within(language())


def fail(french: str, english: str) -> NoReturn:
    """End the command with an error that says what to do."""
    raise click.ClickException(say(french, english))
