"""Orders whose price is chosen from the book when they enter the market."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.market.events import TradePrinted
from hypersim.trading.commands import PlaceOrder, PlaceOrderList
from hypersim.trading.events import Event, OrderClosed, OrderFilled, OrderTriggered
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    Order,
    OrderStatus,
    OrderType,
    Peg,
    PegBasis,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind
from hypersim.trading.rejections import Rejection
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    depth,
    done,
    exchange,
    moved,
    reason,
    sell,
)
from tests.support.invariants import check_money

BIDS = (("99", "5"), ("97", "5"), ("95", "5"))
ASKS = (("101", "5"), ("103", "5"), ("105", "5"))
PRIMARY, MARKET = Peg(PegBasis.PRIMARY), Peg(PegBasis.MARKET)


def market(**options: Any) -> Exchange:
    """Bids at 99, 97, 95 and asks at 101, 103, 105, five of each."""
    made = exchange(**options)
    done(made, depth(BIDS, ASKS))
    return made


def pegged(side: Side, peg: Peg, account_id: int = ALICE, **options: Any) -> PlaceOrder:
    plain = (buy if side is Side.BUY else sell)(account_id, "1", "100")
    return replace(plain, price=None, peg=peg, **options)


def order_of(target: Exchange, happened: list[Event]) -> Order:
    check_money(target.state)
    order = getattr(happened[-1], "order", None)
    assert isinstance(order, Order)
    return order


@pytest.mark.parametrize(
    ("side", "peg", "price"),
    [
        (Side.BUY, PRIMARY, 99),
        (Side.SELL, PRIMARY, 101),
        (Side.BUY, Peg(PegBasis.PRIMARY, offset=2), 95),
        (Side.SELL, Peg(PegBasis.PRIMARY, offset=1), 103),
        (Side.BUY, MARKET, 101),
        (Side.SELL, MARKET, 99),
        (Side.BUY, Peg(PegBasis.MARKET, offset=1), 103),
        (Side.BUY, Peg(PegBasis.PRIMARY, limit=Decimal(98)), 98),
        (Side.BUY, Peg(PegBasis.PRIMARY, limit=Decimal(100)), 99),
        (Side.SELL, Peg(PegBasis.MARKET, limit=Decimal(100)), 100),
    ],
)
def test_the_price_is_that_of_the_level(side: Side, peg: Peg, price: int) -> None:
    target = market()
    order = order_of(target, done(target, pegged(side, peg)))
    assert order.price == price
    assert order.peg == peg


def test_levels_of_users_count_where_they_are_met() -> None:
    target = market(matching="shared")
    done(target, buy(BOB, "1", "100"))
    assert order_of(target, done(target, pegged(Side.BUY, PRIMARY))).price == 100
    alone = market()
    done(alone, buy(BOB, "1", "100"))
    assert order_of(alone, done(alone, pegged(Side.BUY, PRIMARY))).price == 99


def test_a_market_peg_trades_at_that_level_and_no_further() -> None:
    target = market()
    order = pegged(Side.BUY, MARKET, quantity=Decimal(7), time_in_force=TimeInForce.IOC)
    happened = done(target, order)
    assert [event.fill.price for event in happened if isinstance(event, OrderFilled)] == [101]
    assert order_of(target, happened).status is OrderStatus.EXPIRED


def test_a_level_that_is_not_there_is_refused() -> None:
    assert reason(market(), pegged(Side.BUY, Peg(PegBasis.PRIMARY, offset=3))) is (
        Rejection.NO_PEG_PRICE
    )


def test_both_prices_must_pass_the_filters() -> None:
    off_tick = Peg(PegBasis.PRIMARY, limit=Decimal("99.5"))
    assert reason(market(), pegged(Side.BUY, off_tick)) is Rejection.PRICE_OFF_TICK
    small = pegged(Side.BUY, PRIMARY, quantity=Decimal("0.1"))
    target = market()
    done(target, depth([("9", "5")], [("11", "5")]))
    assert reason(target, small) is Rejection.NOTIONAL_TOO_SMALL


STOP: dict[str, Any] = {"trigger": Trigger.STOP_LOSS, "trigger_price": Decimal(110)}


def test_a_conditional_order_gets_its_price_when_it_is_triggered() -> None:
    target = market()
    done(target, moved(TradePrinted(SYMBOL, START_MS, Decimal(100), Decimal(1), False)))
    waiting = order_of(target, done(target, pegged(Side.BUY, PRIMARY, **STOP)))
    assert waiting.price is None
    assert waiting.hold == 110
    done(target, depth([("108", "5")], [("112", "5")]))
    happened = done(target, moved(TradePrinted(SYMBOL, START_MS, Decimal(110), Decimal(1), False)))
    started = next(event.order for event in happened if isinstance(event, OrderTriggered))
    assert started.price == started.hold == 108
    check_money(target.state)


def test_a_triggered_order_without_a_level_expires() -> None:
    target = market()
    done(target, moved(TradePrinted(SYMBOL, START_MS, Decimal(100), Decimal(1), False)))
    done(target, pegged(Side.BUY, Peg(PegBasis.PRIMARY, offset=2), **STOP))
    done(target, depth([("108", "5")], [("112", "5")]))
    happened = done(target, moved(TradePrinted(SYMBOL, START_MS, Decimal(110), Decimal(1), False)))
    (closed,) = [event for event in happened if isinstance(event, OrderClosed)]
    assert (closed.order.status, closed.refusal) == (OrderStatus.EXPIRED, Rejection.NO_PEG_PRICE)
    check_money(target.state)


def test_the_waiting_order_of_a_list_gets_its_price_when_its_turn_comes() -> None:
    target = market()
    working = replace(buy(ALICE, "1", "101"), is_retry_safe=False)
    waiting = pegged(Side.SELL, PRIMARY, is_retry_safe=False)
    done(target, PlaceOrderList(ALICE, SYMBOL, ListKind.OTO, (working, waiting)))
    check_money(target.state)
    (second,) = [order for order in target.state.orders.values() if order.side is Side.SELL]
    assert second.price == 101
    assert second.status is OrderStatus.OPEN


def test_a_pair_may_rest_at_a_pegged_price() -> None:
    target = market()
    done(target, moved(TradePrinted(SYMBOL, START_MS, Decimal(100), Decimal(1), False)))
    profit = pegged(Side.SELL, PRIMARY, post_only=True, is_retry_safe=False)
    stop = PlaceOrder(
        ALICE,
        SYMBOL,
        Side.SELL,
        OrderType.MARKET,
        Decimal(1),
        is_retry_safe=False,
        trigger=Trigger.STOP_LOSS,
        trigger_price=Decimal(90),
    )
    done(target, PlaceOrderList(ALICE, SYMBOL, ListKind.OCO, (stop, profit)))
    assert sorted(order.price or 0 for order in target.state.orders.values()) == [0, 101]
    check_money(target.state)


def test_between_orders_of_one_account_a_transfer_is_a_decrement() -> None:
    target = market(matching="shared")
    mode = SelfTradePrevention.TRANSFER
    done(target, replace(buy(ALICE, "3", "100"), self_trade_prevention=mode))
    done(target, replace(sell(ALICE, "1", "100"), self_trade_prevention=mode))
    (left,) = target.state.orders.values()
    assert left.side is Side.BUY
    assert left.remaining == 2
    assert left.prevented == 1
    check_money(target.state)
