"""Statements of a connection that are prepared when they are first needed."""

import asyncpg

from hypersim.storage.tables.writing import Bound

ROWS_PER_S_MIN = 1_000
"""A statement may take a second longer for so many rows; a slow machine writes ten times as many.
One command may end a million orders, and is no reason to take the database for dead."""


class Prepared:
    """Runs them. Each has `timeout_s`, and more for many rows."""

    def __init__(self, connection: asyncpg.Connection, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._statements: dict[str, asyncpg.prepared_stmt.PreparedStatement] = {}

    async def run(self, bound: Bound) -> list[asyncpg.Record]:
        """The rows that it returns. Raises what asyncpg raises."""
        statement = self._statements.get(bound.statement)
        if statement is None:
            statement = await self._connection.prepare(bound.statement, timeout=self._timeout_s)
            self._statements[bound.statement] = statement
        patience_s = self._timeout_s + bound.rows / ROWS_PER_S_MIN
        found: list[asyncpg.Record] = await statement.fetch(*bound.arguments, timeout=patience_s)
        return found
