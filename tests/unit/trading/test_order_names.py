"""Which order a cancel or an amendment means: decided where it is carried out, so that what is not
committed yet counts too."""

from decimal import Decimal

import pytest

from hypersim.trading.commands import AmendOrder, CancelAllOrders, CancelOrder, OrderName
from hypersim.trading.events import OrderAmended, OrderClosed
from hypersim.trading.exchange import Exchange
from hypersim.trading.rejections import Rejection
from tests.support.builders import ALICE, BOB, SYMBOL, buy, done, exchange, reason


@pytest.fixture
def target() -> Exchange:
    """Alice's orders 1, "mine", and 2, that has no name."""
    made = exchange()
    done(made, buy(ALICE, "1", "90", client_order_id="mine"))
    done(made, buy(ALICE, "2", "91"))
    return made


@pytest.mark.parametrize(
    "named",
    [
        1,
        OrderName(SYMBOL, 1),
        OrderName(SYMBOL, client_order_id="mine"),
        OrderName("BTCUSDT", 1, "mine"),
    ],
)
def test_an_order_is_found_by_whatever_it_is_called(
    target: Exchange, named: int | OrderName
) -> None:
    (amended,) = done(target, AmendOrder(ALICE, named, Decimal("0.5")))
    assert isinstance(amended, OrderAmended) and amended.order.id == 1
    (closed,) = done(target, CancelOrder(ALICE, named, cancel_id="c"))
    assert isinstance(closed, OrderClosed) and (closed.order.id, closed.cancel_id) == (1, "c")
    assert reason(target, CancelOrder(ALICE, named)) is Rejection.ORDER_ALREADY_CANCELED


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (3, Rejection.ORDER_NOT_FOUND),
        (OrderName("ETH/USDT", 1), Rejection.ORDER_NOT_FOUND),
        (OrderName(SYMBOL, client_order_id="other"), Rejection.ORDER_NOT_FOUND),
        (OrderName(SYMBOL, 1, "other"), Rejection.OTHER_CLIENT_ORDER_ID),
        (OrderName(SYMBOL, 2, "mine"), Rejection.OTHER_CLIENT_ORDER_ID),
    ],
)
def test_what_is_called_wrongly_is_not_touched(
    target: Exchange, named: int | OrderName, why: Rejection
) -> None:
    assert reason(target, CancelOrder(ALICE, named)) is why
    assert reason(target, AmendOrder(ALICE, named, Decimal("0.5"))) is why
    assert reason(target, CancelOrder(BOB, OrderName(SYMBOL, 1))) is Rejection.ORDER_NOT_FOUND
    assert len(done(target, CancelAllOrders(ALICE))) == 2


def test_an_ended_order_of_another_name_is_not_confused_with_it(target: Exchange) -> None:
    done(target, CancelOrder(ALICE, 1))
    assert reason(target, CancelOrder(ALICE, OrderName(SYMBOL, 1, "other"))) is (
        Rejection.OTHER_CLIENT_ORDER_ID
    )


def test_all_that_a_cancel_of_all_ends_has_its_name(target: Exchange) -> None:
    events = done(target, CancelAllOrders(ALICE, cancel_id="all"))
    assert [event.cancel_id for event in events if isinstance(event, OrderClosed)] == ["all"] * 2


def test_an_order_is_named_by_something() -> None:
    with pytest.raises(ValueError, match="by its number or by its client order id"):
        OrderName(SYMBOL)


def test_what_keeps_its_place_only_becomes_less(target: Exchange) -> None:
    more, dearer = Decimal("1.1"), Decimal(89)
    for quantity, price in ((more, None), (None, dearer)):
        amend = AmendOrder(ALICE, 1, quantity, price, keeps_place=True)
        assert reason(target, amend) is Rejection.AMEND_NOT_POSSIBLE
        assert done(target, AmendOrder(ALICE, 1, quantity, price))
