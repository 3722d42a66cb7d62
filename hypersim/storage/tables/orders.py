"""Orders, and what becomes of them. A column more is a line here, a field of the value and a
migration."""

import msgspec

from hypersim.service.record import Amendment
from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.table import BESIDE, Column, Table
from hypersim.trading.order import CloseReason, Fill, Order, OrderStatus, PreventedMatch
from hypersim.trading.order_list import OrderList

ORDERS = Table(
    "orders",
    Order,
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id", changes=False),
        Column("rank", Kind.INTEGER),
        Column(
            "fingerprint",
            Kind.INTEGER,
            changes=False,
            null=True,
            note="of the request, for safe retries",
        ),
        Column("created_at", Kind.TIME, "created_ms", changes=False),
        Column("updated_at", Kind.TIME, "updated_ms"),
        Column("expires_at", Kind.TIME, "expires_ms", changes=False, null=True, rare="expires_ms"),
        Column("last_trade_at", Kind.TIME, "last_fill_ms", null=True),
        Column("symbol", Kind.TEXT, changes=False),
        Column("side", Kind.WORD, changes=False),
        Column("type", Kind.WORD, changes=False),
        Column("time_in_force", Kind.WORD, changes=False),
        Column("status", Kind.WORD),
        Column("self_trade_prevention", Kind.WORD, changes=False),
        Column("post_only", Kind.FLAG, changes=False),
        Column("client_order_id", Kind.TEXT, null=True),
        Column("amount", Kind.MONEY, "quantity"),
        Column(
            "quote_amount",
            Kind.MONEY,
            "quote_quantity",
            changes=False,
            null=True,
            rare="quote_quantity",
            note="of a market order by cost",
        ),
        Column("price", Kind.MONEY, null=True),
        Column("filled", Kind.MONEY),
        Column("cost", Kind.MONEY, "notional", note="traded so far, in quote"),
        Column("fee", Kind.MONEY),
        Column("locked", Kind.MONEY, "hold", note="held: quote of a buy, base of a sell"),
        Column(
            "working_at",
            Kind.TIME,
            "working_ms",
            null=True,
            note="null while it waits for its trigger or for another order",
        ),
        Column("list_id", Kind.INTEGER, changes=False, null=True, rare="list_id"),
        Column("trigger", Kind.WORD, changes=False, null=True, rare="trigger"),
        Column("trigger_price", Kind.MONEY, changes=False, null=True, rare="trigger"),
        Column(
            "trailing_delta",
            Kind.INTEGER,
            changes=False,
            null=True,
            rare="trigger",
            note="in basis points",
        ),
        Column("trailing_price", Kind.MONEY, null=True, rare="trigger"),
        Column("trailing_since", Kind.TIME, "trailing_ms", null=True, rare="trigger"),
        Column(
            "iceberg_amount", Kind.MONEY, "iceberg_quantity", null=True, rare="iceberg_quantity"
        ),
        Column(
            "shown",
            Kind.MONEY,
            null=True,
            rare="iceberg_quantity",
            note="visible part of a resting iceberg order",
        ),
        Column("strategy_id", Kind.INTEGER, changes=False, null=True, rare="strategy_id"),
        Column("strategy_type", Kind.INTEGER, changes=False, null=True, rare="strategy_type"),
        Column(
            "prevented",
            Kind.MONEY,
            rare="prevented_match_id",
            note="taken off by self-trade prevention, in base",
        ),
        Column("prevented_match_id", Kind.INTEGER, null=True, rare="prevented_match_id"),
        Column("amendments", Kind.INTEGER, rare="amendments"),
        Column(
            "peg_basis",
            Kind.WORD,
            changes=False,
            null=True,
            rare="peg_basis",
            note="whose side of the book the price is taken from",
        ),
        Column("peg_offset", Kind.INTEGER, changes=False, rare="peg_basis"),
        Column("peg_limit", Kind.MONEY, changes=False, null=True, rare="peg_basis"),
        Column("close_reason", Kind.WORD, null=True),
        Column(
            "ended_seq",
            Kind.INTEGER,
            BESIDE,
            null=True,
            note="place among ended orders; null while open",
        ),
    ),
    key=("id",),
)


class ClosedOrder(msgspec.Struct, frozen=True, gc=False):
    """An open order that ended, and nothing else happened to it."""

    id: int
    status: OrderStatus
    updated_ms: int
    close_reason: CloseReason | None


CLOSED_ORDERS = ORDERS.changing(
    ClosedOrder, ("status", "updated_at", "close_reason", "ended_seq"), {"locked": "0"}
)

ORDER_LISTS = Table(
    "order_lists",
    OrderList,
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id", changes=False),
        Column("symbol", Kind.TEXT, changes=False),
        Column("kind", Kind.WORD, changes=False),
        Column("order_ids", Kind.INTEGERS, changes=False),
        Column("client_list_id", Kind.TEXT, changes=False, null=True),
        Column("status_type", Kind.WORD),
        Column("status", Kind.WORD),
        Column("refusal", Kind.WORD, null=True),
        Column("locked", Kind.MONEY, "hold", note="held for the waiting orders, in base"),
        Column("created_at", Kind.TIME, "created_ms", changes=False),
        Column("updated_at", Kind.TIME, "updated_ms"),
        Column("activated_at", Kind.TIME, "activated_ms", null=True),
    ),
    key=("id",),
)

PREVENTED_MATCHES = Table(
    "prevented_matches",
    PreventedMatch,
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id"),
        Column("symbol", Kind.TEXT),
        Column("taker_order_id", Kind.INTEGER),
        Column("maker_order_id", Kind.INTEGER),
        Column("mode", Kind.WORD),
        Column("price", Kind.MONEY),
        Column("amount", Kind.MONEY, "quantity"),
        Column("taker_amount", Kind.MONEY, "taker_quantity", null=True),
        Column("maker_amount", Kind.MONEY, "maker_quantity", null=True),
        Column("created_at", Kind.TIME, "time_ms"),
    ),
)

ORDER_AMENDMENTS = Table(
    "order_amendments",
    Amendment,
    (
        Column("order_id", Kind.INTEGER),
        Column("number", Kind.INTEGER),
        Column("seq", Kind.INTEGER, note="of the event in the record"),
        Column("user_id", Kind.INTEGER, "account_id"),
        Column("client_order_id_before", Kind.TEXT, "previous_client_order_id", null=True),
        Column("client_order_id_after", Kind.TEXT, "client_order_id", null=True),
        Column("amount_before", Kind.MONEY, "previous_quantity"),
        Column("amount_after", Kind.MONEY, "quantity"),
        Column("created_at", Kind.TIME, "time_ms"),
    ),
)

TRADES = Table(
    "trades",
    Fill,
    (
        Column("id", Kind.INTEGER),
        Column("order_id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id"),
        Column("symbol", Kind.TEXT),
        Column("side", Kind.WORD),
        Column("price", Kind.MONEY),
        Column("amount", Kind.MONEY, "quantity"),
        Column("cost", Kind.MONEY, "notional", note="what it was worth, in quote"),
        Column("fee", Kind.MONEY),
        Column("fee_asset", Kind.TEXT),
        Column("fee_rate", Kind.MONEY),
        Column("liquidity", Kind.WORD),
        Column("created_at", Kind.TIME, "time_ms"),
        Column("client_order_id", Kind.TEXT, null=True),
        Column(
            "counter_order_id",
            Kind.INTEGER,
            null=True,
            note="the other user's order, if there is one",
        ),
    ),
)
