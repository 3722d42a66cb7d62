"""What a batch writes about orders, fills and money: nearly every batch has some."""

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import attrgetter
from typing import Any

from msgspec.structs import astuple

from hypersim.account.ledger import Balance, BalanceKey
from hypersim.service.changes import LedgerRow
from hypersim.storage.columns import Column, Kind, Table
from hypersim.trading.order import Fill, Order

ORDERS = Table(
    "orders",
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, changes=False),
        Column("rank", Kind.INTEGER),
        Column("fingerprint", Kind.INTEGER, changes=False),
        Column("created_at", Kind.TIME, changes=False),
        Column("updated_at", Kind.TIME),
        Column("expires_at", Kind.TIME, changes=False),
        Column("last_trade_at", Kind.TIME),
        Column("symbol", Kind.TEXT, changes=False),
        Column("side", Kind.WORD, changes=False),
        Column("type", Kind.WORD, changes=False),
        Column("time_in_force", Kind.WORD, changes=False),
        Column("status", Kind.WORD),
        Column("self_trade_prevention", Kind.WORD, changes=False),
        Column("post_only", Kind.FLAG, changes=False),
        Column("client_order_id", Kind.TEXT),
        Column("amount", Kind.MONEY),
        Column("quote_amount", Kind.MONEY, changes=False),
        Column("price", Kind.MONEY),
        Column("filled", Kind.MONEY),
        Column("cost", Kind.MONEY),
        Column("fee", Kind.MONEY),
        Column("locked", Kind.MONEY),
        Column("working_at", Kind.TIME),
        Column("list_id", Kind.INTEGER, changes=False),
        Column("trigger", Kind.OPTIONAL_WORD, changes=False),
        Column("trigger_price", Kind.MONEY, changes=False),
        Column("trailing_delta", Kind.INTEGER, changes=False),
        Column("trailing_price", Kind.MONEY),
        Column("trailing_since", Kind.TIME),
        Column("iceberg_amount", Kind.MONEY),
        Column("shown", Kind.MONEY),
        Column("strategy_id", Kind.INTEGER, changes=False),
        Column("strategy_type", Kind.INTEGER, changes=False),
        Column("prevented", Kind.MONEY),
        Column("prevented_match_id", Kind.INTEGER),
        Column("amendments", Kind.INTEGER),
        Column("peg_basis", Kind.OPTIONAL_WORD, changes=False),
        Column("peg_offset", Kind.INTEGER, changes=False),
        Column("peg_limit", Kind.MONEY, changes=False),
        Column("close_reason", Kind.OPTIONAL_WORD),
        Column("ended_seq", Kind.INTEGER),
    ),
    key=("id",),
)
PLAIN_ORDERS = ORDERS.fixing(
    {
        "expires_at": "NULL",
        "quote_amount": "NULL",
        "list_id": "NULL",
        "trigger": "NULL",
        "trigger_price": "NULL",
        "trailing_delta": "NULL",
        "trailing_price": "NULL",
        "trailing_since": "NULL",
        "iceberg_amount": "NULL",
        "shown": "NULL",
        "strategy_id": "NULL",
        "strategy_type": "NULL",
        "prevented": "0",
        "prevented_match_id": "NULL",
        "amendments": "0",
        "peg_basis": "NULL",
        "peg_offset": "0",
        "peg_limit": "NULL",
    }
)
"""Orders of the plain kind, see `order_table`; most batches hold no others."""

CLOSED_ORDERS = ORDERS.changing(
    ("status", "updated_at", "close_reason", "ended_seq"), {"locked": "0"}
)
"""Open orders that ended, and nothing else happened to them; see `closed_values`."""

_ORDER_FIELDS = tuple(
    attrgetter(field)
    for field in (
        "id",
        "account_id",
        "rank",
        "fingerprint",
        "created_ms",
        "updated_ms",
        "expires_ms",
        "last_fill_ms",
        "symbol",
        "side",
        "type",
        "time_in_force",
        "status",
        "self_trade_prevention",
        "post_only",
        "client_order_id",
        "quantity",
        "quote_quantity",
        "price",
        "filled",
        "notional",
        "fee",
        "hold",
        "working_ms",
        "list_id",
        "trigger",
        "trigger_price",
        "trailing_delta",
        "trailing_price",
        "trailing_ms",
        "iceberg_quantity",
        "shown",
        "strategy_id",
        "strategy_type",
        "prevented",
        "prevented_match_id",
        "amendments",
        "peg_basis",
        "peg_offset",
        "peg_limit",
        "close_reason",
    )
)
_IS_PLAIN_COLUMN = tuple(column in PLAIN_ORDERS.columns for column in ORDERS.columns)
_PLAIN_ORDER_FIELDS = tuple(compress(_ORDER_FIELDS, _IS_PLAIN_COLUMN))

