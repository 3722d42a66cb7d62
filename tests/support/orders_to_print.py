"""Orders, a fill and a prevented match, to be printed in the words of a dialect."""

from decimal import Decimal

from msgspec.structs import replace

from hypersim.trading.order import (
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    OrderType,
    PreventedMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from tests.support.builders import ALICE, START_MS, SYMBOL, instrument

MARKET = instrument()


PLAIN = Order(
    7,
    ALICE,
    SYMBOL,
    Side.BUY,
    OrderType.LIMIT,
    TimeInForce.GTC,
    Decimal(2),
    Decimal(100),
    START_MS,
    START_MS + 5,
    1,
    status=OrderStatus.OPEN,
    client_order_id="mine",
    working_ms=START_MS,
)


FILL = Fill(
    3,
    7,
    ALICE,
    SYMBOL,
    Side.BUY,
    Decimal(99),
    Decimal("0.5"),
    Decimal("49.5"),
    Decimal("0.0005"),
    "BTC",
    Decimal("0.001"),
    Liquidity.TAKER,
    START_MS,
)


MATCH = PreventedMatch(
    4,
    ALICE,
    SYMBOL,
    7,
    5,
    SelfTradePrevention.EXPIRE_MAKER,
    Decimal(99),
    Decimal(1),
    None,
    Decimal(3),
    START_MS,
)


STOP = replace(
    PLAIN,
    trigger=Trigger.STOP_LOSS,
    trigger_price=Decimal(110),
    trailing_delta=100,
    iceberg_quantity=Decimal("0.5"),
    strategy_id=1,
    strategy_type=1_000_000,
    list_id=9,
    working_ms=None,
)
