"""What readers see of order lists, and of orders that do not show, or not in full."""

from decimal import Decimal

import pytest

from hypersim.service import view as view_module
from hypersim.service.changes import Changes
from hypersim.service.view import View
from hypersim.trading.commands import CancelOrderList, Command, PlaceOrderList
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Side, Trigger
from hypersim.trading.order_list import ListKind
from tests.support.builders import ALICE, BOB, SYMBOL, buy, done, exchange, quote, sell


def run(target: Exchange, view: View, command: Command) -> None:
    """Execute, and show what happened."""
    changes = Changes(view.balances)
    events = done(target, command)
    changes.add(events)
    view.apply(changes, events)


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
    view.forget_accounts()
    assert not view.lists and not view.open_lists(ALICE)
