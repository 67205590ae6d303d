"""Alertmanager's own tool takes the configuration that is shipped, with its templates."""

from __future__ import annotations

from pathlib import Path

from tests.servers.prometheus import tool

DEPLOYED = Path(__file__).parents[2] / "deploy" / "alertmanager"


def test_amtool_takes_the_configuration(prometheus_programs: None) -> None:
    said = tool("amtool", "check-config", DEPLOYED / "alertmanager.yml")
    assert "SUCCESS" in said and "1 templates" in said
