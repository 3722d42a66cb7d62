"""The fee model `quote`: both sides pay in quote, a buyer beside the cost."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.ledger import FEE_ACCOUNT
from hypersim.account.user import FeeRates
from hypersim.market.events import TradePrinted
from hypersim.trading.account_commands import Deposit, SetBalance, SetFeeRates
from hypersim.trading.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    ListInstrument,
    PlaceOrderList,
)
from hypersim.trading.events import Event, OrderClosed, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    CloseReason,
    Fill,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind
from hypersim.trading.rejections import Rejection
from hypersim.trading.state import FeeDiscount
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    by_cost,
    depth,
    done,
    instrument,
    moved,
    quote,
    reason,
    refused,
    sell,
)
from tests.support.builders import exchange as new_exchange
from tests.support.invariants import check_money

RATES = {"maker_fee_rate": Decimal("0.01"), "taker_fee_rate": Decimal("0.02")}
MARKET = instrument(**RATES)


def exchange(usdt: str, btc: str = "0", **options: object) -> Exchange:
    """Maker 1 %, taker 2 %; the market stands at 99 and 101, with much to trade."""
    money = {asset: amount for asset, amount in (("USDT", usdt), ("BTC", btc)) if amount != "0"}
    made = new_exchange(fees="quote", money=money, market=MARKET, **options)  # type: ignore[arg-type]
    done(made, depth((("99", "50"), ("98", "50")), (("101", "1"), ("102", "50"))))
    return made


def do(target: Exchange, command: Command) -> list[Event]:
    events = done(target, command)
    check_money(target.state, has_reserves=True)
    return events


def fills_of(happened: list[Event]) -> list[Fill]:
    return [event.fill for event in happened if isinstance(event, OrderFilled)]


def fees_of(happened: list[Event]) -> list[tuple[Decimal, str]]:
    return [(fill.fee, fill.fee_asset) for fill in fills_of(happened)]


def free(target: Exchange, asset: str, account_id: int = ALICE) -> Decimal:
    return target.state.ledger.available(account_id, asset)


def held(target: Exchange, asset: str = "USDT", account_id: int = ALICE) -> Decimal:
    return target.state.ledger.locked(account_id, asset)


def money(target: Exchange, *more: str) -> list[Decimal]:
    """What Alice has: USDT that is held, USDT that is free, and what is free of more."""
    return [held(target), free(target, "USDT"), *(free(target, asset) for asset in more)]


def figures(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


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


def test_prevented_self_trades_leave_the_rest_its_fee() -> None:
    target = exchange("306", "5")
    do(target, buy(ALICE, "3", "100"))
    decrement = SelfTradePrevention.DECREMENT
    do(target, sell(ALICE, "1", "100", self_trade_prevention=decrement))
    assert money(target) == figures("204", "102")
    do(target, SetFeeRates(ALICE, FeeRates(Decimal("0.9"), Decimal("0.9"))))
    do(target, sell(ALICE, "0.1", "100", self_trade_prevention=decrement))
    assert money(target) == figures("204", "102"), "as much as it had, at the most"


def test_both_sides_of_a_trade_between_users_pay_in_quote() -> None:
    target = exchange("1000", "5", matching="shared")
    do(target, buy(ALICE, "1", "100"))
    happened = do(target, sell(BOB, "1", "100"))
    assert fees_of(happened) == [(Decimal(2), "USDT"), (Decimal(1), "USDT")]
    assert free(target, "USDT") == 899
    assert free(target, "USDT", BOB) == 1098
    assert free(target, "USDT", FEE_ACCOUNT) == 3


def test_an_order_that_was_placed_under_another_model_pays_as_much_as_there_is() -> None:
    target = exchange("100.4")
    done(target, ListInstrument(replace(MARKET, fee_model="received")))
    do(target, buy(ALICE, "1", "100"))
    assert held(target) == 100
    done(target, ListInstrument(MARKET))
    assert fees_of(do(target, quote("98", "99"))) == [(Decimal("0.4"), "USDT")]
    assert money(target, "BTC") == figures("0", "0", "1")


def test_an_order_that_kept_money_for_fees_gets_it_back_where_fees_are_taken_otherwise() -> None:
    target = exchange("102")
    do(target, buy(ALICE, "1", "100"))
    done(target, ListInstrument(replace(MARKET, fee_model="received")))
    assert fees_of(do(target, quote("98", "99"))) == [(Decimal("0.01"), "BTC")]
    assert money(target, "BTC") == figures("0", "2", "0.99")


def test_a_market_s_own_model_goes_before_that_of_the_exchange() -> None:
    target = new_exchange(market=replace(MARKET, fee_model="quote"))
    done(target, quote("99", "101"))
    assert fees_of(do(target, buy(ALICE, "1"))) == [(Decimal("2.02"), "USDT")]


def test_a_model_that_does_not_exist_lists_nothing() -> None:
    target = exchange("100")
    with pytest.raises(LookupError, match="unknown fee model 'free'; known: quote, received"):
        target.execute(ListInstrument(replace(MARKET, fee_model="free")), START_MS)
    assert target.state.markets[SYMBOL].instrument == MARKET


def test_who_pays_in_the_quote_at_a_discount_pays_out_of_what_the_order_kept() -> None:
    target = exchange("102", discount=FeeDiscount("USDT", Decimal("0.25")))
    do(target, buy(ALICE, "1", "100"))
    assert free(target, "USDT") == 0
    assert fees_of(do(target, quote("98", "99"))) == [(Decimal("0.75"), "USDT")]
    assert money(target) == figures("0", "1.25")


def test_without_enough_of_the_fee_asset_the_whole_fee_is_due_in_quote() -> None:
    target = exchange("1000", discount=FeeDiscount("BNB", Decimal("0.25")))
    done(target, ListInstrument(instrument(symbol="BNB/USDT", base="BNB")))
    done(target, moved(TradePrinted("BNB/USDT", START_MS, Decimal(50), Decimal(1), False)))
    done(target, Deposit(ALICE, "BNB", Decimal("0.031")))
    happened = do(target, buy(ALICE, "2"))
    assert fees_of(happened) == [(Decimal("0.0303"), "BNB"), (Decimal("2.04"), "USDT")]
