"""The delay job on Quix Streams: state in RocksDB with a changelog topic, its default checkpoints.

Started by the bench in the peers' environment with broker, state folder, output topic, group and
number of events.
"""

from __future__ import annotations

import sys

from quixstreams import Application, State, message_context

from bench.distributed.peers.fold import Fold
from shared.log import FILE_EVENTS, Record


def main(broker: str, folder: str, output: str, group: str, events: int) -> None:
    """Run until the given number of events is processed; checkpoints before it ends."""
    fold = Fold()
    app = Application(
        broker_address=broker,
        consumer_group=group,
        auto_offset_reset="earliest",
        state_dir=folder,
        loglevel="WARNING",
    )

    def clock(value: bytes, state: State) -> bytes:
        context = message_context()
        record = Record(context.offset, b"", value)
        history, snapshot = fold(state.get_bytes("history"), record, context.partition)
        state.set_bytes("history", history)
        return snapshot

    files = app.topic(FILE_EVENTS, value_deserializer="bytes", key_deserializer="bytes")
    clocks = app.topic(output, value_serializer="bytes", key_serializer="bytes")
    app.dataframe(files).apply(clock, stateful=True).to_topic(clocks)
    app.run(count=events, collect=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
