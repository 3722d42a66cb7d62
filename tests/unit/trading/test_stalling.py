"""Orders that fill so far and no further, and orders that the exchange ends by itself."""

from decimal import Decimal

import pytest

from hypersim.trading.commands import (
    AmendOrder,
    CancelOrder,
    ExpireOrders,
    PlaceOrder,
    PlaceStalled,
    ReleaseStalled,
)
from hypersim.trading.events import OrderClosed, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import CloseReason, OrderStatus, Side, TimeInForce, Trigger
from tests.support.builders import (
    ALICE,
    BOB,
    SYMBOL,
    buy,
    by_cost,
    done,
    exchange,
    quote,
    reason,
    sell,
)

SHARE = Decimal("0.4")


def placed(target: Exchange, order: PlaceOrder, share: Decimal = SHARE) -> tuple[int, Decimal]:
    """(the order's number, how much of it was filled at once)"""
    events = done(target, PlaceStalled(order, share))
    filled = sum((one.fill.quantity for one in events if isinstance(one, OrderFilled)), Decimal(0))
    return target.state.counters.order_id, filled


def is_whole(target: Exchange) -> None:
    """No money appeared or was lost: who holds nothing in orders has all of his money free."""
    assert not target.state.orders
    assert all(balance.locked == 0 for balance in target.state.ledger.balances.values())


@pytest.mark.parametrize("fills", ["touch", "depth"])
@pytest.mark.parametrize("order", [buy(ALICE, "5", "100"), sell(ALICE, "5", "99")])
def test_so_much_is_filled_at_once_and_then_nothing(fills: str, order: PlaceOrder) -> None:
    target = exchange(fills=fills)
    done(target, quote("99", "100", "20"))
    order_id, filled = placed(target, order)
    assert filled == 2
    assert target.state.orders[order_id].status is OrderStatus.PARTIALLY_FILLED
    for step in range(1, 4):
        assert len(done(target, quote(str(99 - step), str(100 + step), "20"))) == 1
        assert len(done(target, quote("99", "100", str(20 + step)))) == 1
    assert target.state.orders[order_id].filled == 2
    done(target, CancelOrder(ALICE, order_id))
    is_whole(target)


def test_one_that_rests_first_is_filled_as_far_later_on() -> None:
    target = exchange()
    done(target, quote("99", "101"))
    order_id, filled = placed(target, buy(ALICE, "5", "100"))
    assert filled == 0
    done(target, quote("98", "100"))
    assert target.state.orders[order_id].filled == 2
    assert len(done(target, quote("97", "99"))) == 1
    events = done(target, ReleaseStalled((order_id,)))
    assert [one.fill.quantity for one in events if isinstance(one, OrderFilled)] == [Decimal(3)]
    is_whole(target)


def test_nobody_else_meets_it_either() -> None:
    target = exchange(matching="shared")
    done(target, quote("90", "110"))
    order_id, _ = placed(target, buy(ALICE, "5", "100"))
    done(target, sell(BOB, "4", "100"))
    assert target.state.orders[order_id].filled == 2
    done(target, sell(BOB, "1", "100"))
    assert target.state.orders[order_id].filled == 2
    events = done(target, ReleaseStalled((order_id,)))
    done(target, sell(BOB, "1", "100"))
    assert target.state.orders[order_id].filled == 3
    assert not any(isinstance(one, OrderFilled) for one in events)


def test_what_never_rests_ends_with_what_it_got() -> None:
    target = exchange()
    done(target, quote("99", "100", "20"))
    for order, most in (
        (buy(ALICE, "5"), "2"),
        (by_cost(Side.BUY, ALICE, "500"), "2"),
        (by_cost(Side.SELL, ALICE, "495"), "2"),
        (buy(ALICE, "5", "100", time_in_force=TimeInForce.IOC), "2"),
        (buy(ALICE, "5", "100", time_in_force=TimeInForce.FOK), "0"),
    ):
        order_id, filled = placed(target, order)
        ended = target.state.recent.get(order_id)
        assert ended is not None
        assert (filled, ended.status) == (Decimal(most), OrderStatus.EXPIRED), order
    is_whole(target)


def test_one_that_waits_for_its_price_stalls_once_it_works() -> None:
    target = exchange()
    done(target, quote("99", "100", "20"))
    stop = buy(ALICE, "5", "110", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(105))
    order_id, _ = placed(target, stop)
    done(target, quote("105", "106", "20"))
    assert target.state.orders[order_id].filled == 2
    done(target, quote("104", "105", "20"))
    assert target.state.orders[order_id].filled == 2


def test_amending_it_does_not_set_it_going() -> None:
    target = exchange()
    done(target, quote("99", "100", "20"))
    order_id, _ = placed(target, buy(ALICE, "5", "100"))
    done(target, AmendOrder(ALICE, order_id, price=Decimal(102)))
    assert target.state.orders[order_id].filled == 2
    done(target, CancelOrder(ALICE, order_id))
    is_whole(target)
    assert target.state.markets[SYMBOL].stalls == {}


def test_the_exchange_ends_an_order_by_itself() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    done(target, buy(ALICE, "5", "50"))
    (event,) = done(target, ExpireOrders(SYMBOL, target.state.counters.order_id))
    assert isinstance(event, OrderClosed)
    assert (event.order.status, event.reason) == (OrderStatus.EXPIRED, CloseReason.BY_EXCHANGE)
    assert reason(target, ExpireOrders(SYMBOL, event.order.id)).value == "order_not_found"
    is_whole(target)


def test_the_exchange_ends_all_orders_of_a_symbol() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    for account_id in (ALICE, BOB):
        done(target, buy(account_id, "5", "50"))
        done(target, sell(account_id, "5", "150"))
    ended = done(target, ExpireOrders(SYMBOL))
    assert [one.order.account_id for one in ended if isinstance(one, OrderClosed)] == [1, 1, 2, 2]
    is_whole(target)
