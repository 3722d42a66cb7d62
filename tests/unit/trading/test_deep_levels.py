"""An order that walks the book past the shown levels meets those that a deep book shows."""

from decimal import Decimal

from hypersim.market.candle import MINUTE_MS
from hypersim.market.depth import best
from hypersim.market.events import DepthUpdated
from hypersim.market.instrument import PriceBand
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.order import Side, TimeInForce
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    depth,
    done,
    exchange,
    instrument,
    levels,
    moved,
    place,
)
from tests.support.deep_levels import WholePrices
from tests.support.invariants import check_money

SHOWN = levels([("10", "1"), ("11", "1")])
DEEP = WholePrices(is_bids=False)
FAR = PriceBand(bid_up=Decimal(3))
"""Lets a buyer's limit stand far in the deep."""


def book(time_ms: int = START_MS, shown: int = 2) -> ApplyMarketEvent:
    bids = levels([("9", "5")])
    event = DepthUpdated(SYMBOL, time_ms, bids, SHOWN[:shown], WholePrices(is_bids=True), DEEP)
    return moved(event)


def fills_of(happened: list[Event]) -> list[tuple[Decimal, Decimal]]:
    fills = [event.fill for event in happened if isinstance(event, OrderFilled)]
    return [(fill.price, fill.quantity) for fill in fills]


def test_a_market_order_goes_on_where_the_shown_levels_end() -> None:
    target = exchange()
    done(target, book())
    happened = done(target, buy(ALICE, "12"))
    walked = best(SHOWN, DEEP, 8)
    assert fills_of(happened) == [*walked[:-1], (Decimal(17), Decimal(1))]
    check_money(target.state)


def test_a_limit_stops_in_the_deep() -> None:
    target = exchange(market=instrument(price_band=FAR))
    done(target, book())
    happened = done(target, buy(ALICE, "100", "13"))
    assert [price for price, _ in fills_of(happened)] == [10, 11, 12, 13]


def test_a_fill_or_kill_order_counts_on_the_deep() -> None:
    target = exchange(market=instrument(price_band=FAR))
    done(target, book())
    wanted = place(Side.BUY, ALICE, "12", "20", time_in_force=TimeInForce.FOK)
    assert sum(quantity for _, quantity in fills_of(done(target, wanted))) == 12


def test_a_seller_walks_down_to_the_last_level_and_no_further() -> None:
    target = exchange()
    done(target, book())
    happened = done(target, place(Side.SELL, ALICE, "100", None))
    sold = fills_of(happened)
    assert [price for price, _ in sold] == list(range(9, 0, -1))


def test_what_was_eaten_in_the_deep_grows_back_in_the_next_minute() -> None:
    target = exchange()
    done(target, book())
    first = fills_of(done(target, buy(ALICE, "12")))
    assert fills_of(done(target, buy(ALICE, "1")))[0][0] == first[-1][0]
    assert fills_of(done(target, buy(BOB, "12"))) == first
    done(target, book(START_MS + 500))
    assert fills_of(done(target, buy(ALICE, "1")))[0][0] > 15
    done(target, book(START_MS + MINUTE_MS))
    again = fills_of(done(target, buy(ALICE, "3")))
    assert again == [(Decimal(12), Decimal(1)), (Decimal(13), Decimal(2))]


def test_a_feed_that_tells_no_more_has_no_more() -> None:
    target = exchange()
    done(target, depth([("9", "5")], [("10", "1"), ("11", "1")]))
    assert len(fills_of(done(target, buy(ALICE, "12")))) == 2
