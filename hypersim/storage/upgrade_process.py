"""What makes and changes the tables, in a process of its own: loaded, it would stay in the server's
memory, where it is needed for a moment of the first start."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Mapping

import msgspec

from hypersim.storage.child import end, launched, with_password
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable

MODULE = "hypersim.storage.schema_upgrade"


class Wanted(msgspec.Struct, frozen=True):
    """To the process: which database is to have which version, and whether the server owns it."""

    settings: ConnectionSettings
    version: str
    is_owner: bool


class UpgradeProcess:
    """Upgrades one database once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._launching: asyncio.Task[Process] | None = None

    def prepare(self) -> None:
        """Have it loaded, while there is no database yet."""
        self._launching = asyncio.create_task(launched(MODULE, self._environment))

    async def upgrade(self, settings: ConnectionSettings, version: str, *, is_owner: bool) -> None:
        """See `schema_upgrade.upgrade`. Raises DatabaseUnavailable."""
        if self._launching is None:
            self.prepare()
        assert self._launching is not None
        process = await self._launching
        assert process.stdin is not None and process.stdout is not None
        wanted = Wanted(with_password(settings, self._environment), version, is_owner)
        # The pipe stays open: by its end the process knows that the server is gone.
        process.stdin.write(msgspec.json.encode(wanted) + b"\n")
        said = await process.stdout.read()
        if code := await process.wait():
            reason = said.decode(errors="replace").strip()
            raise DatabaseUnavailable(reason or f"what makes the tables ended with {code}")

    async def close(self) -> None:
        """End it, if it runs."""
        if self._launching is None:
            return
        self._launching.cancel()
        for process in await asyncio.gather(self._launching, return_exceptions=True):
            if isinstance(process, Process):
                await end(process)
