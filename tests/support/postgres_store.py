"""A real database as the record of an exchange in the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from hypersim.service.record import RecordHealth
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.projection.projector import Projector
from hypersim.storage.recorder import PostgresRecorder
from tests.support.memory_exchange import Store
from tests.support.memory_record import VAULT


@contextlib.asynccontextmanager
async def postgres_store(database: ConnectionSettings) -> AsyncIterator[Store]:
    """For the length of a block."""
    health = RecordHealth()
    recorder = await PostgresRecorder.open(database, health=health, vault=VAULT)
    projecting = asyncio.create_task(Projector(database, recorder.progress).run())
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
