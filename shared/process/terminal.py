"""The command's language: French by default, English by ``ECHEANCE_LANGUAGE=en``; never guessed."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import click
from typing_extensions import override

from shared.errors import SettingError
from shared.process import regular_files
from shared.settings import Settings, read_settings
from shared.text import Language


@cache
def environment() -> Settings:
    """The process's settings; a bad one ends the command with its reason."""
    try:
        return read_settings()
    except SettingError as error:
        sys.exit(f"echeance: {error}")


def language() -> Language:
    """The language of everything the command prints."""
    return environment().language


def say(french: str, english: str) -> str:
    """The text in the command's language."""
    return english if language() == "en" else french


def tell(french: str, english: str) -> None:
    """Print a text in the command's language."""
    click.echo(say(french, english))


def fail(french: str, english: str) -> NoReturn:
    """End the command with an error that says what to do."""
    raise click.ClickException(say(french, english))


def progress_bar(label: str, length: int) -> Any:
    """A progress bar on standard error, hidden unless that is a terminal."""
    return click.progressbar(
        length=length, label=f"{label:<10}", file=sys.stderr, hidden=not sys.stderr.isatty()
    )


class FilePath(click.ParamType[Path]):
    """The path of something that exists; opening it says whether it is a regular file."""

    name = "file"

    @override
    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(value)
        try:
            path.stat()
        except OSError as error:
            why = regular_files.reason_of(error.errno).within(language())
            self.fail(f"{shown_path(str(path))}: {why}", param, ctx)
        except ValueError as error:
            self.fail(f"{shown_path(str(path))}: {error}", param, ctx)
        return path


def shown_path(path: str) -> str:
    """A path as a message may hold it, on one line."""
    return path if path.isprintable() else ascii(path)
