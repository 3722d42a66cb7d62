"""Start = load: the record into the exchange's state and into the read side."""

from collections.abc import Sequence
from decimal import Decimal

import asyncpg
import msgspec

from hypersim.account.ledger import Balance
from hypersim.service.changes import Changes
from hypersim.service.view import ENDED_LISTS_MAX, View
from hypersim.storage import agreement, integrity, rows
from hypersim.storage.connecting import connect, hang_up, unreachable
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.contradiction import contradiction, made_of, reading
from hypersim.storage.database_errors import LOST_CONNECTION
from hypersim.storage.endings import settle_all
from hypersim.storage.vault import Vault
from hypersim.storage.withdrawal_rows import OPEN as OPEN_WITHDRAWALS
from hypersim.storage.withdrawal_rows import withdrawals
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Fill, Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recent import CLIENT_ORDER_IDS_MAX, RECENT_ORDERS_MAX, ClientOrderId
from hypersim.trading.state import Counters, ExchangeState

TIME_MAX_MS = 10**13
"""The year 2286; a clock that began later would be of no use to any client."""

_OPEN_ORDERS = f"SELECT {rows.ORDER} FROM orders WHERE ended_seq IS NULL ORDER BY id"

_RECENT_ORDERS = f"""
SELECT {rows.ORDER} FROM orders WHERE ended_seq IS NOT NULL ORDER BY ended_seq DESC LIMIT $1
"""

_OPEN_LISTS = f"SELECT {rows.ORDER_LIST} FROM order_lists WHERE status <> 'done' ORDER BY id"

_RECENT_LISTS = f"""
SELECT {rows.ORDER_LIST} FROM order_lists WHERE status = 'done'
ORDER BY updated_at DESC, id DESC LIMIT $1
"""

_FILLS = f"SELECT {rows.FILL} FROM trades WHERE order_id = ANY($1::bigint[]) ORDER BY id, order_id"

_CLIENT_ORDER_IDS = """
SELECT user_id, symbol, client_order_id, id, fingerprint FROM orders
WHERE ended_seq IS NOT NULL AND client_order_id IS NOT NULL ORDER BY ended_seq DESC LIMIT $1
"""


async def load(settings: ConnectionSettings, exchange: Exchange, view: View, vault: Vault) -> None:
    """Fill a new exchange and a new view from the record. Minutes of candles are not loaded here.

    Raises DatabaseUnavailable when the database is away, contradicts itself, or was encrypted with
    another master key: one clear line, whatever stands in the record.
    """
    connection = await connect(settings)
    try:
        await load_from(connection, exchange, view, vault)
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error
    finally:
        await hang_up(connection)


async def load_from(
    connection: asyncpg.Connection, exchange: Exchange, view: View, vault: Vault
) -> None:
    """The same over a connection. Raises DatabaseUnavailable, and what asyncpg raises when the
    database is away."""
    state = exchange.state
    await settle_all(connection)
    with reading("the checkpoint"):
        counters = await _counters(connection)
    with reading("the ledger or a balance"):
        await integrity.check(connection, counters.ledger_seq)
    state.counters = counters
    view.generation, view.seq = counters.generation, counters.seq
    changes = Changes({})
    await _load_directory(connection, changes, vault)
    with reading("a user, a key, a balance or an instrument"):
        _restore_directory(state, changes)
    with reading("an order"):
        still_open, ended = await _load_orders(connection, state)
    changes.orders = {order.id: order for order in (*ended, *still_open)}
    with reading("an order list"):
        changes.lists = await _load_lists(connection, state)
    with reading("table withdrawals"):
        found = await connection.fetch(OPEN_WITHDRAWALS)
        for withdrawal in made_of("withdrawals", found, ("id",), withdrawals):
            state.withdrawals.put(withdrawal)
            changes.withdrawals[withdrawal.id] = withdrawal
    agreement.check(state, ended)
    agreement.check_withdrawals(state)
    with reading("the first or the last minute of a market"):
        await integrity.check_minutes(connection)
    with reading("an order, a list or a trade"):
        view.apply(changes, ())
        for fill in await _fills(connection, list(changes.orders)):
            view.put_fill(fill)


