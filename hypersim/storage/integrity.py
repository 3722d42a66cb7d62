"""Whether the record agrees with itself; asked at each start, before anybody trades on it."""

import asyncpg

from hypersim.storage.contradiction import contradiction
from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.markets import CANDLES, TICKERS

LEDGER_ENTRIES_CHECKED = 50_000
"""The newest part of the ledger that is added up again, so that a start takes no longer when the
ledger is long. Older changes count as the balance that the last line before that part shows."""

MINUTE_MS_MAX = 10**13
"""When no minute begins any more: in the year 2286."""

NUMBER_MAX = 2**62
"""Of what is counted: as much again can be counted on before the record's numbers end."""

_GAPS = """
SELECT count(*) FILTER (WHERE leg = 0) AS entries, coalesce(max(seq), $1) AS last
FROM ledger_legs WHERE seq > $1
"""

_DIFFERENT_BALANCE = """
WITH recent AS (
    SELECT user_id, asset, sum(available_change) AS available, sum(locked_change) AS locked
    FROM ledger_legs WHERE seq > $1 GROUP BY user_id, asset
)
SELECT user_id, asset
FROM balances b FULL JOIN recent r USING (user_id, asset)
LEFT JOIN LATERAL (
    SELECT available_after, locked_after FROM ledger_legs l
    WHERE l.user_id = b.user_id AND l.user_id > 0 AND l.asset = b.asset AND l.seq <= $1
    ORDER BY l.created_at DESC, l.seq DESC LIMIT 1
) older ON $1 > 0
WHERE (user_id > 0 OR $1 = 0) AND (
    b.available IS DISTINCT FROM coalesce(older.available_after, 0) + coalesce(r.available, 0)
    OR b.locked IS DISTINCT FROM coalesce(older.locked_after, 0) + coalesce(r.locked, 0)
)
LIMIT 1
"""
# Of a long ledger what the house has is known by this alone: no index leads to its older lines.

_UNBALANCED_ASSET = """
SELECT asset FROM balances GROUP BY asset HAVING sum(available + locked) <> 0 LIMIT 1
"""


_OUTER_MINUTES = f"""
SELECT instruments.symbol, minute.* FROM instruments
CROSS JOIN LATERAL (
    (SELECT {CANDLES.select} FROM candles
     WHERE candles.symbol = instruments.symbol AND "interval" = '1m' ORDER BY opened_at LIMIT 1)
    UNION ALL
    (SELECT {CANDLES.select} FROM candles
     WHERE candles.symbol = instruments.symbol AND "interval" = '1m'
     ORDER BY opened_at DESC LIMIT 1)
) AS minute
"""


def _of_kind(kind: Kind) -> str:
    return ", ".join(column.name for column in TICKERS.columns if column.kind is kind)


# What is no number is the greatest.
_IMPOSSIBLE_TICKER = f"""
SELECT symbol FROM tickers
WHERE greatest({_of_kind(Kind.NUMBER)}) >= 'Infinity' OR least({_of_kind(Kind.NUMBER)}) < 0
   OR greatest({_of_kind(Kind.INTEGER)}) > {NUMBER_MAX} OR least({_of_kind(Kind.INTEGER)}) < 0
LIMIT 1
"""


async def check_tickers(connection: asyncpg.Connection) -> None:
    """The prices and trade numbers from which a start goes on. Raises DatabaseUnavailable."""
    symbol = await connection.fetchval(_IMPOSSIBLE_TICKER)
    if symbol is not None:
        raise contradiction(f"the ticker of {symbol} has a number that cannot be")


async def check_minutes(connection: asyncpg.Connection) -> None:
    """The bars from which a start goes on. Raises DatabaseUnavailable."""
    for row in await connection.fetch(_OUTER_MINUTES):
        (minute,) = CANDLES.read([row])
        prices = (minute.low, minute.open, minute.close, minute.high)
        volumes = (minute.volume, minute.quote_volume)
        taken = (minute.taker_volume, minute.taker_quote_volume)
        counts = (minute.trade_count, minute.open_ms, minute.first_trade_id or 0)
        if not all(number.is_finite() for number in (*prices, *volumes, *taken)):
            problem = "has a number that is none"
        elif not 0 < minute.low <= min(prices) or max(prices) > minute.high:
            problem = f"has the prices {', '.join(map(str, prices))}"
        elif min(*volumes, *taken) < 0 or min(counts) < 0:
            problem = "has less than nothing"
        elif max(counts) > NUMBER_MAX:
            problem = "counts more trades than there can be"
        elif minute.open_ms > MINUTE_MS_MAX:
            problem = "is of a time that will not come"
        else:
            continue
        raise contradiction(f"the minute at {minute.open_ms} of {row['symbol']} {problem}")


async def check(connection: asyncpg.Connection, ledger_seq: int) -> None:
    """Compare checkpoint, ledger and balances. Raises DatabaseUnavailable with what is wrong."""
    before = max(0, ledger_seq - LEDGER_ENTRIES_CHECKED)
    found = await connection.fetchrow(_GAPS, before)
    if found["last"] != ledger_seq or found["entries"] != ledger_seq - before:
        raise contradiction(
            f"its ledger ends at entry {found['last']} with {found['entries']} entries after "
            f"{before}, but the checkpoint says that it ends at {ledger_seq}"
        )
    different = await connection.fetchrow(_DIFFERENT_BALANCE, before)
    if different is not None:
        raise contradiction(
            f"the {different['asset']} of account {different['user_id']} is not what its ledger "
            "adds up to"
        )
    unbalanced = await connection.fetchval(_UNBALANCED_ASSET)
    if unbalanced is not None:
        raise contradiction(f"its balances of {unbalanced} do not sum to zero over all accounts")
