"""The fee model `quote`: both sides pay in quote, a buyer beside the cost."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.entries import FEE_ACCOUNT
from hypersim.account.user import FeeRates
from hypersim.trading.account_commands import Deposit, SetBalance, SetFeeRates
from hypersim.trading.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    ListInstrument,
    PlaceOrderList,
)
from hypersim.trading.events import OrderClosed, OrderFilled
from hypersim.trading.order import (
    CloseReason,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind
from hypersim.trading.rejections import Rejection
from tests.support.builders import (
    ALICE,
    SYMBOL,
    buy,
    by_cost,
    depth,
    done,
    quote,
    reason,
    refused,
    sell,
)
from tests.support.quote_fees import (
    MARKET,
    do,
    exchange,
    fees_of,
    figures,
    fills_of,
    free,
    held,
    money,
)


def test_a_buyer_gets_all_that_it_bought_and_pays_its_fee_beside_the_cost() -> None:
    target = exchange("1000")
    happened = do(target, buy(ALICE, "2"))
    assert fees_of(happened) == [(Decimal("2.02"), "USDT"), (Decimal("2.04"), "USDT")]
    assert money(target, "BTC") == figures("0", "792.94", "2")
    assert free(target, "USDT", FEE_ACCOUNT) == Decimal("4.06")
    order = happened[-1].order if isinstance(happened[-1], OrderFilled) else None
    assert order is not None and order.fee == 0, "nothing of what it receives"


def test_a_seller_s_fee_comes_out_of_what_it_receives() -> None:
    target = exchange("0", "1")
    happened = do(target, sell(ALICE, "1"))
    assert fees_of(happened) == [(Decimal("1.98"), "USDT")]
    assert money(target, "BTC") == figures("0", "97.02", "0")


@pytest.mark.parametrize(
    ("order", "cost"),
    [
        (buy(ALICE, "2"), "203"),
        (buy(ALICE, "2", "110"), "220"),
        (buy(ALICE, "2", "110", time_in_force=TimeInForce.IOC), "220"),
        (buy(ALICE, "3", "70"), "210"),
        (by_cost(Side.BUY, ALICE, "203"), "203"),
        (buy(ALICE, "2", "104", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(101)), "208"),
        (buy(ALICE, "2", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(102)), "204"),
    ],
    ids=["market", "marketable", "hasty", "resting", "by cost", "stop-limit", "stop-market"],
)
def test_a_buy_has_to_be_able_to_pay_its_fee(order: Command, cost: str) -> None:
    target, required = exchange(cost), Decimal(cost) * Decimal("1.02")
    said = refused(target, order)
    assert said.reason is Rejection.INSUFFICIENT_BALANCE
    assert Decimal(said.details["required"]) == required
    done(target, SetBalance(ALICE, "USDT", required - Decimal("0.00000001")))
    assert reason(target, order) is Rejection.INSUFFICIENT_BALANCE
    done(target, SetBalance(ALICE, "USDT", required))
    do(target, order)


def test_what_is_kept_is_rounded_up_and_what_is_charged_is_cut() -> None:
    target = exchange("1000")
    done(target, ListInstrument(replace(MARKET, quote_places=0)))
    do(target, buy(ALICE, "1", "90"))
    assert held(target) == 92, "1.8, rounded up"
    assert fees_of(do(target, quote("88", "89"))) == [(Decimal(0), "USDT")], "0.9, cut"


def test_a_resting_buy_locks_the_greatest_fee_and_releases_what_it_did_not_need() -> None:
    target = exchange("1000")
    (accepted,) = do(target, buy(ALICE, "3", "90"))
    assert held(target) == 270 + Decimal("5.4"), "as if it were to take: 2 %"
    happened = do(target, depth((("89", "50"),), (("90", "1"), ("95", "50"))))
    assert fees_of(happened) == [(Decimal("0.9"), "USDT")], "but it made: 1 %"
    assert held(target) == 180 + Decimal("3.6")
    assert free(target, "USDT") == 1000 - 90 - Decimal("0.9") - held(target)
    do(target, CancelOrder(ALICE, accepted.order.id))  # type: ignore[union-attr]
    assert money(target) == figures("0", "909.1")


def test_an_order_by_cost_spends_all_of_it_on_what_it_buys() -> None:
    target = exchange("1000")
    happened = do(target, by_cost(Side.BUY, ALICE, "203"))
    assert sum(fill.notional for fill in fills_of(happened)) == 203
    assert free(target, "USDT") == 1000 - 203 - Decimal("4.06")


def test_rates_that_were_raised_take_what_the_order_kept_then_what_is_available() -> None:
    target = exchange("102")
    do(target, buy(ALICE, "1", "100"))
    assert money(target) == figures("102", "0")
    do(target, SetFeeRates(ALICE, FeeRates(Decimal("0.05"), Decimal("0.05"))))
    do(target, Deposit(ALICE, "USDT", Decimal(1)))
    happened = do(target, quote("98", "99"))
    assert fees_of(happened) == [(Decimal(3), "USDT")], "of the 5 that are due"
    assert money(target, "BTC") == figures("0", "0", "1")


def test_what_a_part_takes_of_the_fees_kept_is_gone_for_the_rest() -> None:
    target = exchange("204")
    do(target, buy(ALICE, "2", "100"))
    do(target, SetFeeRates(ALICE, FeeRates(Decimal("0.03"), Decimal("0.03"))))
    parts = [do(target, quote("98", "99", "1")), do(target, quote("97", "98", "1"))]
    assert [fees_of(part) for part in parts] == [[(Decimal(3), "USDT")], [(Decimal(1), "USDT")]]
    assert money(target, "BTC") == figures("0", "0", "2")


def test_rates_that_were_lowered_release_the_rest() -> None:
    target = exchange("204")
    do(target, buy(ALICE, "2", "100"))
    do(target, SetFeeRates(ALICE, FeeRates(Decimal(0), Decimal(0))))
    do(target, quote("98", "99", "1"))
    assert money(target) == figures("100", "4")


def test_a_smaller_order_never_needs_more_money() -> None:
    target = exchange("204")
    (accepted,) = do(target, buy(ALICE, "2", "100"))
    do(target, SetFeeRates(ALICE, FeeRates(Decimal("0.5"), Decimal("0.5"))))
    order_id = accepted.order.id  # type: ignore[union-attr]
    do(target, AmendOrder(ALICE, order_id, quantity=Decimal("1.9")))
    assert money(target) == figures("204", "0")
    do(target, AmendOrder(ALICE, order_id, quantity=Decimal(1)))
    assert money(target) == figures("150", "54")


def test_a_larger_or_dearer_order_needs_its_fees_too() -> None:
    target = exchange("204")
    (accepted,) = do(target, buy(ALICE, "2", "95"))
    order_id = accepted.order.id  # type: ignore[union-attr]
    dear = AmendOrder(ALICE, order_id, price=Decimal("100.5"))
    done(target, ListInstrument(replace(MARKET, tick_size=Decimal("0.5"))))
    assert reason(target, dear) is Rejection.INSUFFICIENT_BALANCE
    assert reason(target, replace(dear, price=None, quantity=Decimal("2.2"))) is (
        Rejection.INSUFFICIENT_BALANCE
    )
    do(target, AmendOrder(ALICE, order_id, price=Decimal(100)))
    assert money(target) == figures("204", "0")


def test_an_amended_order_that_takes_pays_from_what_it_held() -> None:
    target = exchange("208.08")
    (accepted,) = do(target, buy(ALICE, "2", "100"))
    happened = do(target, AmendOrder(ALICE, accepted.order.id, price=Decimal(102)))  # type: ignore[union-attr]
    assert fees_of(happened) == [(Decimal("2.02"), "USDT"), (Decimal("2.04"), "USDT")]
    assert money(target) == figures("0", "1.02")


def test_a_stop_that_cannot_pay_its_fee_when_it_fires_expires() -> None:
    """It locked 102 and their fee; now the market asks for 103."""
    target = exchange("104.04")
    do(target, buy(ALICE, "1", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(102)))
    assert money(target) == figures("104.04", "0")
    happened = do(target, depth((("101", "5"),), (("103", "5"),)))
    closed = [event for event in happened if isinstance(event, OrderClosed)]
    assert [event.reason for event in closed] == [CloseReason.REFUSED]
    assert money(target) == figures("0", "104.04")


def test_a_pair_locks_what_the_dearer_order_and_its_fee_need_once() -> None:
    target = exchange("1000")
    profit = buy(ALICE, "1", "90", post_only=True, is_retry_safe=False)
    stop = buy(
        ALICE,
        "1",
        "110",
        trigger=Trigger.STOP_LOSS,
        trigger_price=Decimal(105),
        is_retry_safe=False,
    )
    do(target, PlaceOrderList(ALICE, SYMBOL, ListKind.OCO, (profit, stop)))
    assert held(target) == 110 + Decimal("2.2")
    do(target, quote("88", "89"))
    assert money(target) == figures("0", "909.1")
