"""How long the writer waits for the database grows with what it is given to write."""

from typing import Any, cast

import pytest

from hypersim.storage.statement import Bound
from hypersim.storage.writer_session import ROWS_PER_S_MIN, WriterSession

TIMEOUT_S = 30.0


class Connection:
    """Carries out everything at once, and notes how long it was given for statements."""

    def __init__(self) -> None:
        self.given_s: list[float] = []

    async def prepare(self, *_: str, **__: float) -> "Connection":
        return self

    async def execute(self, *_: str, **__: float) -> None:
        """Begins and ends a transaction."""

    async def fetch(self, *_: str, **options: float) -> None:
        self.given_s.append(options["timeout"])


@pytest.mark.parametrize("is_reset", [False, True])
async def test_a_statement_of_very_many_rows_is_waited_for_longer(is_reset: bool) -> None:
    connection = Connection()
    session = WriterSession(cast(Any, connection), cast(Any, None), TIMEOUT_S)
    for rows in (0, 60 * ROWS_PER_S_MIN):
        await session.commit(Bound("SELECT", [], is_reset, rows))
    assert connection.given_s == [TIMEOUT_S, TIMEOUT_S + 60]
