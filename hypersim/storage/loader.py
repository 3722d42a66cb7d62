"""Start = load: the record into the exchange's state and into the read side."""

from collections.abc import Iterable

import asyncpg
import msgspec

from hypersim.service.changes import Changes
from hypersim.service.view import ENDED_LISTS_MAX, View
from hypersim.storage import agreement, integrity
from hypersim.storage.connecting import connect, hang_up, unreachable
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.contradiction import made_of, reading
from hypersim.storage.database_errors import LOST_CONNECTION
from hypersim.storage.journal.reading import rows_after
from hypersim.storage.journal.replay import replay
from hypersim.storage.standing import balances_in, counters_in
from hypersim.storage.tables.markets import INSTRUMENTS, instruments
from hypersim.storage.tables.money import WITHDRAWALS
from hypersim.storage.tables.orders import ORDER_LISTS, ORDERS, TRADES
from hypersim.storage.tables.users import API_KEYS, USERS, keys, users
from hypersim.storage.vault import Vault
from hypersim.trading.exchange import Exchange
from hypersim.trading.order_list import OrderList
from hypersim.trading.recent import (
    CLIENT_ORDER_IDS_MAX,
    RECENT_ORDERS_MAX,
    ClientOrderId,
    ClientOrderKey,
)
from hypersim.trading.recorded import Recorded
from hypersim.trading.state import ExchangeState

REST_EVENTS_AT_ONCE = 5_000
"""Of the journal's rest, so many events are in memory at a time."""

_OPEN_ORDERS = f"SELECT {ORDERS.select} FROM orders WHERE ended_seq IS NULL ORDER BY id"

NEWEST_ORDERS = f"""
SELECT {ORDERS.select} FROM orders
WHERE ended_seq IS NOT NULL ORDER BY ended_seq DESC NULLS LAST LIMIT $1
"""
"""NULLS LAST is the order of the index: otherwise all that ever ended is sorted."""

_OPEN_LISTS = f"SELECT {ORDER_LISTS.select} FROM order_lists WHERE status <> 'done' ORDER BY id"

_RECENT_LISTS = f"""
SELECT {ORDER_LISTS.select} FROM order_lists WHERE status = 'done'
ORDER BY updated_at DESC, id DESC LIMIT $1
"""

_FILLS = (
    f"SELECT {TRADES.select} FROM trades WHERE order_id = ANY($1::bigint[]) ORDER BY id, order_id"
)

_UNFINISHED_WITHDRAWALS = f"""
SELECT {WITHDRAWALS.select} FROM withdrawals WHERE ended_at IS NULL ORDER BY id
"""

NEWEST_NAMES = """
SELECT user_id, symbol, client_order_id, id, fingerprint FROM orders
WHERE ended_seq IS NOT NULL AND client_order_id IS NOT NULL
ORDER BY ended_seq DESC NULLS LAST LIMIT $1
"""


async def load(settings: ConnectionSettings, exchange: Exchange, view: View, vault: Vault) -> None:
    """Fill a new exchange and a new view from the record. Minutes of candles are not loaded here.

    Raises DatabaseUnavailable when the database is away, contradicts itself, or was encrypted with
    another master key: one clear line, whatever stands in the record.
    """
    connection = await connect(settings)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await load_from(connection, exchange, view, vault)
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error
    finally:
        await hang_up(connection)


async def load_from(
    connection: asyncpg.Connection, exchange: Exchange, view: View, vault: Vault
) -> None:
    """The same in a transaction: the tables, and what the journal tells since, as they are at one
    moment. Raises DatabaseUnavailable, and what asyncpg raises when the database is away."""
    await _load_tables(connection, exchange, view, vault)
    await _load_rest(connection, exchange, view, vault)


async def _load_tables(
    connection: asyncpg.Connection, exchange: Exchange, view: View, vault: Vault
) -> None:
    recorded = await _read(connection, vault)
    with reading("a user, a key, a balance, an instrument, an order or a withdrawal"):
        agreement.check(recorded)
        exchange.state = ExchangeState.restore(exchange.state.rules, recorded)
    with reading("the ticker, or the first or the last minute, of a market"):
        await integrity.check_tickers(connection)
        await integrity.check_minutes(connection)
    await _show(connection, recorded, view)


