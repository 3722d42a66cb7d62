"""The events of a user data stream, field by field as Binance documents them.

Fields that are only there under a condition are UNSET otherwise, and then not written. All times
are in the unit of the reader.
"""

import msgspec
from msgspec import UNSET, UnsetType

Optional = str | UnsetType
OptionalInteger = int | UnsetType

NOTHING = "NONE"
NO_LIST = -1
NO_ORDER = -1
NO_TRADE = -1
NO_TRADE_GROUP = -1


class ExecutionReport(msgspec.Struct, gc=False, kw_only=True):
    """An order changed, or was refused. Begun as the order stands; what happened is added."""

    event: str = msgspec.field(default="executionReport", name="e")
    time: int = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    client_order_id: str = msgspec.field(name="c")
    side: str = msgspec.field(name="S")
    type: str = msgspec.field(name="o")
    time_in_force: str = msgspec.field(name="f")
    quantity: str = msgspec.field(name="q")
    price: str = msgspec.field(name="p")
    trigger_price: str = msgspec.field(name="P")
    trailing_delta: OptionalInteger = msgspec.field(default=UNSET, name="d")
    iceberg_quantity: str = msgspec.field(name="F")
    list_id: int = msgspec.field(default=NO_LIST, name="g")
    original_client_order_id: str = msgspec.field(default="", name="C")
    execution: str = msgspec.field(default="NEW", name="x")
    status: str = msgspec.field(name="X")
    reject_reason: str = msgspec.field(default=NOTHING, name="r")
    order_id: int = msgspec.field(name="i")
    last_quantity: str = msgspec.field(name="l")
    filled: str = msgspec.field(name="z")
    last_price: str = msgspec.field(name="L")
    fee: str = msgspec.field(default="0", name="n")
    fee_asset: str | None = msgspec.field(default=None, name="N")
    transaction_time: int = msgspec.field(name="T")
    trade_id: int = msgspec.field(default=NO_TRADE, name="t")
    prevented_match_id: OptionalInteger = msgspec.field(default=UNSET, name="v")
    execution_id: int = msgspec.field(name="I")
    is_working: bool = msgspec.field(name="w")
    is_maker: bool = msgspec.field(default=False, name="m")
    ignored: bool = msgspec.field(default=False, name="M")
    created: int = msgspec.field(name="O")
    notional: str = msgspec.field(name="Z")
    last_notional: str = msgspec.field(name="Y")
    quote_quantity: str = msgspec.field(name="Q")
    trailing_time: OptionalInteger = msgspec.field(default=UNSET, name="D")
    strategy_id: OptionalInteger = msgspec.field(default=UNSET, name="j")
    strategy_type: OptionalInteger = msgspec.field(default=UNSET, name="J")
    working_time: OptionalInteger = msgspec.field(default=UNSET, name="W")
    prevention: str = msgspec.field(name="V")
    trade_group_id: OptionalInteger = msgspec.field(default=UNSET, name="u")
    counter_order_id: OptionalInteger = msgspec.field(default=UNSET, name="U")
    prevented: Optional = msgspec.field(default=UNSET, name="A")
    last_prevented: Optional = msgspec.field(default=UNSET, name="B")
    counter_symbol: Optional = msgspec.field(default=UNSET, name="Cs")
    prevented_quantity: Optional = msgspec.field(default=UNSET, name="pl")
    prevented_price: Optional = msgspec.field(default=UNSET, name="pL")
    prevented_notional: Optional = msgspec.field(default=UNSET, name="pY")
    peg_price_type: Optional = msgspec.field(default=UNSET, name="gP")
    peg_offset_type: Optional = msgspec.field(default=UNSET, name="gOT")
    peg_offset_value: OptionalInteger = msgspec.field(default=UNSET, name="gOV")
    pegged_price: Optional = msgspec.field(default=UNSET, name="gp")
    expiry_reason: Optional = msgspec.field(default=UNSET, name="eR")


class Holding(msgspec.Struct, frozen=True, gc=False):
    """What an account has of one asset."""

    asset: str = msgspec.field(name="a")
    free: str = msgspec.field(name="f")
    locked: str = msgspec.field(name="l")


class AccountPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Every balance that one transaction may have changed, as it left them."""

    event: str = msgspec.field(default="outboundAccountPosition", name="e")
    time: int = msgspec.field(name="E")
    updated: int = msgspec.field(name="u")
    holdings: list[Holding] = msgspec.field(name="B")


class BalanceUpdate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Money came into the account, or left it."""

    event: str = msgspec.field(default="balanceUpdate", name="e")
    time: int = msgspec.field(name="E")
    asset: str = msgspec.field(name="a")
    change: str = msgspec.field(name="d")
    cleared: int = msgspec.field(name="T")


class ListedOrder(msgspec.Struct, frozen=True, gc=False):
    """An order of a list."""

    symbol: str = msgspec.field(name="s")
    order_id: int = msgspec.field(name="i")
    client_order_id: str = msgspec.field(name="c")


class ListStatusEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An order list was placed, moved on or is over."""

    event: str = msgspec.field(default="listStatus", name="e")
    time: int = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    list_id: int = msgspec.field(name="g")
    contingency: str = msgspec.field(name="c")
    status_type: str = msgspec.field(name="l")
    status: str = msgspec.field(name="L")
    reject_reason: str = msgspec.field(default=NOTHING, name="r")
    client_list_id: str = msgspec.field(name="C")
    transaction_time: int = msgspec.field(name="T")
    orders: list[ListedOrder] = msgspec.field(name="O")


class ListenKeyExpired(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Nothing more comes under this listen key."""

    event: str = msgspec.field(default="listenKeyExpired", name="e")
    time: int = msgspec.field(name="E")
    listen_key: str = msgspec.field(name="listenKey")


class StreamTerminated(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Nothing more comes under this subscription of the WebSocket API."""

    event: str = msgspec.field(default="eventStreamTerminated", name="e")
    time: int = msgspec.field(name="E")
