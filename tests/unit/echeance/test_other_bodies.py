"""Rules that other bodies publish, in catalogues written from the guide: each case gives the published answer.

The catalogues and the cases are in ``other_bodies``: ``expected`` with its ``source``, and ``how``
it is known: ``published`` (the source prints the answer) or ``follows`` (worked out by hand).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from echeance.cases import answer
from shared.domain import Catalogue
from shared.domain.catalogue import load_catalogue_text

FOLDER = Path(__file__).parent / "other_bodies"
BODIES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def catalogue(body: str) -> Catalogue:
    return load_catalogue_text((FOLDER / f"{body}.yaml").read_text(encoding="utf-8"), body)


def cases() -> Iterator[Any]:
    for body in BODIES:
        for line in (FOLDER / f"{body}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield pytest.param(body, case, id=f"{body}-{case['id']}")


@pytest.mark.parametrize(("body", "case"), list(cases()))
def test_a_case_has_the_published_answer(body: str, case: dict[str, Any]) -> None:
    given = answer(json.dumps(case), catalogue(body))
    assert {name: given.get(name) for name in case["expected"]} == case["expected"], given


def test_each_body_has_cases_with_their_source() -> None:
    assert len(BODIES) >= 14
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(BODIES)
    for parameters in cases():
        _, case = parameters.values
        assert case["source"] and case["how"] in ("published", "follows")
