"""Whether the demonstration can have its port, checked before anything is installed or counted.

Run as a script by ``make demo`` with the machine's Python: it uses the standard library alone.
"""

from __future__ import annotations

import errno
import socket
import sys
from typing import NamedTuple

HOST = "127.0.0.1"
_LAST_PORT = 65_535
_TRIED_PORTS = 50


class Refusal(NamedTuple):
    """Why, and what to do, in both languages."""

    fr: str
    en: str


def refusal(port: int) -> Refusal | None:
    """Why a port cannot be used, and what to do; None when it can. 0 is any free port."""
    failure = _failure(port)
    if failure is None:
        return None
    other = _free_after(port)
    reason = Refusal(
        f"Le port {port} ne peut être ouvert ({failure.strerror}).",
        f"Port {port} cannot be opened ({failure.strerror}).",
    )
    if failure.errno == errno.EADDRINUSE:
        reason = Refusal(
            f"Le port {port} est déjà pris sur cette machine.",
            f"Port {port} is already in use on this machine.",
        )
    return Refusal(
        f"{reason.fr} Prenez-en un autre\u00a0: make demo PORT={other}, ou echeance demo --port {other}",
        f"{reason.en} Take another one: make demo PORT={other}, or echeance demo --port {other}",
    )


def _failure(port: int) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            tried.bind((HOST, port))
        except OSError as error:
            return error
    return None


def _free_after(port: int) -> int:
    first = max(port + 1, 8_080)
    for other in range(first, min(first + _TRIED_PORTS, _LAST_PORT + 1)):
        if _failure(other) is None:
            return other
    return 0


def main(port: str, language: str = "fr") -> None:
    """Exit with status 1 and what to do when the port cannot be had."""
    if not (port.isdecimal() and port.isascii() and int(port) <= _LAST_PORT):
        refused: Refusal | None = Refusal(
            f"PORT est un nombre de 0 à {_LAST_PORT}, et non «\u00a0{port}\u00a0»\u00a0: make demo PORT=8081",
            f"PORT is a number from 0 to {_LAST_PORT}, not “{port}”: make demo PORT=8081",
        )
    else:
        refused = refusal(int(port))
    if refused is not None:
        sys.exit(refused.en if language == "en" else refused.fr)


if __name__ == "__main__":
    main(*sys.argv[1:])
