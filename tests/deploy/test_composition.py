"""docker-compose.yml as it is shipped, run for real. One composition for all, in this order; each kill leaves it whole."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import pytest

from shared.process import runner
from tests.deploy.composition import Composition, running
from tests.deploy.light_posts import SOURCE, LightPosts, received
from tests.deploy.test_compose import RUNNING, SERVICES
from tests.servers.child import patiently

pytestmark = pytest.mark.docker

JOBS: Final = ("migrate", "kafka-users", "topics")
KILLED: Final = sorted(SERVICES.keys() - {*JOBS, "traffic", "grafana"})
_TRIED_WHILE_DOWN: Final = 5
_ROUNDS: Final = 5
"""How often the patience of one wait: the machine may have much else to do."""


class Live(NamedTuple):
    """A composition, and who posts to it."""

    composition: Composition
    token: str
    posts: LightPosts

    def open_files(self) -> int:
        """As compliance has measured."""
        told = self.composition.ask("compliance", "/v1/open?standard=caq-etudes", self.token)
        return sum(row["open"] for row in told["rows"] if row["unit"] is None) if told else -1


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("composition")) as composition:
        token = composition.token("case-system", "--scopes", "publish,read", "--sources", SOURCE)
        posts = LightPosts(composition.address("ingest"), token, composition.trust())
        yield Live(composition, token, posts)


def _in_time(condition: Callable[[], object], what: str) -> None:
    for _ in range(_ROUNDS - 1):
        try:
            patiently(condition, what)
        except RuntimeError:
            continue
        return
    patiently(condition, what)


def _whole(live: Live) -> bool:
    health = dict(live.composition.health())
    jobs = [health.pop(job) for job in JOBS]
    return set(jobs) == {"exited 0"} and set(health.values()) == {"healthy"}


def _asked_of_prometheus(live: Live, expression: str) -> list[Any]:
    told = live.composition.ask("prometheus", f"/api/v1/query?query={quote(expression)}")
    return list(told["data"]["result"]) if told else []


def test_everything_is_healthy_once_it_is_up(live: Live):
    assert _whole(live)
    assert (
        live.composition.health().keys() == SERVICES.keys() - {"traffic"} - live.composition.absent
    )


def test_prometheus_reaches_every_process(live: Live):
    _in_time(lambda: len(_asked_of_prometheus(live, "up == 1")) == len(RUNNING), "every target up")


def test_an_event_is_counted_and_seen_in_prometheus(live: Live):
    assert live.posts.post(received("SEEN-1", runner.now() - timedelta(minutes=1)))
    live.posts.acknowledged.append("SEEN-1")
    _in_time(lambda: live.composition.ask("clock", "/v1/files/SEEN-1", live.token), "its counter")
    [cycle] = live.composition.ask("clock", "/v1/files/SEEN-1", live.token)["cycles"]
    assert (cycle["counted"], cycle["limit"]) == (0, 20)
    counted = 'max by (standard) (sum by (instance, standard) (echeance_open_files{standard="caq-etudes"})) == 1'
    _in_time(lambda: _asked_of_prometheus(live, counted), "the open file in Prometheus")


def test_an_overdue_file_is_mailed(live: Live):
    assert live.posts.post(received("LATE-1", runner.now() - timedelta(days=200)))
    live.posts.acknowledged.append("LATE-1")

    def mailed() -> bool:
        told = live.composition.ask("mail", "/api/v1/messages")
        return bool(told) and any("EcheanceBreach" in one["Subject"] for one in told["messages"])

    _in_time(mailed, "the mail of the alert")


@pytest.mark.parametrize("name", KILLED)
def test_killed_and_back_nothing_is_lost(live: Live, name: str):
    with live.posts.flowing():
        live.composition.compose("kill", name)
        assert live.composition.health()[name] == "exited 137"
        tried = live.posts.tried
        _in_time(lambda: live.posts.tried >= tried + _TRIED_WHILE_DOWN, "posts while it is down")
        live.composition.compose(
            "start", name
        )  # `up --wait` gives up at once where another is unhealthy meanwhile
    _in_time(lambda: _whole(live), "everything healthy again")
    _in_time(
        lambda: live.open_files() == len(live.posts.acknowledged),
        f"{len(live.posts.acknowledged)} open files, as many as were acknowledged",
    )
    for file_id in live.posts.acknowledged:
        assert live.composition.ask("clock", f"/v1/files/{file_id}", live.token), file_id


def test_a_renewed_certificate_is_shown_without_a_restart_and_nothing_is_lost(live: Live):
    former = _shown(live, "ingest")
    with live.posts.flowing():
        live.composition.run("deploy/compose/secrets.sh", "renew", "ingest")
        _in_time(lambda: _shown(live, "ingest") != former, "the new certificate")
        tried = live.posts.tried
        _in_time(lambda: live.posts.tried >= tried + _TRIED_WHILE_DOWN, "posts after it")
    _in_time(lambda: live.open_files() == len(live.posts.acknowledged), "every file")


def _shown(live: Live, service: str) -> bytes | None:
    host, _, port = live.composition.address(service).rpartition("//")[2].partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        live.composition.trust().wrap_socket(plain, server_hostname=host) as over_tls,
    ):
        return over_tls.getpeercert(True)


def test_a_token_revoked_lets_nobody_in_and_its_successor_does(live: Live):
    """Rotation, as the guide says: make the new one, hand it over, revoke the old one. Nothing is restarted."""
    new = live.composition.token("case-system-2", "--scopes", "publish,read", "--sources", SOURCE)
    assert live.composition.ask("clock", "/v1/files/SEEN-1", new)
    live.composition.run("deploy/compose/secrets.sh", "token", "revoke", "case-system-2")
    assert live.composition.ask("clock", "/v1/files/SEEN-1", new) is None
    assert live.composition.ask("clock", "/v1/files/SEEN-1", live.token)


def test_the_profile_demo_brings_example_traffic(live: Live):
    live.composition.up("--profile", "demo")
    others = 'sum(max by (standard, stage) (echeance_open_files{standard!="caq-etudes"})) > 5'
    _in_time(lambda: _asked_of_prometheus(live, others), "its open files in Prometheus")
    letters = 'sum(echeance_dead_letters_total{reason!="conflict"}) > 0'
    assert not _asked_of_prometheus(live, letters)
