"""An SSL context whose files are read again when they change.

Each handshake looks at the files and, where they changed, gets a new context: connections that are
open go on, no session of the former context is resumed, and an authority that was taken out of a
file is no longer trusted. Files that cannot be used leave the former context in place.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final, Self

from typing_extensions import override

from shared.errors import SettingError
from shared.process.tls.pem_files import PemFile, states

_RETRY_SECONDS: Final = 10.0
"""After which files that could not be used are tried again, unchanged too: certificates begin."""

_log = logging.getLogger("echeance.tls")


class RenewedContext(ssl.SSLContext):
    """Passes each handshake to the newest usable context of its files.

    ``make`` builds one and raises :class:`SettingError`; the first must succeed. ``report`` is told
    of every later one whether it succeeded.
    """

    def __new__(cls, protocol: int, *_: object) -> Self:
        return super().__new__(cls, protocol)

    def __init__(
        self,
        _protocol: int,
        files: Sequence[PemFile],
        make: Callable[[], ssl.SSLContext],
        report: Callable[[bool], None] = lambda succeeded: None,
    ) -> None:
        self._files = files
        self._make = make
        self._report = report
        self._renewing = Lock()  # httpx makes its handshakes in threads
        self._states = states(files)
        self._retry_at: float | None = None
        self._protocols: list[str] | None = None
        self._newest = make()

    @property
    def newest(self) -> ssl.SSLContext:
        """The context of the files as they are, or as they were when they could last be used."""
        with self._renewing:
            present = states(self._files)
            changed = present != self._states
            if changed or (self._retry_at is not None and time.monotonic() >= self._retry_at):
                self._states = present
                self._renew(log=changed)
            return self._newest

    def _renew(self, *, log: bool) -> None:
        try:
            renewed = self._make()
            if self._protocols is not None:
                renewed.set_alpn_protocols(self._protocols)
        except SettingError as error:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            self._report(False)
            if log:
                _log.error("new certificates are not used, the former ones stay: %s", error)
        else:
            self._newest, self._retry_at = renewed, None
            self._report(True)
            names = ", ".join(f"ECHEANCE_{one.setting}" for one in self._files)
            _log.info("the files of %s were read again", names)

    @override
    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        with self._renewing:
            self._protocols = list(alpn_protocols)
            self._newest.set_alpn_protocols(self._protocols)

    @override
    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """What asyncio and httpx begin each connection with."""
        return self.newest.wrap_bio(incoming, outgoing, server_side, server_hostname, session)
