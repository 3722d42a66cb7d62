"""Whether the record adds up, asked of its tables directly and not of the server."""

import asyncio
from pathlib import Path

import asyncpg

from hypersim.storage.connection import DEFAULT_PORT, ConnectionSettings
from hypersim.storage.projection.emptying import EMPTIED

_SOCKET_DIRECTORY_LINE = 4
_LOCK = f"LOCK TABLE {', '.join(EMPTIED)}, checkpoint IN ACCESS SHARE MODE"

CHECKS = {
    "an entry's legs do not sum to zero": """
        SELECT seq, asset, sum(available_change + locked_change) FROM ledger_legs
        GROUP BY seq, asset HAVING sum(available_change + locked_change) <> 0
    """,
    "a ledger line does not follow from the one before it": """
        SELECT * FROM (
            SELECT seq, leg, user_id, asset,
                available_after - sum(available_change) OVER lines AS available_off,
                locked_after - sum(locked_change) OVER lines AS locked_off
            FROM ledger_legs WINDOW lines AS (PARTITION BY user_id, asset ORDER BY seq, leg)
        ) AS walked WHERE available_off <> 0 OR locked_off <> 0
    """,
    "a balance is not the sum of its ledger": """
        SELECT user_id, asset, b.available, b.locked, l.available, l.locked
        FROM balances b FULL JOIN (
            SELECT user_id, asset, sum(available_change) AS available, sum(locked_change) AS locked
            FROM ledger_legs GROUP BY user_id, asset
        ) l USING (user_id, asset)
        WHERE (b.available, b.locked) IS DISTINCT FROM (l.available, l.locked)
    """,
    "an asset does not sum to zero over all accounts": """
        SELECT asset, sum(available + locked) FROM balances
        GROUP BY asset HAVING sum(available + locked) <> 0
    """,
    "the ledger has a gap, or is not as long as the checkpoint says": """
        SELECT * FROM (
            SELECT count(DISTINCT seq) AS entries,
                coalesce(min(seq), 1) AS first, coalesce(max(seq), 0) AS last
            FROM ledger_legs
        ) AS found, checkpoint
        WHERE (entries, first, last) IS DISTINCT FROM (ledger_seq, 1, ledger_seq)
    """,
    "an order id or a trade id is missing, or beyond the checkpoint": """
        SELECT (SELECT count(*) FROM orders), order_id,
            (SELECT count(DISTINCT id) FROM trades), trade_id
        FROM checkpoint
        WHERE order_id <> (SELECT count(*) FROM orders)
            OR order_id <> (SELECT coalesce(max(id), 0) FROM orders)
            OR trade_id <> (SELECT count(DISTINCT id) FROM trades)
            OR trade_id <> (SELECT coalesce(max(id), 0) FROM trades)
    """,
    "what is locked is not what open orders and lists hold": """
        SELECT user_id, asset, b.locked, o.held
        FROM (SELECT * FROM balances WHERE user_id > 0) b FULL JOIN (
            SELECT user_id, asset, sum(locked) AS held FROM (
                SELECT user_id, locked,
                    split_part(symbol, '/', CASE side WHEN 'buy' THEN 2 ELSE 1 END) AS asset
                FROM orders
                UNION ALL SELECT user_id, locked, split_part(symbol, '/', 1) FROM order_lists
            ) holding GROUP BY 1, 2
        ) o USING (user_id, asset)
        WHERE coalesce(b.locked, 0) <> coalesce(o.held, 0)
    """,
    "an order holds what it should not": """
        SELECT id, status, locked, amount, filled, prevented, price FROM orders
        WHERE locked <> CASE
            WHEN status NOT IN ('open', 'partially_filled') THEN 0
            WHEN price IS NULL THEN locked
            WHEN side = 'buy' THEN (amount - filled - prevented) * price
            ELSE amount - filled - prevented END
    """,
    "an order is in a status that does not fit what was filled": """
        SELECT id, status, amount, filled, prevented, ended_seq FROM orders
        WHERE NOT CASE status
            WHEN 'new' THEN filled = 0
            WHEN 'open' THEN filled = 0 AND prevented < amount
            WHEN 'partially_filled' THEN 0 < filled AND filled + prevented < amount
            WHEN 'filled' THEN 0 < filled AND filled + prevented = amount
            ELSE filled < amount OR amount = 0 END
        OR (ended_seq IS NULL) <> (status IN ('new', 'open', 'partially_filled'))
    """,
    "an order is not what its trades sum up to": """
        SELECT o.id, o.filled, t.filled, o.cost, t.cost, o.fee, t.fee
        FROM orders o FULL JOIN (
            SELECT order_id, sum(amount) AS filled, sum(amount * price) AS cost,
                sum(fee) FILTER (WHERE
                    fee_asset = split_part(symbol, '/', CASE side WHEN 'buy' THEN 1 ELSE 2 END)
                ) AS fee
            FROM trades GROUP BY order_id
        ) t ON t.order_id = o.id
        WHERE (o.filled, o.cost, o.fee) IS DISTINCT FROM
            (coalesce(t.filled, 0), coalesce(t.cost, 0), coalesce(t.fee, 0))
    """,
    "a trade is in the ledger more or less often than it has halves": """
        SELECT user_id, reference, t.halves, l.booked
        FROM (SELECT user_id, 'trade:' || id AS reference, count(*) AS halves
              FROM trades GROUP BY 1, 2) t
        FULL JOIN (SELECT user_id, reference, count(DISTINCT seq) AS booked
                   FROM ledger_legs WHERE kind = 'trade' AND user_id > 0 GROUP BY 1, 2) l
        USING (user_id, reference)
        WHERE t.halves IS DISTINCT FROM l.booked
    """,
    "an account has a client order id twice in a symbol": """
        SELECT user_id, symbol, client_order_id, count(*) FROM orders
        WHERE fingerprint IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) > 1
    """,
}
"""What is wrong when a query has rows."""


def embedded_settings(data_dir: Path) -> ConnectionSettings:
    """How to reach the running embedded server of a data directory."""
    lines = (data_dir / "pgdata" / "postmaster.pid").read_text().splitlines()
    host = lines[_SOCKET_DIRECTORY_LINE]
    return ConnectionSettings(host, DEFAULT_PORT, user="hypersim", database="postgres")


def assert_record_adds_up(database: ConnectionSettings) -> None:
    """All checks over one snapshot, as the server may be trading meanwhile."""
    problems = asyncio.run(problems_of(database))
    assert not problems, "\n".join(problems)


async def problems_of(database: ConnectionSettings) -> list[str]:
    """Which checks found what."""
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # Before there is a snapshot: a reset that truncates empties tables for older ones too.
            await connection.execute(_LOCK)
            return [
                f"{problem}: {[tuple(row) for row in rows[:5]]}"
                for problem, query in CHECKS.items()
                if (rows := await connection.fetch(query))
            ]
    finally:
        await connection.close()
