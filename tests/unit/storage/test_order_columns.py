"""Which columns of an order a batch writes."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.storage.columns import USUAL_MARKS
from hypersim.storage.trading_columns import ORDERS, PLAIN_ORDERS, order_table, order_values
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Order, PegBasis, Trigger
from tests.support.builders import ALICE, buy, depth, done, exchange

ONE = Decimal(1)

SPECIAL: list[dict[str, Any]] = [
    {"trigger": Trigger.STOP_LOSS, "trigger_price": ONE},
    {"trigger": Trigger.STOP_LOSS, "trailing_delta": 10, "trailing_price": ONE, "trailing_ms": 1},
    {"iceberg_quantity": ONE, "shown": ONE},
    {"list_id": 1},
    {"quote_quantity": ONE},
    {"expires_ms": 1},
    {"strategy_id": 0},
    {"strategy_type": 0},
    {"prevented": ONE, "prevented_match_id": 1},
    {"amendments": 1},
    {"peg_basis": PegBasis.PRIMARY},
]


def plain_order() -> Order:
    target = exchange()
    done(target, depth([("99", "5")], [("101", "5")]))
    accepted = done(target, buy(ALICE, "1", "100"))[0]
    assert isinstance(accepted, OrderAccepted)
    return accepted.order


def test_plain_orders_are_written_without_what_none_of_them_has() -> None:
    orders = [plain_order()]
    assert order_table(orders) is PLAIN_ORDERS
    texts = PLAIN_ORDERS.encode(order_values(orders, [None] * len(orders)), USUAL_MARKS)
    assert len(texts) == len(PLAIN_ORDERS.columns)
    left_out = {column.name for column in ORDERS.columns if column not in PLAIN_ORDERS.columns}
    assert len(left_out) == len(ORDERS.columns) - len(PLAIN_ORDERS.columns) == 18


@pytest.mark.parametrize("changes", SPECIAL)
def test_one_special_order_brings_all_columns(changes: dict[str, Any]) -> None:
    orders = [plain_order(), replace(plain_order(), id=2, **changes)]
    assert order_table(orders) is ORDERS
    texts = ORDERS.encode(order_values(orders, [None] * len(orders)), USUAL_MARKS)
    assert len(texts) == len(ORDERS.columns)
