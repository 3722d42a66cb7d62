"""A reset's own part of its transaction: it empties every table that tells of accounts.

Candles, tickers and instruments tell of the market, which goes on.
"""

import asyncpg

LOCK_TIMEOUT_S = 0.5
"""Who reads a table (a backup, somebody at a prompt) keeps it from being truncated."""

EMPTIED = (
    "users",
    "api_keys",
    "balances",
    "orders",
    "order_lists",
    "prevented_matches",
    "order_amendments",
    "trades",
    "ledger_lines",
    "ledger",
    "withdrawals",
)

# Where we may, as with a server of our own: an autovacuum in the way is sent off at once, not after
# a second.
_IMPATIENCE = """
SELECT set_config('deadlock_timeout', '20ms', true)
WHERE has_parameter_privilege('deadlock_timeout', 'SET')
"""

# The trigger is back before anybody else can touch the ledger, whatever happens.
_GUARDED = """
ALTER TABLE ledger_lines DISABLE TRIGGER ledger_append_only;
ALTER TABLE ledger DISABLE TRIGGER ledger_append_only;
{};
ALTER TABLE ledger ENABLE TRIGGER ledger_append_only;
ALTER TABLE ledger_lines ENABLE TRIGGER ledger_append_only;
"""
_TRUNCATE = f"""
BEGIN; {_IMPATIENCE}; SET LOCAL lock_timeout = {LOCK_TIMEOUT_S * 1000:.0f};
{_GUARDED.format(f"TRUNCATE {', '.join(EMPTIED)} RESTART IDENTITY")}
SET LOCAL lock_timeout = 0;
"""
_DELETE = f"""
ROLLBACK; BEGIN; {_IMPATIENCE};
{_GUARDED.format("; ".join(f"DELETE FROM {table}" for table in EMPTIED))}
"""


async def begin_empty(connection: asyncpg.Connection, timeout_s: float) -> None:
    """Begin a transaction in which the tables are empty; the caller commits it. To truncate takes
    the same time however long they are, but waits for readers; to delete does not."""
    try:
        await connection.execute(_TRUNCATE, timeout=timeout_s)
    except asyncpg.LockNotAvailableError:
        await connection.execute(_DELETE, timeout=timeout_s)
