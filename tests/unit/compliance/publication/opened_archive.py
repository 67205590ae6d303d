"""The archive of one publication, opened."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from services.compliance.publication.bundle import public_archive
from tests.builders import CATALOGUE
from tests.unit.compliance.publication.test_public_forms import PUBLICATION

TABLES = ("attainment.csv", "service-inventory.csv")


@cache
def contents() -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(public_archive(PUBLICATION, CATALOGUE))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document(name: str) -> Any:
    return json.loads(contents()[name])


def faults(schema: Mapping[str, Any], name: str) -> Sequence[str]:
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(document(name))]


def lines(name: str) -> Sequence[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(contents()[name].decode())))
