"""What readers see of order lists, and of orders that do not show, or not in full."""

from decimal import Decimal

import pytest

from hypersim.market.candle import MINUTE_MS
from hypersim.market.depth import best
from hypersim.market.events import DepthUpdated
from hypersim.market.number import plain
from hypersim.service import view as view_module
from hypersim.service.changes import Changes
from hypersim.service.view import View
from hypersim.trading.commands import (
    ApplyMarketEvent,
    CancelOrderList,
    Command,
    PlaceOrderList,
    Reset,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Side, Trigger
from hypersim.trading.order_list import ListKind
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    depth,
    done,
    exchange,
    levels,
    moved,
    quote,
    sell,
    transaction,
)
from tests.support.deep_levels import WholePrices


def run(target: Exchange, view: View, command: Command) -> None:
    """Execute, and show what happened."""
    changes = Changes()
    happened = [transaction(done(target, command), target.state)]
    changes.add(happened)
    view.apply(changes, happened)


def started() -> tuple[Exchange, View]:
    """Shared matching; the view has seen nothing of the opening, which it does not need."""
    target, view = exchange(matching="shared"), View(shows_users_orders=True)
    view.put_instrument(target.state.markets[SYMBOL].instrument)
    run(target, view, quote("99", "101"))
    return target, view


def pair() -> PlaceOrderList:
    stop = sell(ALICE, "2", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(90))
    return PlaceOrderList(
        ALICE, SYMBOL, ListKind.OCO, (sell(ALICE, "2", "110", post_only=True), stop), "pair"
    )


def shown(view: View, side: Side) -> dict[Decimal, Decimal]:
    assert view.shown is not None
    return dict(view.shown.merged(SYMBOL, side, ()))


def test_the_public_book_shows_the_visible_part_of_an_iceberg_order() -> None:
    target, view = started()
    run(target, view, sell(ALICE, "5", "100", iceberg_quantity=Decimal(2)))
    run(target, view, sell(BOB, "1", "100"))
    assert shown(view, Side.SELL) == {Decimal(100): Decimal(3)}
    run(target, view, buy(3, "2.5", "100"))
    assert shown(view, Side.SELL) == {Decimal(100): Decimal("2.5")}
    run(target, view, buy(3, "9", "100"))
    assert shown(view, Side.SELL) == {}


def test_the_public_book_shows_no_order_that_waits() -> None:
    target, view = started()
    run(target, view, pair())
    assert shown(view, Side.SELL) == {Decimal(110): Decimal(2)}
    waiting = PlaceOrderList(
        BOB, SYMBOL, ListKind.OTO, (buy(BOB, "1", "98"), sell(BOB, "1", "105"))
    )
    run(target, view, waiting)
    assert shown(view, Side.SELL) == {Decimal(110): Decimal(2)}
    assert shown(view, Side.BUY) == {Decimal(98): Decimal(1)}


def book(view: View) -> tuple[dict[str, str], dict[str, str]]:
    """The public bids and asks."""
    data = view.markets[SYMBOL]
    bids, asks = (
        {str(price): plain(size) for price, size in side} for side in (data.bids, data.asks)
    )
    return bids, asks


def test_what_anybody_ate_is_gone_from_the_public_book_until_the_feed_shows_it_anew() -> None:
    target, view = started()
    run(target, view, depth([("99", "2"), ("98", "3")], [("101", "1"), ("102", "4")]))
    before = view.markets[SYMBOL].update_id
    run(target, view, buy(ALICE, "1.5"))
    assert book(view) == ({"99": "2", "98": "3"}, {"102": "3.5"})
    assert view.markets[SYMBOL].update_id > before
    run(target, view, sell(BOB, "4", "98"))
    assert book(view) == ({"98": "1"}, {"102": "3.5"})
    run(target, view, quote("99", "101", size="1"))
    assert book(view) == ({"99": "1", "98": "1"}, {"102": "3.5"})
    run(target, view, depth([("99", "1")], [("101", "2"), ("102", "4")]))
    assert book(view) == ({"99": "1"}, {"101": "2", "102": "3.5"})


def test_a_resting_order_that_the_market_reaches_eats_from_the_public_book_too() -> None:
    target, view = started()
    run(target, view, sell(ALICE, "3", "100"))
    run(target, view, depth([("100", "2"), ("99", "5")], [("101", "1")]))
    assert book(view) == ({"99": "5"}, {"101": "1"})
    run(target, view, Reset())
    assert book(view) == ({"100": "2", "99": "5"}, {"101": "1"})


def test_where_nobody_sees_the_others_the_public_book_is_the_feed_s() -> None:
    target, view = exchange(), View(shows_users_orders=False)
    view.put_instrument(target.state.markets[SYMBOL].instrument)
    run(target, view, quote("99", "101", size="1"))
    run(target, view, buy(ALICE, "1"))
    assert book(view) == ({"99": "1"}, {"101": "1"})


def test_open_lists_are_listed_and_ended_ones_are_found_by_id() -> None:
    target, view = started()
    run(target, view, pair())
    assert list(view.open_lists(ALICE)) == [1]
    assert not view.open_lists(BOB)
    run(target, view, CancelOrderList(ALICE, 1))
    assert not view.open_lists(ALICE)
    assert not view.lists[1].is_open


def test_the_oldest_lists_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "ENDED_LISTS_MAX", 2)
    target, view = started()
    for number in (1, 2, 3):
        run(target, view, pair())
        run(target, view, CancelOrderList(ALICE, number))
    run(target, view, pair())
    assert list(view.lists) == [2, 3, 4]
    run(target, view, Reset())
    assert not view.lists and not view.open_lists(ALICE)


def test_what_anybody_ate_beyond_the_shown_levels_is_gone_too_until_the_next_minute() -> None:
    target, view = started()
    asks = WholePrices(is_bids=False, end=120)
    first = levels([("101", "1"), ("102", "1")])

    def told(time_ms: int) -> ApplyMarketEvent:
        return moved(DepthUpdated(SYMBOL, time_ms, levels([("99", "2")]), first, None, asks))

    def seen() -> list[tuple[int, int]]:
        data = view.markets[SYMBOL]
        return [(int(price), int(size)) for price, size in best(data.asks, data.deep_asks, 4)]

    run(target, view, told(START_MS))
    assert seen() == [(101, 1), (102, 1), (103, 2), (104, 3)]
    run(target, view, buy(ALICE, "3"))
    assert seen() == [(103, 1), (104, 3), (105, 1), (106, 2)]
    run(target, view, told(START_MS + 500))
    assert seen() == [(103, 1), (104, 3), (105, 1), (106, 2)]
    run(target, view, buy(BOB, "1"))
    assert seen() == [(104, 3), (105, 1), (106, 2), (107, 3)]
    run(target, view, told(START_MS + MINUTE_MS))
    assert seen() == [(103, 2), (104, 3), (105, 1), (106, 2)]
