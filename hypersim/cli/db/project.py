"""`hypersim db project`: bring the tables up to the journal where no server does."""

import asyncio

from hypersim.cli.db.place import DatabaseUrl, DataDir, perform, say, settings_of
from hypersim.service.record import RecordUnavailable
from hypersim.settings import Settings
from hypersim.storage.connecting import connect, hang_up
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.journal.reading import end_of
from hypersim.storage.ownership import Owner, borrow
from hypersim.storage.projection.progress import Progress
from hypersim.storage.projection.projector import Projector
from hypersim.storage.visiting import visited

READ_TIMEOUT_S = 10.0


def project(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the tables up to the journal; a server does so by itself."""
    perform(_project(settings_of(data_dir, database_url)))


async def _project(settings: Settings) -> bool:
    url, bin_dir = settings.database_url, settings.postgres_bin
    async with visited(settings.data_root, url=url, bin_dir=bin_dir, say=say) as place:
        owner, last = await _borrowed(place)
        progress = Progress()
        progress.start_at(last)
        projecting = asyncio.create_task(Projector(place, progress, owner).run())
        try:
            await progress.shows_all()
        except RecordUnavailable:
            raise DatabaseUnavailable(str(progress.stopped)) from None
        finally:
            projecting.cancel()
            await asyncio.wait([projecting])
    print(f"the tables show all {last} events of the journal")
    return True


async def _borrowed(place: ConnectionSettings) -> tuple[Owner, int]:
    """Who may write the tables from now on, and where the record ends."""
    connection = await connect(place)
    try:
        return await borrow(connection), await end_of(connection, READ_TIMEOUT_S) or 0
    finally:
        await hang_up(connection)
