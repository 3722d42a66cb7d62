"""No trade brings a balance past what the record can hold: it is refused before it happens."""

from decimal import Decimal

import pytest

from hypersim.trading.commands import AmendOrder, CancelAllOrders
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Trigger
from hypersim.trading.rejections import Rejection
from tests.support.builders import ALICE, buy, done, exchange, instrument, quote, reason, sell

RECORD_END = Decimal(10) ** 20
HUGE = Decimal(10) ** 15
MARKET = instrument(
    max_price=HUGE, max_quantity=HUGE, max_notional=RECORD_END - 1, open_orders_max=1_000
)
PRICE = str(10**14)
"""10,000 BTC at this price are worth a tenth of what may be traded in all."""


@pytest.fixture(params=["isolated", "shared"])
def target(request: pytest.FixtureRequest) -> Exchange:
    """BTC stand at 10^14 USDT; Alice has a million of them."""
    made = exchange(accounts=1, money={"BTC": "1000000"}, market=MARKET, matching=request.param)
    done(made, quote(PRICE, PRICE, size="1000000000"))
    return made


def amounts(target: Exchange) -> list[Decimal]:
    return [one.total for one in target.state.ledger.balances.values()]


def test_sales_end_where_the_record_would(target: Exchange) -> None:
    for _ in range(10):
        done(target, sell(ALICE, "10000"))
    for order in (sell(ALICE, "10000"), sell(ALICE, "1", PRICE), sell(ALICE, "10000", PRICE)):
        assert reason(target, order) is Rejection.FUNDS_OUT_OF_RANGE
    assert max(map(abs, amounts(target))) < RECORD_END
    # The way back is open.
    done(target, buy(ALICE, "10000"))
    done(target, sell(ALICE, "10000"))


def test_orders_that_rest_count_as_if_they_were_filled(target: Exchange) -> None:
    above = str(2 * 10**14)
    for _ in range(5):
        done(target, sell(ALICE, "10000", above))
    assert reason(target, sell(ALICE, "10000", above)) is Rejection.FUNDS_OUT_OF_RANGE
    assert reason(target, sell(ALICE, "10000")) is Rejection.FUNDS_OUT_OF_RANGE
    done(target, CancelAllOrders(ALICE))
    done(target, sell(ALICE, "10000"))


def test_an_order_cannot_be_amended_past_it(target: Exchange) -> None:
    events = done(target, sell(ALICE, "60000", str(15 * 10**13)))
    order_id = next(iter(target.state.orders))
    assert events
    assert reason(target, AmendOrder(ALICE, order_id, price=Decimal(19 * 10**13))) is (
        Rejection.FUNDS_OUT_OF_RANGE
    )


def test_an_order_that_would_go_past_it_when_it_is_triggered_ends_instead(
    target: Exchange,
) -> None:
    stop = sell(
        ALICE,
        "200000",
        trigger=Trigger.STOP_LOSS,
        trigger_price=Decimal(10**13),
        is_retry_safe=False,
    )
    done(target, stop)
    for _ in range(10):
        done(target, sell(ALICE, "10000"))
    done(target, quote(str(10**13), str(10**13), size="1000000000"))
    (order_id, order) = 1, target.state.recent.get(1)
    assert order is not None and order_id not in target.state.orders
    assert order.close_reason == "refused" and not order.filled
    assert max(map(abs, amounts(target))) < RECORD_END
