"""The generations of all partitions together, as a rebuild finds and changes them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock.store import SERVICE, CatalogueRefusedError, Generation
from services.clock.tables import clock_generations
from shared.database import positions
from shared.domain import Catalogue

_GENERATIONS_MISSED = 2
"""A file that missed a generation is published whatever it says: so one generation is left out."""


async def current(connection: AsyncConnection, catalogue: Catalogue) -> Mapping[int, Generation]:
    """The generation of each partition; raises :class:`CatalogueRefusedError` if one is counted under another catalogue."""
    rows = await connection.execute(select(clock_generations))
    found = {row.partition: Generation(*row[1:]) for row in rows}
    for partition, generation in found.items():
        same = Generation.under(generation.number, catalogue, generation.regenerated_after)
        if generation != same:
            raise CatalogueRefusedError(
                f"partition {partition} is counted under revision {generation.revision} of the catalogue "
                f"{generation.catalogue!r}, and this command has revision {catalogue.revision} of {catalogue.catalogue!r} "
                "or another text: give both the same catalogue, and let the clocks begin under it"
            )
    return found


async def publish_anew(connection: AsyncConnection) -> None:
    """Have every file published again: a new generation of each partition, which its owner finds when it claims it again.

    Owners lose their partitions first, so that none of them goes on under the generation before.
    """
    taken = positions.update().where(positions.c.service == SERVICE)
    await connection.execute(taken.values(epoch=positions.c.epoch + 1))
    begun = clock_generations.c.generation + _GENERATIONS_MISSED
    await connection.execute(
        update(clock_generations).values(generation=begun, regenerated_after="")
    )


async def regenerating(connection: AsyncConnection) -> Mapping[int, str]:
    """The partitions of which files are still to be published, and how far each has come."""
    unfinished = select(clock_generations.c.partition, clock_generations.c.regenerated_after).where(
        clock_generations.c.regenerated_after.is_not(None)
    )
    return {row[0]: row[1] for row in await connection.execute(unfinished)}
