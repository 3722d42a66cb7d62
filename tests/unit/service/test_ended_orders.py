"""An ended order stays in memory until the record can be read up to it, whatever the limit, and so
does a list."""

import pytest
from msgspec.structs import replace

from hypersim.service import view as view_module
from hypersim.service.changes import Changes, EndedTogether
from hypersim.service.view import View
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Order, OrderStatus
from hypersim.trading.order_list import ListKind, ListStatus, OrderList
from tests.support.builders import ALICE, START_MS, SYMBOL, buy, done, exchange


def ended_order(order_id: int) -> Order:
    accepted = done(exchange(), buy(ALICE, "1", "90"))[0]
    assert isinstance(accepted, OrderAccepted)
    return replace(accepted.order, id=order_id, status=OrderStatus.CANCELED)


def ended_list(list_id: int) -> OrderList:
    order_list = OrderList(list_id, ALICE, SYMBOL, ListKind.OCO, (1, 2), START_MS, START_MS)
    return replace(order_list, status=ListStatus.DONE)


def test_it_is_kept_until_the_record_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "ENDED_ORDERS_MAX", 2)
    view, shown = View(shows_users_orders=False), [0]
    view.shown_seq = lambda: shown[0]
    for number in range(1, 6):
        view.seq = number
        view.put_order(ended_order(number))
    assert [*view.orders] == [1, 2, 3, 4, 5]
    shown[0] = 4
    view.seq = 6
    view.put_order(ended_order(6))
    assert [*view.orders] == [5, 6]


def test_without_a_record_that_trails_only_the_limit_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view_module, "ENDED_ORDERS_MAX", 2)
    view = View(shows_users_orders=False)
    for number in range(1, 6):
        view.seq = number
        view.put_order(ended_order(number))
    assert [*view.orders] == [4, 5]


def test_orders_that_end_together_are_kept_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """They were dropped at once, and whoever asked for one waited for the record."""
    monkeypatch.setattr(view_module, "ENDED_ORDERS_MAX", 2)
    view, shown = View(shows_users_orders=False), [0]
    view.shown_seq = lambda: shown[0]
    ended = tuple(replace(ended_order(number), client_order_id="same") for number in range(1, 6))
    for order in ended:
        view.put_order(replace(order, status=OrderStatus.OPEN))
    changes = Changes()
    changes.together.append(EndedTogether(ended, 0))
    view.seq = 5
    view.apply(changes, ())
    assert [*view.orders.values()] == [*ended] and not view.open_orders(ALICE)
    shown[0], view.seq = 5, 6
    view.put_order(ended_order(6))
    assert [*view.orders] == [5, 6]
    assert view.order_names.find(ALICE, SYMBOL, "same") == 5


def test_a_list_is_kept_until_the_record_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "ENDED_LISTS_MAX", 2)
    view, shown = View(shows_users_orders=False), [0]
    view.shown_seq = lambda: shown[0]
    for number in range(1, 6):
        view.seq = number
        view.put_list(ended_list(number))
    assert [*view.lists] == [1, 2, 3, 4, 5]
    shown[0] = view.seq = 6
    view.put_list(ended_list(6))
    assert [*view.lists] == [5, 6]
