"""What the exchange remembers has a limit, and the oldest goes first."""

from decimal import Decimal

import pytest

from hypersim.trading import recent
from hypersim.trading.order import Order, OrderStatus, OrderType, Side, TimeInForce
from hypersim.trading.recent import ClientOrderIds, RecentOrders


def order(
    order_id: int,
    client_order_id: str | None = None,
    account_id: int = 1,
    symbol: str = "BTC/USDT",
) -> Order:
    return Order(
        order_id,
        account_id,
        symbol,
        Side.BUY,
        OrderType.LIMIT,
        TimeInForce.GTC,
        Decimal(1),
        Decimal(1),
        created_ms=0,
        updated_ms=0,
        rank=order_id,
        status=OrderStatus.OPEN,
        client_order_id=client_order_id,
        fingerprint=order_id,
    )


def ended(open_order: Order) -> Order:
    return open_order.moved_to(OrderStatus.CANCELED)


def test_the_oldest_ended_orders_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "RECENT_ORDERS_MAX", 2)
    orders = RecentOrders()
    for order_id in (1, 2, 3):
        orders.add(ended(order(order_id)))
    assert [orders.get(order_id) is not None for order_id in (1, 2, 3)] == [False, True, True]


def test_ids_of_ended_orders_are_forgotten_and_those_of_open_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent, "CLIENT_ORDER_IDS_MAX", 2)
    ids = ClientOrderIds()
    ids.add(order(1, "stays open"))
    for order_id, name in ((2, "a"), (3, "b"), (4, "c")):
        ids.add(order(order_id, name))
        ids.close(ended(order(order_id, name)))
    assert ids.find(1, "BTC/USDT", "a") is None
    for order_id, name in ((1, "stays open"), (3, "b"), (4, "c")):
        use = ids.find(1, "BTC/USDT", name)
        assert use is not None
        assert (use.order_id, use.is_open) == (order_id, name == "stays open")


def test_an_id_belongs_to_its_account_and_its_latest_order() -> None:
    ids = ClientOrderIds()
    ids.add(order(1, "x"))
    ids.close(ended(order(1, "x")))
    ids.add(order(2, "x"))
    ids.add(order(3, "x", account_id=2))
    ids.add(order(4))
    mine, other = ids.find(1, "BTC/USDT", "x"), ids.find(2, "BTC/USDT", "x")
    assert mine is not None and other is not None
    assert (mine.order_id, mine.is_open, other.order_id) == (2, True, 3)


def test_an_id_is_looked_up_within_its_symbol() -> None:
    ids = ClientOrderIds()
    ids.add(order(1, "x"))
    ids.close(ended(order(1, "x")))
    ids.add(order(2, "x", symbol="ETH/USDT"))
    mine, other = ids.find(1, "BTC/USDT", "x"), ids.find(1, "ETH/USDT", "x")
    assert mine is not None and other is not None
    assert (mine.order_id, other.order_id) == (1, 2)


def test_an_order_that_has_ended_already_is_bound_as_such() -> None:
    ids = ClientOrderIds()
    ids.add(ended(order(1, "x")))
    use = ids.find(1, "BTC/USDT", "x")
    assert use is not None
    assert not use.is_open
