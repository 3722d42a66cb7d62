"""How long the writer waits for the database grows with what it is given to write."""

from typing import Any, cast

from hypersim.storage.prepared import ROWS_PER_S_MIN
from hypersim.storage.tables.writing import Bound
from hypersim.storage.writer_session import WriterSession

TIMEOUT_S = 30.0


class Connection:
    """Carries out everything at once, and notes how long it was given for statements."""

    def __init__(self) -> None:
        self.given_s: list[float] = []

    async def prepare(self, *_: str, **__: float) -> "Connection":
        return self

    async def fetch(self, *_: str, **options: float) -> None:
        self.given_s.append(options["timeout"])


async def test_a_statement_of_very_many_rows_is_waited_for_longer() -> None:
    connection = Connection()
    session = WriterSession(cast(Any, connection), cast(Any, None), TIMEOUT_S)
    for rows in (0, 60 * ROWS_PER_S_MIN):
        await session.commit(Bound("SELECT", [], rows))
    assert connection.given_s == [TIMEOUT_S, TIMEOUT_S + 60]
