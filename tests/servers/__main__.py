"""``make servers``: Kafka and PostgreSQL until Ctrl-C. What they hold stays."""

from __future__ import annotations

from pathlib import Path

import click

from tests.servers import development
from tests.servers.development import (
    ended_in_order,
    folder_option,
    kafka_port_option,
    kafka_server,
    postgres_port_option,
    postgres_server,
)


@click.command(help="Run Kafka and PostgreSQL for development until Ctrl-C.")
@folder_option
@kafka_port_option
@postgres_port_option
def main(folder: Path, kafka_port: int, postgres_port: int) -> None:
    """Start both, say how to use them, and end both."""
    with (
        ended_in_order(),
        postgres_server(folder, postgres_port) as database,
        kafka_server(folder, kafka_port) as kafka,
    ):
        print(f"Kafka and PostgreSQL run; what they hold stays in {folder}. Ctrl-C ends both.")
        print("For the services:")
        print(f"  export ECHEANCE_KAFKA={kafka.address}")
        print(f"  export ECHEANCE_DATABASE={database.address}")
        print("For the tests, which then start none of their own:")
        print(f"  export ECHEANCE_TEST_KAFKA={kafka.address}")
        print(f"  export ECHEANCE_TEST_POSTGRES={database.address.rpartition('/')[0]}", flush=True)
        development.watch([database.child, kafka.child])


if __name__ == "__main__":
    main()