TRADES = Table(
    "trades",
    (
        Column("id", Kind.INTEGER),
        Column("order_id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER),
        Column("symbol", Kind.TEXT),
        Column("side", Kind.WORD),
        Column("price", Kind.MONEY),
        Column("amount", Kind.MONEY),
        Column("cost", Kind.MONEY),
        Column("fee", Kind.MONEY),
        Column("fee_asset", Kind.TEXT),
        Column("fee_rate", Kind.MONEY),
        Column("liquidity", Kind.WORD),
        Column("created_at", Kind.TIME),
        Column("client_order_id", Kind.TEXT),
        Column("counter_order_id", Kind.INTEGER),
    ),
)

LEDGER = Table(
    "ledger",
    (
        Column("seq", Kind.INTEGER),
        Column("leg", Kind.INTEGER),
        Column("user_id", Kind.INTEGER),
        Column("asset", Kind.TEXT),
        Column("kind", Kind.WORD),
        Column("reference", Kind.TEXT),
        Column("available_change", Kind.MONEY),
        Column("locked_change", Kind.MONEY),
        Column("available_after", Kind.MONEY),
        Column("locked_after", Kind.MONEY),
        Column("created_at", Kind.TIME),
    ),
)

_FILL_FIELDS = tuple(
    attrgetter(field)
    for field in (
        "id",
        "order_id",
        "account_id",
        "symbol",
        "side",
        "price",
        "quantity",
        "notional",
        "fee",
        "fee_asset",
        "fee_rate",
        "liquidity",
        "time_ms",
        "client_order_id",
        "counter_order_id",
    )
)

BALANCES = Table(
    "balances",
    (
        Column("user_id", Kind.INTEGER),
        Column("asset", Kind.TEXT),
        Column("available", Kind.MONEY),
        Column("locked", Kind.MONEY),
    ),
    key=("user_id", "asset"),
)


def order_table(orders: Iterable[Order]) -> Table:
    """`PLAIN_ORDERS` when none of them has anything that it leaves out. None ever had, then: none
    of that is taken back."""
    for order in orders:
        is_plain = (
            order.trigger is None
            and order.list_id is None
            and order.quote_quantity is None
            and order.expires_ms is None
            and order.iceberg_quantity is None
            and order.strategy_id is None
            and order.strategy_type is None
            and order.prevented_match_id is None
            and not order.amendments
            and order.peg_basis is None
        )
        if not is_plain:
            return ORDERS
    return PLAIN_ORDERS


def order_values(orders: Sequence[Order], places: Sequence[int | None]) -> list[Sequence[Any]]:
    """The columns of `order_table`; `places` are those of `end_places`."""
    fields = _ORDER_FIELDS if order_table(orders) is ORDERS else _PLAIN_ORDER_FIELDS
    return [*(list(map(field, orders)) for field in fields), places]


def closed_values(orders: Sequence[Order], places: Sequence[int | None]) -> list[Sequence[Any]]:
    """The columns of `CLOSED_ORDERS`; `places` are those of `end_places`."""
    return [
        [order.id for order in orders],
        [order.updated_ms for order in orders],
        [order.status for order in orders],
        [order.close_reason for order in orders],
        places,
    ]


def fill_values(fills: Sequence[Fill]) -> list[Sequence[Any]]:
    """The columns of `TRADES`."""
    return [list(map(field, fills)) for field in _FILL_FIELDS]


def ledger_values(rows: Sequence[LedgerRow]) -> list[Sequence[Any]]:
    """The columns of `LEDGER`, which are the row's own."""
    return list(zip(*map(astuple, rows), strict=True))


def balance_values(balances: dict[BalanceKey, Balance]) -> list[Sequence[Any]]:
    """The columns of `BALANCES`."""
    after = balances.values()
    return [
        [account_id for account_id, _ in balances],
        [asset for _, asset in balances],
        [balance.available for balance in after],
        [balance.locked for balance in after],
    ]