def _restore_directory(state: ExchangeState, changes: Changes) -> None:
    agreement.check_directory(state.counters, changes)
    for key, balance in changes.balances.items():
        state.ledger.restore(*key, balance)
    for user in changes.users.values():
        state.users[user.id] = user
        state.account_ids[user.email] = user.id
    for issued in changes.keys.values():
        state.put_key(issued)
    for instrument in changes.instruments.values():
        state.list_instrument(instrument)


async def _counters(connection: asyncpg.Connection) -> Counters:
    names = [field.name for field in msgspec.structs.fields(Counters)]
    row = await connection.fetchrow(f"SELECT {', '.join(names)} FROM checkpoint")
    if row is None:
        raise DatabaseUnavailable(
            "the database has lost its checkpoint: restore it from a copy, or name another one"
        )
    if row["time_ms"] > TIME_MAX_MS or min(row) < 0:
        raise contradiction(f"its checkpoint cannot be: {dict(row)}")
    return Counters(**row)


async def _load_directory(connection: asyncpg.Connection, changes: Changes, vault: Vault) -> None:
    """What there is besides orders, as one big change."""
    with reading("table users"):
        found = await connection.fetch(f"SELECT {rows.USER} FROM users ORDER BY id")
        for user in made_of("users", found, ("id",), lambda some: rows.users(some, vault)):
            changes.users[user.id] = user
    with reading("table api_keys"):
        found = await connection.fetch(f"SELECT {rows.API_KEY} FROM api_keys ORDER BY position")
        for key in made_of("api_keys", found, ("api_key",), lambda some: rows.keys(some, vault)):
            changes.keys[key.key] = key
    with reading("table instruments"):
        found = await connection.fetch(
            f"SELECT {rows.INSTRUMENT} FROM instruments ORDER BY position"
        )
        for instrument in made_of("instruments", found, ("symbol",), rows.instruments):
            changes.instruments[instrument.symbol] = instrument
    with reading("table balances"):
        for user_id, asset, available, locked in await connection.fetch(
            f"SELECT {rows.BALANCE} FROM balances ORDER BY user_id, asset"
        ):
            changes.balances[user_id, asset] = Balance(Decimal(available), Decimal(locked))


async def _load_orders(
    connection: asyncpg.Connection, state: ExchangeState
) -> tuple[list[Order], list[Order]]:
    """The open ones by id, and those that ended lately by the time of their ending."""
    found = await connection.fetch(_OPEN_ORDERS)
    still_open = made_of("orders", found, ("id",), rows.orders)
    agreement.check_open_orders(state, still_open)
    state.restore_open(still_open)
    found = await connection.fetch(_RECENT_ORDERS, RECENT_ORDERS_MAX)
    ended = made_of("orders", found, ("id",), rows.orders)[::-1]
    for order in ended:
        state.recent.add(order)
    used = await connection.fetch(_CLIENT_ORDER_IDS, CLIENT_ORDER_IDS_MAX)
    for user_id, symbol, client_order_id, order_id, fingerprint in reversed(used):
        use = ClientOrderId(order_id, fingerprint, is_open=False)
        state.client_order_ids.restore(user_id, symbol, client_order_id, use)
    return still_open, ended


async def _load_lists(connection: asyncpg.Connection, state: ExchangeState) -> dict[int, OrderList]:
    """The open ones by id, after those that are over, by their ending."""
    found = await connection.fetch(_OPEN_LISTS)
    still_open = made_of("order_lists", found, ("id",), rows.order_lists)
    for order_list in still_open:
        state.put_list(order_list)
    found = await connection.fetch(_RECENT_LISTS, ENDED_LISTS_MAX)
    ended = made_of("order_lists", found, ("id",), rows.order_lists)[::-1]
    return {order_list.id: order_list for order_list in (*ended, *still_open)}


async def _fills(connection: asyncpg.Connection, order_ids: Sequence[int]) -> list[Fill]:
    found = await connection.fetch(_FILLS, order_ids)
    return made_of("trades", found, ("order_id", "id"), rows.fills)
