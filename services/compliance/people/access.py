"""``access.yaml`` as it stands: read again whenever it changes, and refused whole if it is wrong."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from services.compliance.people import access_file
from services.compliance.people.access_file import Access
from shared.domain import Catalogue
from shared.domain.strict_yaml import FaultsError
from shared.errors import SettingError
from shared.http import DETAILS, ProblemError

_log = logging.getLogger("echeance.access")


class AccessControl:
    """What groups may do, by the file at a path.

    Raises ``SettingError`` or :class:`FaultsError` if the file cannot be used at the start. Once it
    has begun, a file that cannot be used lets nobody in until it is mended, and ends no session: to
    go on with what it said before could be to go on with a right that somebody just took away.
    """

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self._path = path
        self._catalogue = catalogue
        self._version: tuple[int, ...] | None = None
        self._access: Access | None = None
        try:
            self._version, self._access = self._stamp(), self._read()
        except OSError as error:
            raise SettingError(
                f"ECHEANCE_ACCESS must name a file that can be read: {error.strerror}"
            ) from None

    def current(self) -> Access:
        """What the file says now; :class:`ProblemError` (503) where it cannot be used."""
        try:
            version = self._stamp()
            if version != self._version:
                self._access, self._version = None, version
                self._access = self._read()
                _log.info("%s was read again", self._path)
        except OSError as error:
            self._access, self._version = None, None
            _log.error("%s cannot be read: %s", self._path, error.strerror)
        except FaultsError as error:
            _log.error("nobody can sign in until this is mended:\n%s", error)
        if self._access is None:
            details = DETAILS["unreadable_access"]
            raise ProblemError(503, "unreadable_access", details, headers={"retry-after": "5"})
        return self._access

    def _stamp(self) -> tuple[int, ...]:
        status = os.stat(self._path)  # noqa: PTH116 — per request, half the cost of Path
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _read(self) -> Access:
        try:
            text = self._path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise SettingError("ECHEANCE_ACCESS must name a text file in UTF-8") from None
        return access_file.load(text, self._catalogue, str(self._path))
