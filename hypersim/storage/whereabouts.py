"""Where the record is: in a database that is named, or in our own, which is looked after."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import structlog

from hypersim.account.user import Secret
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import Upgrade, upgrade_here
from hypersim.storage.upgrade_process import UpgradeProcess

LOOK_EVERY_S = 5.0

log = structlog.get_logger(__name__)


class Database(NamedTuple):
    """How to reach it, how its tables are upgraded, how to bring it back when it is our own, and
    the data directory."""

    settings: ConnectionSettings
    upgrade: Upgrade
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
    upgrading: UpgradeProcess | None = None,
) -> AsyncIterator[Database]:
    """The database at `url`, or our own, which runs for the length of the block; cancellation ends
    a start too, within a moment. `stop_s` says in the end how long our own may take to put its
    files in order; `upgrading` is who upgrades the tables for a server.

    Raises DatabaseUnavailable."""
    if is_ephemeral:
        root = Path(tempfile.mkdtemp(prefix="hypersim-"))
    upgrade = upgrade_here if upgrading is None else upgrading.upgrade
    try:
        if url is not None:
            root.mkdir(parents=True, exist_ok=True)
            settings = ConnectionSettings.from_url(url.value)
            yield Database(settings, upgrade, None, root)
            return
        postgres = EmbeddedPostgres(root, bin_dir=bin_dir, is_kept=not is_ephemeral, say=say)
        if postgres.is_new and upgrading is not None:
            # Until its files are made there is time to load what makes its tables.
            upgrading.prepare()
        async with _running(postgres, stop_s) as settings:
            yield Database(settings, upgrade, postgres.ensure_running, root)
    finally:
        if upgrading is not None:
            await upgrading.close()
        if is_ephemeral:
            shutil.rmtree(root, ignore_errors=True)


@contextlib.asynccontextmanager
async def _running(
    postgres: EmbeddedPostgres, stop_s: Callable[[], float]
) -> AsyncIterator[ConnectionSettings]:
    starting = asyncio.ensure_future(asyncio.to_thread(postgres.start))
    try:
        settings = await asyncio.shield(starting)
        looking = asyncio.create_task(_look_after(postgres.ensure_running))
        try:
            yield settings
        finally:
            looking.cancel()
    finally:
        postgres.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await asyncio.to_thread(postgres.stop, stop_s())


async def _look_after(ensure_running: Callable[[], None]) -> None:
    """Whoever loses a connection asks for it too; this is for when nobody has a reason to."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await asyncio.to_thread(ensure_running)
        except DatabaseUnavailable as unavailable:
            log.warning("the database cannot be started", reason=str(unavailable))
