"""The dev overlay on a real cluster: hardened, counting, and losing and refusing nothing while its pods come and go under load."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from tests.kubernetes import cluster
from tests.kubernetes.cluster import (
    KubectlError,
    evict,
    get,
    inside,
    kubectl,
    objects,
    pods,
    ready,
    traffic,
    until,
)
from tests.kubernetes.conftest import PODS

pytestmark = [pytest.mark.kubernetes, pytest.mark.usefixtures("system")]

RATE = 200
SERVICES = ("ingest", "clock", "compliance")
CLOCKS = ("clock-0", "clock-1")
_COUNTED_SECONDS = 120


def counted(name: str) -> set[str]:
    """The files of some traffic that the clocks know."""
    return {file for file in cluster.open_files() if file.rpartition("-")[0] == name}


def measured() -> int:
    """How many open files compliance knows, of every unit together: all are of one standard."""
    rows = get("http://compliance:8080/v1/open?standard=caq-etudes")["rows"]
    return sum(int(row["open"]) for row in rows if row["unit"] is None)


def nothing_is_lost(name: str, disturb: Callable[[], None]) -> dict[str, Any]:
    """Disturb the system under load: every request is answered, every file posted is counted, and none is counted twice."""
    before = measured()
    with traffic(name, RATE) as told:
        disturb()
    assert told["faults"] == []
    assert told["acknowledged"] == len(told["posted"]) > 0
    wanted = {f"{name}-{number}" for number in told["posted"]}
    until(lambda: measured() >= before + len(wanted), "all measured", _COUNTED_SECONDS)
    assert counted(name) == wanted
    assert measured() == before + len(wanted)
    print(
        f"{name}: {len(wanted)} posts and {told['asked']} questions in {told['seconds']} s, all answered, "
        f"the slowest in {told['slowest_seconds']} s; all counted once"
    )
    return told


def partitions() -> dict[str, list[int]]:
    """Which partitions each clock has."""
    script = (
        "from urllib.request import urlopen\n"
        "print(urlopen('http://127.0.0.1:8080/readyz').read().decode())"
    )
    answers = {name: inside("exec", name, "--", "python", "-c", script) for name in CLOCKS}
    return {name: json.loads(answer)["clock_partitions"] for name, answer in answers.items()}


def test_the_namespace_admits_restricted_pods_alone():
    labels = json.loads(kubectl("get", "namespace", cluster.NAMESPACE, "--output=json"))
    assert labels["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    with pytest.raises(KubectlError, match="violates PodSecurity"):
        inside("run", "planted", "--image=echeance:0.1.0", "--restart=Never")


@pytest.mark.parametrize("name", sorted(PODS))
def test_the_root_file_system_of_every_container_is_read_only(name: str):
    for pod in pods(name):
        with pytest.raises(KubectlError, match="Read-only file system"):
            inside("exec", pod["metadata"]["name"], "--", "touch", "/planted")


def test_an_event_posted_through_the_service_is_counted_and_readable():
    with traffic("first", 1) as told:
        until(lambda: counted("first"), "counted", 30)
    assert told["faults"] == []
    counter = get("http://clock:8080/v1/files/first-1")
    assert counter["status"] == "open"
    assert counter["cycles"][0]["limit"] == 20
    until(lambda: measured() >= len(told["posted"]), "measured", 30)


def test_a_clock_deleted_under_load_loses_nothing_and_gets_its_partitions_back():
    until(lambda: sorted(chain(*partitions().values())) == list(range(8)), "all given out")
    before = partitions()

    def delete() -> None:
        inside("delete", "pod", "clock-0", "--wait=true")
        until(lambda: ready("clock", 2), "both clocks")

    nothing_is_lost("deleted", delete)
    assert partitions() == before


def test_a_rolling_upgrade_of_all_services_under_load_loses_nothing_and_moves_no_partition():
    before = partitions()
    uids = {pod["metadata"]["uid"] for name in SERVICES for pod in pods(name)}

    def upgrade() -> None:
        workloads = ("deployment/ingest", "statefulset/clock", "deployment/compliance")
        inside("rollout", "restart", *workloads)
        for workload in workloads:
            inside("rollout", "status", workload, "--timeout=300s")

    nothing_is_lost("upgraded", upgrade)
    assert not uids & {pod["metadata"]["uid"] for name in SERVICES for pod in pods(name)}
    assert partitions() == before


def test_a_pod_that_is_alone_may_not_be_evicted():
    [alone] = pods("ingest")
    with pytest.raises(KubectlError, match="disruption budget"):
        evict(alone["metadata"]["name"])


def test_a_pod_of_each_service_drained_under_load_loses_nothing():
    inside("scale", "deployment/ingest", "deployment/compliance", "--replicas=2")
    until(lambda: all(ready(name, 2) for name in SERVICES), "two of each")

    def allowed() -> bool:
        budgets = objects("poddisruptionbudgets")
        return all(one["status"]["disruptionsAllowed"] == 1 for one in budgets)

    until(allowed, "budgets that allow it")
    leaving = {pods(name)[0]["metadata"]["name"]: pods(name)[0] for name in SERVICES}
    uids = {pod["metadata"]["uid"] for pod in leaving.values()}

    def drain() -> None:
        for pod in leaving:
            evict(pod)
        until(lambda: not uids & {one["metadata"]["uid"] for one in objects("pods")}, "gone")
        until(lambda: all(ready(name, 2) for name in SERVICES), "two of each again")

    nothing_is_lost("drained", drain)
