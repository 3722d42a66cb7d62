"""The record of a server: owned, brought to this version, and followed by its tables."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

from hypersim.bootstrap.serving import ended
from hypersim.service.engine import Engine
from hypersim.service.record import RecordHealth, RecordLost, RecordUnavailable
from hypersim.service.stopping import COMMIT_BY_S, FEED_BY_S, Stopping
from hypersim.settings import Settings, environment_of_children
from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.growth.keeper import Keeper
from hypersim.storage.growth.keeping import keeping_of
from hypersim.storage.migrate import migrate
from hypersim.storage.ownership import Owner
from hypersim.storage.projection.process import ProjectorProcess
from hypersim.storage.projection.progress import Progress
from hypersim.storage.projection.projector import Projector
from hypersim.storage.recorder import COMMAND_TIMEOUT_S, PostgresRecorder
from hypersim.storage.vault import Vault
from hypersim.storage.whereabouts import Database
from hypersim.storage.writer_session import WriterSession


class Owned(NamedTuple):
    """Who writes the journal, and for whom the tables follow it."""

    recorder: PostgresRecorder
    owner: Owner


async def own(
    settings: Settings,
    database: Database,
    health: RecordHealth,
    vault: Vault,
    progress: Progress,
    say: Callable[[str], None],
) -> Owned:
    """Own the database and its tables, end whoever else writes them, and upgrade them.

    Raises DatabaseUnavailable, also when another server owns it."""
    session = await WriterSession.open(
        database.settings, settings.durability, timeout_s=COMMAND_TIMEOUT_S
    )
    try:
        how = database.upgrade
        upgrade = partial(migrate, database.settings, say, is_owner=True, upgrade=how)
        owner = await session.own_tables(database.settings, upgrade)
    except BaseException:
        session.terminate()
        raise
    recorder = await PostgresRecorder.open(
        database.settings,
        health=health,
        vault=vault,
        progress=progress,
        durability=settings.durability,
        ensure_running=database.ensure_running,
        session=session,
    )
    return Owned(recorder, owner)


def followers_of(
    settings: Settings, database: Database, progress: Progress, owner: Owner
) -> list[Coroutine[Any, Any, None]]:
    """Who follows the journal, brings the tables up and packs it: in a process of its own, but for
    a record that nobody keeps."""
    is_task = settings.projector == "task" or (settings.projector == "auto" and settings.ephemeral)
    where, ensure_running = database.settings, database.ensure_running
    keeping = keeping_of(settings.keep_journal)
    if is_task:
        projector = Projector(where, progress, owner, ensure_running=ensure_running)
        return [projector.run(), Keeper(where, keeping, lambda: progress.projected_seq).run()]
    process = ProjectorProcess(
        where,
        progress,
        owner,
        keeping=keeping,
        environment=environment_of_children(),
        ensure_running=ensure_running,
    )
    return [process.run()]


async def is_shown(progress: Progress) -> None:
    """Return when the tables show the whole record. Raises DatabaseUnavailable."""
    try:
        await progress.shows_all()
    except RecordUnavailable as unavailable:
        raise DatabaseUnavailable(f"the tables do not follow: {progress.stopped}") from unavailable


async def finish(
    engine: Engine, progress: Progress, task: asyncio.Task[None], stopping: Stopping
) -> None:
    """Everything acknowledged is durable already; what nobody waits for is committed here, and the
    tables are brought up to it if there is time.

    Raises RecordLost when the database does not take it in time."""
    if not task.done() and engine.health.is_available:
        engine.record_markets()
    is_settled = task.done() or await stopping.within(COMMIT_BY_S, engine.settled)
    if is_settled and progress.stopped is None:
        with contextlib.suppress(RecordUnavailable):
            await stopping.within(COMMIT_BY_S, progress.shows_all)
    await stopping.within(FEED_BY_S, ended, task)
    if not is_settled:
        raise RecordLost(
            f"the database did not answer in time: {engine.unconfirmed} events may be missing in "
            "the record; nobody was told that they happened, and everything acknowledged is kept"
        )
