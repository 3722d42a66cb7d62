"""What is said of an order: in answers to a placement, to a cancel, to a query.

Fields stand in the documented order. Those that appear only under a condition are UNSET otherwise,
which leaves them out.
"""

import msgspec
from msgspec import UNSET, UnsetType


class Body(msgspec.Struct, rename="camel", gc=False):
    """Python's names, Binance's spelling."""


class FillBody(Body):
    """A trade that filled an order on arrival."""

    price: str
    qty: str
    commission: str
    commission_asset: str
    trade_id: int


class PreventedBody(Body):
    """A trade that an arriving order would have made with an order of its own account."""

    prevented_match_id: int
    maker_order_id: int
    price: str
    taker_prevented_quantity: str | UnsetType = UNSET
    maker_prevented_quantity: str | UnsetType = UNSET


class AckBody(Body):
    """`newOrderRespType=ACK`."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int


class PlacedBody(Body):
    """A new order (`newOrderRespType=RESULT`, and with `fills` FULL), or a canceled one, which says
    less; its `client_order_id` is the cancel's own."""

    symbol: str
    orig_client_order_id: str | UnsetType
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int
    price: str
    orig_qty: str | UnsetType
    executed_qty: str
    orig_quote_order_qty: str
    cummulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str | UnsetType
    trailing_delta: int | UnsetType
    trailing_time: int | UnsetType
    working_time: int | UnsetType
    iceberg_qty: str | UnsetType
    strategy_id: int | UnsetType
    strategy_type: int | UnsetType
    fills: list[FillBody] | UnsetType
    prevented_matches: list[PreventedBody] | UnsetType
    working_floor: str | UnsetType
    self_trade_prevention_mode: str
    used_sor: bool | UnsetType
    prevented_match_id: int | UnsetType
    prevented_quantity: str | UnsetType
    expiry_reason: str | UnsetType
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET


class QueriedBody(Body):
    """An order that was asked for."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: str
    orig_qty: str
    executed_qty: str
    cummulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str
    trailing_delta: int | UnsetType
    trailing_time: int | UnsetType
    iceberg_qty: str
    time: int
    update_time: int
    is_working: bool
    working_time: int
    orig_quote_order_qty: str
    strategy_id: int | UnsetType
    strategy_type: int | UnsetType
    self_trade_prevention_mode: str
    prevented_match_id: int | UnsetType
    prevented_quantity: str | UnsetType
    expiry_reason: str | UnsetType
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET


class AmendedBody(Body):
    """An order that was amended."""

    symbol: str
    order_id: int
    order_list_id: int
    orig_client_order_id: str
    client_order_id: str
    price: str
    qty: str
    executed_qty: str
    prevented_qty: str
    quote_order_qty: str
    cumulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str | UnsetType
    trailing_delta: int | UnsetType
    trailing_time: int | UnsetType
    working_time: int | UnsetType
    iceberg_qty: str | UnsetType
    strategy_id: int | UnsetType
    strategy_type: int | UnsetType
    self_trade_prevention_mode: str
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET
