"""Alertmanager's own tool takes the configuration that is shipped, with its templates."""

from __future__ import annotations

from tests.paths import ROOT
from tests.servers.prometheus import tool


def test_amtool_takes_the_configuration(prometheus_programs: None) -> None:
    said = tool("amtool", "check-config", ROOT / "deploy" / "alertmanager" / "alertmanager.yml")
    assert "SUCCESS" in said and "1 templates" in said
