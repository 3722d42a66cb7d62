"""What the server's database says of the run, read beside the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from hypersim.storage.connection import DEFAULT_PORT
from hypersim.storage.embedded.cluster import SUPERUSER

_LOOK_EVERY_S = 0.02
_LOOKS_MAX = 500


class RecordCounts(NamedTuple):
    """Commits and rows written since the database was made."""

    commits: int
    rows: int


class PlacedOrder(NamedTuple):
    """An order of the run."""

    id: int
    email: str


class RecordReader:
    """A connection of our own to the embedded database."""

    def __init__(self, connection: Any, postmaster_pid: int) -> None:
        self._connection = connection
        self.postmaster_pid = postmaster_pid

    async def counts(self) -> RecordCounts:
        """The database's own statistics, which trail the truth by up to a second."""
        row = await self._connection.fetchrow(
            "SELECT xact_commit, tup_inserted + tup_updated FROM pg_stat_database "
            "WHERE datname = current_database()"
        )
        return RecordCounts(*row)

    async def orders(self, emails: Sequence[str] | None = None) -> int:
        """Rows in the table of orders, of some users or of all, once it shows every order."""
        await self.caught_up()
        if emails is None:
            return int(await self._connection.fetchval("SELECT count(*) FROM orders"))
        return int(
            await self._connection.fetchval(
                "SELECT count(*) FROM orders o JOIN users u ON u.id = o.user_id "
                "WHERE u.email = ANY($1::text[])",
                emails,
            )
        )

    async def behind_s(self) -> float:
        """Age of the oldest row of the journal whose events are not in the tables; 0 if all are."""
        age = await self._connection.fetchval(
            "SELECT extract(epoch FROM clock_timestamp())::float8 - time_ms / 1000.0::float8 "
            "FROM journal WHERE last_seq > (SELECT seq FROM checkpoint) "
            "AND first_seq <= last_seq ORDER BY last_seq LIMIT 1"
        )
        return max(0.0, float(age or 0))

    async def caught_up(self) -> None:
        """Return once the tables show all that is in the journal, or at the end of patience."""
        for _ in range(_LOOKS_MAX):
            if await self.behind_s() == 0:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def filled_share(self) -> float:
        """Which part of the orders was filled, 0 to 1."""
        share = await self._connection.fetchval(
            "SELECT avg((status = 'filled')::int)::float8 FROM orders"
        )
        return float(share or 0)

    async def newest_orders(self, count: int) -> list[PlacedOrder]:
        """The last `count` orders, open and ended."""
        return await self._placed("true", "id DESC", count)

    async def archived_orders(self, count: int, skip: int) -> list[PlacedOrder]:
        """Ended orders, without the `skip` that ended last."""
        return await self._placed("ended_seq IS NOT NULL", "ended_seq DESC", count, skip)

    async def setting(self, name: str) -> str:
        """A setting of the database, such as `fsync`."""
        return str(await self._connection.fetchval("SELECT current_setting($1)", name))

    async def _placed(
        self, condition: str, order: str, count: int, skip: int = 0
    ) -> list[PlacedOrder]:
        rows = await self._connection.fetch(
            f"SELECT o.id, u.email FROM orders o JOIN users u ON u.id = o.user_id "
            f"WHERE {condition} ORDER BY o.{order} LIMIT $1 OFFSET $2",
            count,
            skip,
        )
        return [PlacedOrder(*row) for row in rows]


@contextlib.asynccontextmanager
async def record_reader(data_dir: Path) -> AsyncIterator[RecordReader]:
    """Reads the database of the server that keeps its data in `data_dir`."""
    lines = (data_dir / "pgdata/postmaster.pid").read_text().splitlines()
    connection = await asyncpg.connect(
        host=lines[4], port=DEFAULT_PORT, user=SUPERUSER, database="postgres"
    )
    try:
        yield RecordReader(connection, int(lines[0]))
    finally:
        await connection.close()
