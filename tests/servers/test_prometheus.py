"""Prometheus's tools as the tests have them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers.prometheus import tool


def test_promtool_refuses_rules_that_are_none(prometheus_programs: None, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        tool("promtool", "check", "rules", rules)
    assert "parse error" in refused.value.output
