"""Dumps of a database as earlier versions wrote it, with rows of every kind.

`tables_0003.sql.gz` has tables of version 0003: three users with keys of each kind, open and ended
orders, lists, trades and ledger lines of each kind, candles, tickers and instruments, written under
shared matching with the vault of the tests. `tables_0014.sql.gz` is of the last version without a
journal, and has amendments, withdrawals, prevented matches and public trades as well, and orders
that ended together and are not marked yet.
"""

import gzip
from pathlib import Path

from hypersim.storage.connection import ConnectionSettings
from tests.support.postgres import run_script

RECORDS = Path(__file__).parents[1] / "persistence" / "records"


async def restore_old_record(database: ConnectionSettings, version: str) -> None:
    """Fill a database without tables."""
    dump = RECORDS / f"tables_{version}.sql.gz"
    await run_script(database, gzip.decompress(dump.read_bytes()).decode())
