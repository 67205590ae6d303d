"""``echeance demo``: a made-up ministry served from a temporary directory."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import click

from echeance.demo import demo_catalogue, demonstrate, port_check
from shared.process import configure_logging, environment, fail, load_catalogue, runner, say, tell


@click.command(
    help=say(
        "Démonstration : deux ans d’un ministère inventé, puis du trafic en direct sur une horloge accélérée.",
        "Demonstration: two years of a made-up ministry, then live traffic on an accelerated clock.",
    )
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help=say("Port HTTP ; 0 : le premier libre.", "HTTP port; 0: any free one."),
)
@click.option(
    "--speed",
    type=click.IntRange(1, 86_400),
    default=3_600,
    show_default=True,
    help=say("Combien de fois plus vite que l’horloge.", "How many times faster than the clock."),
)
@click.option(
    "--files",
    type=click.IntRange(100, 1_000_000),
    default=24_000,
    show_default=True,
    help=say("Dossiers des deux ans passés.", "Files of the two past years."),
)
@click.option("--seed", type=int, default=2021, show_default=True)
def demo(port: int, speed: int, files: int, seed: int) -> None:
    """Serve a living example until interrupted."""
    refused = port_check.refusal(port)
    if refused is not None:
        fail(*refused)
    catalogue = demo_catalogue(load_catalogue(None))
    runner.tune_garbage_collector()
    runner.shorten_switch_interval()
    with tempfile.TemporaryDirectory(prefix="echeance-demo-") as directory:
        settings = environment()._replace(
            data=Path(directory), port=port, host=port_check.HOST, batch_records=20_000
        )
        configure_logging(settings, "demo")
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(demonstrate(settings, catalogue, speed=speed, files=files, seed=seed))
    tell("Terminé ; rien n’est resté sur le disque.", "Ended; nothing was left on the disk.")
