"""A real Prometheus scrapes the embedded system after a life of it: every rule evaluates, every record has something in it."""

from __future__ import annotations

from functools import partial

from tests.deploy.rules import DECLARED, alerts, declared, recorded, shipped
from tests.deploy.watched import Watched, checked
from tests.servers.child import patiently

_SILENT = (
    "EcheanceMetricAbsent",
    "EcheanceConsumerStalled",
    "EcheanceClockSkew",
    "EcheanceAlertDeliveryFailing",
)
"""What must not fire in a system that works."""


def test_promtool_finds_no_fault_in_the_exposition(life: Watched) -> None:
    assert checked(life.system.get("/metrics").text) == ""


def test_every_metric_that_a_rule_reads_is_there(life: Watched) -> None:
    wanted = {metric for rule in shipped() for metric in rule.metrics}
    assert {declared(metric) for metric in wanted} <= DECLARED.keys()
    for metric in wanted:
        patiently(partial(life.query, metric), f"{metric} scraped")


def test_every_recorded_series_has_something_in_it(life: Watched) -> None:
    for name in {rule.name for rule in recorded()} - {"echeance:metric_absent"}:
        patiently(partial(life.query, name), f"{name} recorded")


def test_every_alert_is_evaluated_without_an_error(life: Watched) -> None:
    patiently(lambda: all(rule["lastEvaluation"] > "0002" for rule in life.rules()), "evaluations")
    assert {rule["name"] for rule in life.rules()} == {rule.name for rule in shipped()}
    for rule in life.rules():
        assert rule["health"] == "ok", rule
    for alert in alerts():
        life.query(alert.expression)


def test_no_metric_is_missed_in_a_system_that_works(life: Watched) -> None:
    assert life.query('up{job="echeance"} == 1')
    assert not life.query("echeance:metric_absent")
    for alert in alerts():
        if alert.name in _SILENT:
            assert not life.query(alert.expression), alert.expression


def test_figures_of_two_replicas_would_be_counted_once(life: Watched) -> None:
    [files] = life.query("sum(echeance:open_files)")
    by_stage = [float(one["value"][1]) for one in life.query("echeance_open_files")]
    assert float(files["value"][1]) == sum(by_stage) > 0


def test_prometheus_sees_the_alerts_that_alertmanager_took(life: Watched) -> None:
    active = life.system.get("/v1/alerts", params={"active": "true", "limit": 1}).json()["alerts"]
    assert active, "a life without alerts tries nothing"

    def delivered() -> bool:
        [age] = life.query("echeance:alert_push:age_seconds")
        return 0 <= float(age["value"][1]) < 180

    patiently(delivered, "everything delivered")
    [failures] = life.query('sum(echeance_alert_pushes_total{outcome="failure"})')
    assert float(failures["value"][1]) == 0
    [alerts] = life.query("sum(echeance:alerts_active)")
    assert float(alerts["value"][1]) > 0
