"""The delay job on Faust: a table with a changelog topic, its partitions in RocksDB.

Started by the bench in the peers' environment with broker, state folder, output topic,
group and number of partitions; runs until it is stopped.
"""

from __future__ import annotations

import sys

import faust

from bench.distributed.peers.fold import Fold
from shared.log import FILE_EVENTS, Record


def application(broker: str, folder: str, output: str, group: str, partitions: int) -> faust.App:
    """The application, with one agent."""
    fold = Fold()
    app = faust.App(
        group,
        broker=f"kafka://{broker}",
        store="rocksdb://",
        datadir=folder,
        key_serializer="raw",
        value_serializer="raw",
        web_enabled=False,
        topic_partitions=partitions,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
    )
    files = app.topic(FILE_EVENTS, key_type=bytes, value_type=bytes)
    clocks = app.topic(output, key_type=bytes, value_type=bytes)
    histories = app.Table(
        "histories",
        partitions=partitions,
        key_type=bytes,
        value_type=bytes,
        options={"driver": "rocksdict"},
    )

    @app.agent(files)
    async def clock(stream):
        async for event in stream.events():
            message = event.message
            record = Record(message.offset, message.key, event.value)
            history, snapshot = fold(histories.get(message.key), record, message.partition)
            histories[message.key] = history
            await clocks.send(key=message.key, value=snapshot)

    return app


if __name__ == "__main__":
    made = application(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    faust.Worker(made, loglevel="WARNING").execute_from_commandline()
