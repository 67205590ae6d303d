"""``echeance topics``: the topics of the distributed deployment, created once and checked."""

from __future__ import annotations

import asyncio

import click

from echeance.system import adopt_topic
from shared.log import AUDIT, DEAD_LETTERS, kafka
from shared.log.kafka import LayoutError
from shared.process import distributed, environment, fail, say, tell

PREFIX = "echeance."


@click.group(
    help=say(
        "Sujets Kafka du déploiement réparti (ECHEANCE_KAFKA).",
        "Kafka topics of the distributed deployment (ECHEANCE_KAFKA).",
    )
)
def topics() -> None:
    """Create and check the topics."""


@topics.command(
    help=say(
        "Crée les sujets qui manquent, puis vérifie tous les sujets. Sans danger s’ils existent.",
        "Create the topics that are missing, then check them all. Harmless when they exist.",
    )
)
@click.option(
    "--replicas",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help=say(
        "Copies de chaque partition ; les écritures en attendent une de moins.",
        "Copies of each partition; a write waits for all of them but one.",
    ),
)
def create(replicas: int) -> None:
    """Create what is missing, tell what was, and check."""
    settings = environment()
    kafka_settings = distributed.kafka_settings(settings)
    try:
        created = asyncio.run(kafka.create_topics(kafka_settings, settings.partitions, replicas))
    except LayoutError as error:
        fail(str(error), str(error))
    for name in sorted(created):
        tell(f"créé : {name}", f"created: {name}")
    _check()


@topics.command(
    help=say(
        "Vérifie que les sujets gardent ce qu’ils doivent garder ; statut 1 sinon.",
        "Check that the topics keep what they must; exit status 1 otherwise.",
    )
)
def check() -> None:
    """Say how each topic is laid out, or what is wrong with it."""
    _check()


@topics.command(
    help=say(
        "Après la perte d’un sujet refait : ses lecteurs commencent à son premier enregistrement, et tous les dossiers sont publiés "
        "de nouveau s’il portait des événements ou des compteurs (ECHEANCE_DATABASE, sous le rôle qui possède les tables).",
        "After the loss of a topic that was made again: its readers begin at its first record, and every file is published again "
        "if it had events or clocks (ECHEANCE_DATABASE, under the role that owns the tables).",
    )
)
@click.argument(
    "topic", type=click.Choice([name.removeprefix(PREFIX) for name in adopt_topic.READERS])
)
def adopt(topic: str) -> None:
    """Begin with the topic that has this name now."""
    if not asyncio.run(adopt_topic.adopt(environment(), PREFIX + topic)):
        tell(
            f"rien à faire : c’est le sujet {topic} qui est lu",
            f"nothing to do: it is the {topic} that is read",
        )
    elif PREFIX + topic == AUDIT:
        tell(
            f"{topic} est lu à partir de ce que son index n’a pas",
            f"{topic} is read from what its index lacks on",
        )
    elif PREFIX + topic == DEAD_LETTERS:
        tell(f"{topic} est lu depuis le début", f"{topic} is read from its beginning")
    else:
        tell(
            f"{topic} est lu depuis le début ; les dossiers sont publiés de nouveau",
            f"{topic} is read from its beginning; files are published again",
        )


def _check() -> None:
    try:
        topics = asyncio.run(kafka.check_topics(distributed.kafka_settings(environment())))
    except LayoutError as error:
        fail(f"les sujets ne conviennent pas : {error}", f"the topics will not do: {error}")
    for name, topic in sorted(topics.items()):
        tell(
            f"{name} : {topic.partitions} partitions, {topic.replicas} copies",
            f"{name}: {topic.partitions} partitions, {topic.replicas} replicas",
        )
