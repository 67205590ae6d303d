"""The docstring of ``shared.errors`` is the tree of fates: every error of the module has one, and is no other's kind."""

from __future__ import annotations

import inspect
from itertools import permutations

from shared import errors

CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass)]


def test_every_error_has_its_fate_in_the_docstring() -> None:
    assert CLASSES
    for one in CLASSES:
        assert f":class:`{one.__name__}`" in (errors.__doc__ or "")


def test_an_error_of_one_fate_is_never_caught_as_another() -> None:
    assert not [pair for pair in permutations(CLASSES, 2) if issubclass(*pair)]


def test_an_invalid_setting_is_an_invalid_value() -> None:
    assert issubclass(errors.SettingError, ValueError)