async def _load_rest(
    connection: asyncpg.Connection, exchange: Exchange, view: View, vault: Vault
) -> None:
    """What is in the journal and not yet in the tables."""
    with reading("the journal"):
        while True:
            counters = exchange.state.counters
            rows = await rows_after(
                connection, counters.seq, counters.time_ms, events=REST_EVENTS_AT_ONCE
            )
            for row in rows:
                replay(row.payload, exchange, view, vault)
            if not rows:
                exchange.forget_market()
                return


async def _show(connection: asyncpg.Connection, recorded: Recorded, view: View) -> None:
    """The read side also has lists that are over, and what orders traded."""
    with reading("an order list"):
        found = await connection.fetch(_RECENT_LISTS, ENDED_LISTS_MAX)
        ended = made_of("order_lists", found, ("id",), ORDER_LISTS.read)[::-1]
    with reading("an order, a list or a trade"):
        show(recorded, ended, view)
        found = await connection.fetch(_FILLS, list(view.orders))
        for fill in made_of("trades", found, ("order_id", "id"), TRADES.read):
            view.put_fill(fill)


def show(recorded: Recorded, ended_lists: Iterable[OrderList], view: View) -> None:
    """Fill a new view with what is recorded, and with lists that are over."""
    counters = recorded.counters
    view.counters = msgspec.structs.replace(counters)
    view.generation, view.seq = counters.generation, counters.seq
    changes = Changes({})
    changes.balances.update(recorded.balances)
    changes.users.update(recorded.users)
    changes.keys.update(recorded.keys)
    changes.instruments.update(recorded.instruments)
    changes.withdrawals.update(recorded.withdrawals)
    changes.orders.update((order.id, order) for order in recorded.ended)
    changes.orders.update(recorded.orders)
    changes.lists.update((one.id, one) for one in ended_lists)
    changes.lists.update(recorded.lists)
    view.apply(changes, ())


async def _read(connection: asyncpg.Connection, vault: Vault) -> Recorded:
    with reading("the checkpoint"):
        counters = await counters_in(connection)
    with reading("the ledger or a balance"):
        await integrity.check(connection, counters.ledger_seq)
    with reading("table users"):
        found = await connection.fetch(f"SELECT {USERS.select} FROM users ORDER BY id")
        registered = made_of("users", found, ("id",), lambda some: users(some, vault))
    with reading("table api_keys"):
        found = await connection.fetch(f"SELECT {API_KEYS.select} FROM api_keys ORDER BY position")
        issued = made_of("api_keys", found, ("key",), lambda some: keys(some, vault))
    with reading("table instruments"):
        found = await connection.fetch(
            f"SELECT {INSTRUMENTS.select} FROM instruments ORDER BY position"
        )
        listed = made_of("instruments", found, ("symbol",), instruments)
    with reading("table withdrawals"):
        found = await connection.fetch(_UNFINISHED_WITHDRAWALS)
        unfinished = made_of("withdrawals", found, ("id",), WITHDRAWALS.read)
    with reading("an order"):
        found = await connection.fetch(_OPEN_ORDERS)
        still_open = made_of("orders", found, ("id",), ORDERS.read)
        found = await connection.fetch(NEWEST_ORDERS, RECENT_ORDERS_MAX)
        ended = made_of("orders", found, ("id",), ORDERS.read)[::-1]
    with reading("an order list"):
        found = await connection.fetch(_OPEN_LISTS)
        open_lists = made_of("order_lists", found, ("id",), ORDER_LISTS.read)
    return Recorded(
        counters,
        await balances_in(connection),
        {user.id: user for user in registered},
        {key.key: key for key in issued},
        {instrument.symbol: instrument for instrument in listed},
        {order.id: order for order in still_open},
        {order_list.id: order_list for order_list in open_lists},
        {withdrawal.id: withdrawal for withdrawal in unfinished},
        ended,
        await _used_ids(connection),
    )


async def _used_ids(
    connection: asyncpg.Connection,
) -> list[tuple[ClientOrderKey, ClientOrderId]]:
    with reading("an order"):
        used = await connection.fetch(NEWEST_NAMES, CLIENT_ORDER_IDS_MAX)
    return [
        ((user_id, symbol, name), ClientOrderId(order_id, fingerprint, is_open=False))
        for user_id, symbol, name, order_id, fingerprint in reversed(used)
    ]
