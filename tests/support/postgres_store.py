"""A real database as the record of an exchange in the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from hypersim.service.record import RecordHealth
from hypersim.settings import environment_of_children
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connecting import connect
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.growth.keeping import Keeping
from hypersim.storage.ownership import Owner, owner_in
from hypersim.storage.projection.process import ProjectorProcess
from hypersim.storage.projection.progress import Progress
from hypersim.storage.projection.projector import Projector
from hypersim.storage.recorder import PostgresRecorder
from tests.support.memory_exchange import Store
from tests.support.memory_record import VAULT


@contextlib.asynccontextmanager
async def postgres_store(database: ConnectionSettings) -> AsyncIterator[Store]:
    """For the length of a block."""
    health = RecordHealth()
    recorder = await PostgresRecorder.open(database, health=health, vault=VAULT)
    projecting = asyncio.create_task((await projector_of(database, recorder.progress)).run())
    try:
        archive = await PostgresArchive.open(database, recorder.progress)
        try:
            yield Store(recorder, archive, health)
        finally:
            await archive.close()
    finally:
        projecting.cancel()
        await asyncio.gather(projecting, return_exceptions=True)
        await recorder.close()


async def projector_of(
    database: ConnectionSettings, progress: Progress, **options: Any
) -> Projector:
    """In the name of whoever owns the tables."""
    return Projector(database, progress, await _owner_of(database), **options)


async def projector_process_of(
    database: ConnectionSettings, progress: Progress, **options: Any
) -> ProjectorProcess:
    """The same as a process, which keeps the whole journal."""
    environment = environment_of_children()
    return ProjectorProcess(
        database,
        progress,
        await _owner_of(database),
        keeping=Keeping(),
        environment=environment,
        **options,
    )


async def _owner_of(database: ConnectionSettings) -> Owner:
    connection = await connect(database)
    try:
        owner = await owner_in(connection)
    finally:
        await connection.close()
    assert owner is not None
    return owner
