"""Where the record is: in a database that is named, or in our own, which is looked after."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from hypersim.account.user import Secret
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import load_upgrade

LOOK_EVERY_S = 5.0

log = structlog.get_logger(__name__)


class Database(NamedTuple):
    """How to reach it, how to bring it back when it is our own, and the data directory."""

    settings: ConnectionSettings
    ensure_running: Callable[[], None] | None
    root: Path


@contextlib.asynccontextmanager
async def database_at(
    root: Path,
    *,
    url: Secret | None,
    bin_dir: Path | None,
    is_ephemeral: bool,
    stop_s: Callable[[], float],
    say: Callable[[str], None],
) -> AsyncIterator[Database]:
    """The database at `url`, or our own, which runs for the length of the block; cancellation ends
    a start too, within a moment. `stop_s` says in the end how long our own may take to put its
    files in order.

    Raises DatabaseUnavailable."""
    if is_ephemeral:
        root = Path(tempfile.mkdtemp(prefix="hypersim-"))
    try:
        if url is not None:
            root.mkdir(parents=True, exist_ok=True)
            yield Database(ConnectionSettings.from_url(url.value), None, root)
            return
        postgres = EmbeddedPostgres(root, bin_dir=bin_dir, is_kept=not is_ephemeral, say=say)
        async with _running(postgres, stop_s) as settings:
            yield Database(settings, postgres.ensure_running, root)
    finally:
        if is_ephemeral:
            shutil.rmtree(root, ignore_errors=True)


@contextlib.asynccontextmanager
async def _running(
    postgres: EmbeddedPostgres, stop_s: Callable[[], float]
) -> AsyncIterator[ConnectionSettings]:
    under_way: list[asyncio.Future[Any]] = []
    if postgres.is_new:
        # Other processes make its files. Until then there is time to load what makes its tables.
        under_way.append(asyncio.ensure_future(asyncio.to_thread(load_upgrade)))
    starting = asyncio.ensure_future(asyncio.to_thread(postgres.start))
    under_way.append(starting)
    try:
        settings = await asyncio.shield(starting)
        looking = asyncio.create_task(_look_after(postgres.ensure_running))
        try:
            yield settings
        finally:
            looking.cancel()
    finally:
        postgres.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.to_thread(postgres.stop, stop_s())


async def _look_after(ensure_running: Callable[[], None]) -> None:
    """Whoever loses a connection asks for it too; this is for when nobody has a reason to."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await asyncio.to_thread(ensure_running)
        except DatabaseUnavailable as unavailable:
            log.warning("the database cannot be started", reason=str(unavailable))
