"""The statement that commits a batch: one row of the journal, and what is kept of the markets."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from hypersim.service.record import Entry
from hypersim.storage.journal.encoding import PREFIX, Payload, to_bytes
from hypersim.storage.journal.events import written
from hypersim.storage.tables import markets
from hypersim.storage.tables.table import Filled, Table
from hypersim.storage.tables.writing import Bound, count, encoded, parts_of
from hypersim.storage.vault import Vault

# A row that tells of time alone may be written twice, when nobody knows what became of it.
_INSERT = """INSERT INTO journal (first_seq, last_seq, time_ms, payload)
VALUES (${}::bigint, ${}::bigint, ${}::bigint, ${}::bytea)"""
_OF_TIME = " ON CONFLICT DO NOTHING"


def bind(entry: Entry, first_seq: int, vault: Vault) -> Bound:
    """What commits it; `first_seq` is the number of its first event."""
    counters = entry.counters
    payload = PREFIX + to_bytes(Payload(counters, written(entry.transactions, vault)))
    row = [first_seq, counters.seq, counters.time_ms, payload]
    is_of_time = first_seq > counters.seq
    if not (entry.candles or entry.tickers or entry.public_trades):
        return Bound(_statement((), is_of_time=is_of_time), row, 1)
    filled = list(_of_markets(entry))
    tables = tuple([one.table for one in filled])
    arguments = [*encoded(filled), *row] if filled else row
    return Bound(_statement(tables, is_of_time=is_of_time), arguments, count(filled))


@lru_cache
def _statement(tables: tuple[Table[Any], ...], *, is_of_time: bool) -> str:
    parts, parameter = parts_of(tables) if tables else ([], 1)
    insert = _INSERT.format(*range(parameter, parameter + 4)) + (_OF_TIME if is_of_time else "")
    return f"WITH {', '.join(parts)}\n{insert}" if parts else insert


def _of_markets(entry: Entry) -> Iterator[Filled]:
    if entry.candles:
        yield markets.candle_rows(entry.candles)
    if entry.public_trades:
        yield markets.PUBLIC_TRADES.filled(entry.public_trades)
    if tickers := markets.ticker_rows(entry.tickers):
        yield markets.TICKERS.filled(tickers)
