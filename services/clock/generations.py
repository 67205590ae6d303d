"""The generations of all partitions, as a rebuild reads and raises them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock.store import SERVICE, CatalogueRefusedError, Generation
from services.clock.tables import clock_files, clock_generations
from shared.database import engine
from shared.domain import Catalogue

_GENERATIONS_MISSED = 2
"""A file that missed a generation is always published, so one number is skipped."""


async def current(connection: AsyncConnection, catalogue: Catalogue) -> Mapping[int, Generation]:
    """The generation of each partition; raises :class:`CatalogueRefusedError` for another catalogue."""
    rows = await connection.execute(select(clock_generations))
    generations = {row.partition: Generation(*row[1:]) for row in rows}
    for partition, generation in generations.items():
        same = Generation.under(generation.number, catalogue, generation.regenerated_after)
        if generation != same:
            raise CatalogueRefusedError(
                f"partition {partition} is counted under revision {generation.revision} of the catalogue "
                f"{generation.catalogue!r}, and this command has revision {catalogue.revision} of {catalogue.catalogue!r} "
                "or another text, or is another version of Échéance: give both the same, and let the clocks begin under it"
            )
    return generations


async def publish_anew(connection: AsyncConnection) -> None:
    """Begin a generation in every partition, so that the owner republishes each file when it claims.

    Epochs are raised first, so that no owner commits under the previous generation.
    """
    await engine.raise_epochs(connection, SERVICE)
    raised = clock_generations.c.generation + _GENERATIONS_MISSED
    await connection.execute(
        update(clock_generations).values(generation=raised, regenerated_after="")
    )


async def restart(connection: AsyncConnection) -> None:
    """Delete all files and begin a generation in every partition: all is counted again from the log."""
    await connection.execute(clock_files.delete())
    await connection.execute(
        update(clock_generations).values(
            generation=clock_generations.c.generation + 1, regenerated_after=None
        )
    )


async def reset_positions(connection: AsyncConnection) -> None:
    """Restart files at offset 0, as a new topic does, so that their next event is newer."""
    await connection.execute(update(clock_files).values(position=0))


async def regenerating(connection: AsyncConnection) -> Mapping[int, str]:
    """The partitions whose generation is not fully published, each with the last file published."""
    unfinished = select(clock_generations.c.partition, clock_generations.c.regenerated_after).where(
        clock_generations.c.regenerated_after.is_not(None)
    )
    return {row[0]: row[1] for row in await connection.execute(unfinished)}
