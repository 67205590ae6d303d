"""Every table and topic says how it loses a file; nothing new is forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from echeance.erasure import TABLE_RULES, TOPIC_RULES
from services.compliance.projection.forgetting import RENAMED
from shared.database.engine import metadata
from shared.log.kafka import topics
from tests.migrations.databases import MODELS

WHAT_TO_DO = "say in echeance/erasure/holders.py how it loses a file, and see that it does"
NAMES_A_FILE = {"file_id", "event_id", "files", "key", "value", "history", "snapshot", "document"}
COUNTS_FILES = {"files"}
"""A column of tallies has the name of one with identifiers."""
TABLES_THERE = sorted(metadata.tables.values(), key=lambda table: table.name)


def test_every_table_and_topic_has_a_rule() -> None:
    assert MODELS  # imports every table
    assert metadata.tables.keys() == TABLE_RULES.keys(), WHAT_TO_DO
    assert topics.TOPICS.keys() == TOPIC_RULES.keys(), WHAT_TO_DO


@pytest.mark.parametrize("table", TABLES_THERE, ids=lambda table: str(table.name))
def test_a_table_with_identifiers_has_a_rule_that_removes_them(table: Table) -> None:
    named = NAMES_A_FILE.intersection(table.columns.keys())
    if TABLE_RULES[table.name] == "counts":
        assert named <= COUNTS_FILES, WHAT_TO_DO
    elif TABLE_RULES[table.name] in ("none", "transient"):
        assert named <= {"key"} if table.name == "erasure_keys" else not named, WHAT_TO_DO


def test_what_is_renamed_is_what_compliance_renames() -> None:
    renamed = {name for name, rule in TABLE_RULES.items() if rule == "renamed"}
    assert renamed == {table.name for table in RENAMED} | {"known_files"}
