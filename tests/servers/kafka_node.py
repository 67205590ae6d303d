"""One broker of a cluster, which is also a controller: its settings, its storage and its process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.servers import java
from tests.servers.child import Child


class Listener(NamedTuple):
    """Where clients come in: the port it is on, and the port it tells them to use, which may be that of a proxy in between."""

    name: str
    port: int
    advertised: int
    protocol: str = "PLAINTEXT"


def plain(port: int) -> Listener:
    """The listener that every node has, for clients and for the other nodes."""
    return Listener("PLAINTEXT", port, port)


class Node:
    """A broker in a folder of its own; ``controllers`` are the ports of all nodes' controllers, in the order of their numbers."""

    def __init__(
        self,
        number: int,
        folder: Path,
        listeners: Sequence[Listener],
        controllers: Sequence[int],
        settings: Mapping[str, str],
        java_options: Sequence[str],
    ) -> None:
        self.number: Final = number
        self.listeners: Final = listeners
        self._folder = folder
        self._controllers = controllers
        self._settings = settings
        self._java_options = java_options
        self._child: Child | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listeners[0].port}"

    @property
    def runs(self) -> bool:
        """It was started, and not stopped or killed."""
        return self._child is not None

    @property
    def child(self) -> Child:
        """Its process, while it runs."""
        assert self._child is not None, f"node {self.number} does not run"
        return self._child

    def format(self, cluster: str, users: Mapping[str, str]) -> None:
        """Write the storage, once, with the users (and passwords) that may come in by SCRAM."""
        if (self._folder / "log" / "meta.properties").exists():
            return
        scrams = [f"SCRAM-SHA-512=[name={name},password={word}]" for name, word in users.items()]
        added = [argument for scram in scrams for argument in ("--add-scram", scram)]
        java.run("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._written(), *added)

    def start(self) -> None:
        """Start the broker; it accepts clients a few seconds later."""
        program = ("kafka.Kafka", self._written())
        command = java.command(*program, options=self._java_options, memory="512m")
        self._child = Child(command, self._folder / "broker.log")

    def stop(self) -> None:
        """End it cleanly, or after a while not."""
        if self.runs:
            self.child.end()
            self._child = None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.child.kill()
        self._child = None

    def _written(self) -> str:
        """The file of its settings, written anew: ports may change from one start to the next."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in self._properties().items()))
        return str(path)

    def _properties(self) -> Mapping[str, str]:
        copies = min(3, len(self._controllers))
        in_sync = max(1, copies - 1)
        port = self._controllers[self.number - 1]
        every = [*self.listeners, Listener("CONTROLLER", port, port)]
        quorum = enumerate(self._controllers, start=1)
        return {
            "process.roles": "broker,controller",
            "node.id": str(self.number),
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{port}" for n, port in quorum),
            "listeners": ",".join(f"{one.name}://127.0.0.1:{one.port}" for one in every),
            "advertised.listeners": ",".join(
                f"{one.name}://127.0.0.1:{one.advertised}" for one in every
            ),
            "listener.security.protocol.map": ",".join(
                f"{one.name}:{one.protocol}" for one in every
            ),
            "log.dirs": str((self._folder / "log").resolve()),
            "default.replication.factor": str(copies),
            "offsets.topic.replication.factor": str(copies),
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": str(copies),
            "transaction.state.log.min.isr": str(in_sync),
            "share.coordinator.state.topic.replication.factor": str(copies),
            "share.coordinator.state.topic.min.isr": str(in_sync),
            "group.initial.rebalance.delay.ms": "0",
            # A test that waits for the end of a session may choose a short one.
            "group.min.session.timeout.ms": "2000",
            "auto.create.topics.enable": "false",
            # A killed broker is missed sooner than after nine seconds, and may come back sooner.
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "5000",
            # A test that wants a compaction need not wait for it.
            "log.cleaner.backoff.ms": "500",
            **self._settings,
        }
