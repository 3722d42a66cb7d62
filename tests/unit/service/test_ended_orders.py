"""An ended order stays in memory until the record can be read up to it, whatever the limit."""

import pytest
from msgspec.structs import replace

from hypersim.service import view as view_module
from hypersim.service.view import View
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Order, OrderStatus
from tests.support.builders import ALICE, buy, done, exchange


def ended_order(order_id: int) -> Order:
    accepted = done(exchange(), buy(ALICE, "1", "90"))[0]
    assert isinstance(accepted, OrderAccepted)
    return replace(accepted.order, id=order_id, status=OrderStatus.CANCELED)


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
