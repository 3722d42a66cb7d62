"""A book whose best levels are shown a tick from the price at which they trade."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.market.events import DepthUpdated, is_sound
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.order import OrderStatus, Peg, PegBasis, Side
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    done,
    exchange,
    levels,
    moved,
    place,
    sell,
)
from tests.support.invariants import check_money

BIDS, ASKS = levels([("99", "5"), ("97", "5")]), levels([("101", "5"), ("103", "5")])
EVENT = DepthUpdated(SYMBOL, START_MS, BIDS, ASKS, trades_at=Decimal(100))


def book() -> ApplyMarketEvent:
    return moved(EVENT)


def prices(happened: list[Event]) -> list[int]:
    return [int(event.fill.price) for event in happened if isinstance(event, OrderFilled)]


@pytest.mark.parametrize("fills", ["touch", "depth"])
@pytest.mark.parametrize("side", list(Side))
def test_what_arrives_gets_the_price_inside(fills: str, side: Side) -> None:
    target = exchange(fills=fills)
    done(target, book())
    assert prices(done(target, place(side, ALICE, "5", None))) == [100]
    check_money(target.state)


def test_only_the_best_level_trades_there() -> None:
    target = exchange()
    done(target, book())
    assert prices(done(target, place(Side.BUY, ALICE, "7", None))) == [100, 103]
    assert prices(done(target, place(Side.SELL, ALICE, "7", None))) == [100, 97]


def test_the_best_price_shown_can_be_joined_and_the_price_itself_fills() -> None:
    target = exchange()
    done(target, book())
    joins = [done(target, buy(ALICE, "1", "99")), done(target, sell(ALICE, "1", "101"))]
    assert [prices(one) for one in joins] == [[], []]
    assert prices(done(target, buy(ALICE, "1", "100"))) == [100]


def test_what_rests_at_the_price_is_reached() -> None:
    target = exchange()
    done(target, sell(ALICE, "1", "100"))
    done(target, buy(ALICE, "1", "98"))
    assert prices(done(target, book())) == [100]


def test_what_is_left_is_shown_where_it_was() -> None:
    target = exchange(matching="shared")
    done(target, book())
    reference = target.state.markets[SYMBOL].reference
    assert reference.left()[:2] == (BIDS, ASKS)
    done(target, place(Side.BUY, BOB, "2", None))
    bids, asks, *_ = reference.left()
    assert (bids, asks) == (BIDS, levels([("101", "3"), ("103", "5")]))
    done(target, place(Side.BUY, BOB, "3", None))
    assert reference.left()[1] == levels([("103", "5")])
    assert reference.untouched().left()[:2] == (BIDS, ASKS)


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 99), (Side.SELL, 101)])
def test_a_pegged_order_joins_the_price_shown(side: Side, price: int) -> None:
    target = exchange()
    done(target, book())
    done(target, replace(place(side, ALICE, "1", "100"), price=None, peg=Peg(PegBasis.PRIMARY)))
    (order,) = target.state.orders.values()
    assert order.status is OrderStatus.OPEN
    assert order.price == price


@pytest.mark.parametrize(
    ("inside", "sound"), [("98", False), ("99", True), ("101", True), ("102", False), (None, True)]
)
def test_a_price_inside_lies_between_the_sides(inside: str | None, sound: bool) -> None:
    at = None if inside is None else Decimal(inside)
    assert is_sound(DepthUpdated(SYMBOL, START_MS, BIDS, ASKS, trades_at=at)) is sound
