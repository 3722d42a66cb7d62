"""A dump of a database as an earlier version wrote it, with rows of every kind.

`tables_0003.sql.gz` has tables of version 0003: three users with keys of each kind, open and ended
orders, lists, trades and ledger lines of each kind, candles, tickers and instruments, written under
shared matching with the vault of the tests.
"""

import gzip
from pathlib import Path

from hypersim.storage.connection import ConnectionSettings
from tests.support.postgres import run_script

DUMP = Path(__file__).parents[1] / "persistence" / "records" / "tables_0003.sql.gz"


async def restore_old_record(database: ConnectionSettings) -> None:
    """Fill a database without tables."""
    await run_script(database, gzip.decompress(DUMP.read_bytes()).decode())
