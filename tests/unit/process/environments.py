"""The environment as the settings read it."""

from __future__ import annotations

from typing_extensions import override

from shared.settings import read_settings


class _Recorder(dict[str, str]):
    """An environment without variables, which keeps the names that are read from it."""

    @override
    def get(self, name: str, default: str) -> str:  # type: ignore[override]  # as it is called
        self[name] = ""
        return default


def variables_read() -> set[str]:
    """Every variable that the settings read."""
    environment = _Recorder()
    read_settings(environment)
    return set(environment)
