"""The rules for Prometheus: promtool takes them, each alert is tried, and each leads to a page that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from deploy.prometheus import runbooks
from deploy.prometheus.runbooks import PLACEHOLDER
from shared.errors import SettingError
from tests.deploy.rules import (
    DECLARED,
    FOLDER,
    RULES,
    TESTS,
    Rule,
    alerts,
    anchors,
    declared,
    loaded,
    shipped,
)
from tests.paths import ROOT
from tests.servers.prometheus import tool

ABSENT, MISSED = "EcheanceMetricAbsent", "echeance:metric_absent"


def test_promtool_takes_the_configuration_and_the_rules(prometheus_programs: None) -> None:
    tool("promtool", "check", "config", "--syntax-only", FOLDER / "prometheus.yml")
    tool("promtool", "check", "rules", *RULES)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_rule_does_what_its_tests_say(prometheus_programs: None, path: Path) -> None:
    tool("promtool", "test", "rules", path)


def test_every_alert_is_tried_firing_and_silent() -> None:
    tried = [
        one
        for path in TESTS
        for test in loaded(path)["tests"]
        for one in test.get("alert_rule_test", ())
    ]
    for alert in alerts():
        cases = [bool(one["exp_alerts"]) for one in tried if one["alertname"] == alert.name]
        assert set(cases) == {True, False}, alert.name


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_every_alert_says_what_in_both_languages_with_its_number_and_where_to_read_on(
    alert: Rule,
) -> None:
    told = alert.annotations
    said = {"summary", "description", "summary_en", "description_en", "runbook_url"}
    assert said <= set(told) <= said | {"ratio", "target", "files", "pace"}
    assert told["summary"] != told["summary_en"]
    for description in (told["description"], told["description_en"]):
        assert "$value" in description
    page, _, anchor = told["runbook_url"].partition("#")
    assert page == f"{PLACEHOLDER}/operations.md"
    assert anchor in anchors(ROOT / "docs" / "operations.md")


def test_the_runbooks_of_the_rules_that_are_loaded_are_addresses(tmp_path: Path) -> None:
    written = runbooks.write(tmp_path / "rules", "https://docs.example.org/echeance/")
    told = [
        rule["annotations"]["runbook_url"]
        for path in written
        for group in loaded(path)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert len(told) == len(alerts())
    for address in told:
        assert address.startswith("https://docs.example.org/echeance/operations.md#"), address
    assert [path.name for path in written] == [path.name for path in RULES]
    with pytest.raises(SettingError, match="ECHEANCE_DOCS_URL must be set"):
        runbooks.write(tmp_path / "none", "")
    assert not (tmp_path / "none").exists()


def test_rules_read_no_metric_that_is_not_declared() -> None:
    for rule in shipped():
        for metric in rule.metrics:
            assert declared(metric) in DECLARED, (rule.name, metric)


def test_every_metric_that_a_rule_reads_is_missed_when_it_is_absent() -> None:
    missed = {metric for rule in shipped() if rule.name == MISSED for metric in rule.metrics}
    needed = {metric for rule in shipped() if rule.name != MISSED for metric in rule.metrics} - {
        "echeance_events_rejected_total",
        "echeance_events_duplicate_total",
        "echeance_other_source_events",
        "echeance_tls_certificate_start_timestamp_seconds",
        "echeance_tls_certificate_end_timestamp_seconds",
        "echeance_tls_last_reload_successful",
        "echeance_token_expiry_timestamp_seconds",
    }  # rightly absent
    assert needed <= missed


def test_each_metric_that_is_absent_is_named_by_one_alert(
    prometheus_programs: None, tmp_path: Path
) -> None:
    [path] = [one for one in TESTS if one.stem == "absent"]
    series = loaded(path)["tests"][0]["input_series"]
    rules = [one for one in RULES if one.stem == "absent"]
    without = []
    for missing in series:
        name = re.split(r"[{ ]", missing["series"])[0]
        alert = f'ALERTS{{alertname="{ABSENT}", alertstate="firing", severity="critical"}}'
        expected = [
            {"expr": expression, "eval_time": "20m", "exp_samples": [{"labels": one, "value": 1}]}
            for expression, one in (
                ('ALERTS{alertstate="firing"}', alert),
                (MISSED, f'{MISSED}{{metric="{name}"}}'),
            )
        ]
        left = [one for one in series if one is not missing]
        without.append({"interval": "1m", "input_series": left, "promql_expr_test": expected})
    test = tmp_path / "each.yml"
    test.write_text(yaml.safe_dump({"rule_files": [str(one) for one in rules], "tests": without}))
    tool("promtool", "test", "rules", test)
