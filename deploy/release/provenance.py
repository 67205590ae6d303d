"""Provenance: which commit and which locks made these files, and who built them.

An in-toto statement (v1) with SLSA's provenance (v1) as predicate. It states what the build used; who
vouches for it is said by the signature (``sign.sh``). Without a time, so that a second build of the same
commit by the same builder gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:echeance:release:v1"
"""``python -m deploy.release`` of the commit, as docs/security.md describes it."""


class Source(NamedTuple):
    """What was built: a commit, and when it was made, in seconds since 1970."""

    commit: str
    made_at: int


def statement(
    version: str, source: Source, builder: str, files: Mapping[str, str], inputs: Mapping[str, str]
) -> str:
    """The statement about files by name, from inputs by name; both are SHA-256 in hexadecimal."""
    document: dict[str, Any] = {
        "_type": STATEMENT,
        "subject": [_resource(name, "sha256", digest) for name, digest in sorted(files.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": version},
                "internalParameters": {"SOURCE_DATE_EPOCH": source.made_at},
                "resolvedDependencies": [
                    _resource("source", "gitCommit", source.commit),
                    *(_resource(name, "sha256", one) for name, one in sorted(inputs.items())),
                ],
            },
            "runDetails": {"builder": {"id": builder}},
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _resource(name: str, algorithm: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {algorithm: digest}}
