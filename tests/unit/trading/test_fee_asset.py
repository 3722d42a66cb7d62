"""Fees in the exchange's own asset, at a discount: what the fill says is what the ledger took."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.entries import FEE_ACCOUNT
from hypersim.market.events import DepthUpdated, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount, SetFeeDiscount
from hypersim.trading.commands import ApplyMarketEvent, ListInstrument
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Fill, Side
from hypersim.trading.rules import FeeDiscount, Rules
from tests.support.builders import (
    START_MS,
    buy,
    by_cost,
    depth,
    done,
    instrument,
    levels,
    moved,
    sell,
)
from tests.support.invariants import check_money

ALICE = 1
SIDES = (("99", "1"), ("98", "50")), (("100", "1"), ("101", "50"))


def exchange(market: Instrument, bnb_price: str | None = "50", **money: str) -> Exchange:
    """One market where a fee is 1 %, a quarter less in BNB, and Alice with `money`."""
    discount = FeeDiscount("BNB", Decimal("0.25"))
    made = Exchange(Rules(fills.load("depth"), fees.load("received"), discount=discount))
    done(made, ListInstrument(market))
    done(made, ListInstrument(instrument(symbol="BNB/USDT", base="BNB")))
    if bnb_price is not None:
        printed = TradePrinted("BNB/USDT", START_MS, Decimal(bnb_price), Decimal(1), False)
        done(made, moved(printed))
    done(made, OpenAccount("alice@example.com"))
    for asset, amount in money.items():
        done(made, Deposit(ALICE, asset, Decimal(amount)))
    return made


def market(**changes: object) -> Instrument:
    one_percent = {"maker_fee_rate": Decimal("0.01"), "taker_fee_rate": Decimal("0.01")}
    return instrument(**(one_percent | changes))


def book_of(symbol: str) -> ApplyMarketEvent:
    return moved(DepthUpdated(symbol, START_MS, levels(SIDES[0]), levels(SIDES[1])))


def fees_of(happened: list[Event]) -> list[tuple[str, str, str]]:
    return [
        (format(fill.fee, "f"), fill.fee_asset, format(fill.fee_rate.normalize(), "f"))
        for fill in fills_of(happened)
    ]


def fills_of(happened: list[Event]) -> list[Fill]:
    return [event.fill for event in happened if isinstance(event, OrderFilled)]


def test_a_fee_in_bnb_is_a_quarter_less_and_all_that_was_bought_is_received() -> None:
    target = exchange(market(), USDT="1000", BNB="2")
    done(target, depth(*SIDES))
    happened = done(target, buy(ALICE, "1"))
    # 100 USDT at 0.75 % are 0.75 USDT, which are 0.015 BNB at 50.
    assert fees_of(happened) == [("0.01500000", "BNB", "0.0075")]
    ledger = target.state.ledger
    assert ledger.available(ALICE, "BTC") == 1
    assert ledger.available(ALICE, "BNB") == Decimal("1.985")
    assert ledger.available(FEE_ACCOUNT, "BNB") == Decimal("0.015")
    check_money(target.state)


def test_what_was_bought_can_be_sold_whole() -> None:
    target = exchange(market(), USDT="1000", BNB="2")
    done(target, depth(*SIDES))
    done(target, buy(ALICE, "1"))
    happened = done(target, sell(ALICE, "1"))
    assert fees_of(happened) == [("0.01485000", "BNB", "0.0075")]
    assert target.state.ledger.available(ALICE, "BTC") == 0


@pytest.mark.parametrize("bnb", ["0", "0.0149"])
def test_with_too_little_bnb_the_whole_fee_comes_from_what_is_received(bnb: str) -> None:
    target = exchange(market(), USDT="1000", BNB=bnb)
    done(target, depth(*SIDES))
    assert fees_of(done(target, buy(ALICE, "1"))) == [("0.01000000", "BTC", "0.01")]


def test_bnb_may_run_out_between_two_fills_of_one_order() -> None:
    target = exchange(market(), USDT="1000", BNB="0.02")
    done(target, depth(*SIDES))
    happened = done(target, buy(ALICE, "2"))
    assert [asset for _, asset, _ in fees_of(happened)] == ["BNB", "BTC"]
    order = happened[-1].order if isinstance(happened[-1], OrderFilled) else None
    assert order is not None
    assert order.fee == Decimal("0.01"), "in what the order receives"
    check_money(target.state)


def test_who_does_not_want_it_pays_as_before() -> None:
    target = exchange(market(), USDT="1000", BNB="2")
    done(target, SetFeeDiscount(ALICE, is_wanted=False))
    assert done(target, SetFeeDiscount(ALICE, is_wanted=False)) == []
    done(target, depth(*SIDES))
    assert fees_of(done(target, buy(ALICE, "1"))) == [("0.01000000", "BTC", "0.01")]


def test_without_a_price_of_bnb_there_is_no_discount() -> None:
    target = exchange(market(), bnb_price=None, USDT="1000", BNB="2")
    done(target, depth(*SIDES))
    assert fees_of(done(target, buy(ALICE, "1"))) == [("0.01000000", "BTC", "0.01")]


def test_a_quote_without_a_bnb_market_is_converted_over_another_one() -> None:
    target = exchange(market(symbol="BTC/EUR", quote="EUR"), EUR="1000", BNB="2")
    done(target, ListInstrument(instrument(symbol="EUR/USDT", base="EUR")))
    done(target, moved(TradePrinted("EUR/USDT", START_MS, Decimal("1.25"), Decimal(1), False)))
    done(target, book_of("BTC/EUR"))
    happened = done(target, replace(buy(ALICE, "1"), symbol="BTC/EUR"))
    # 0.75 EUR are 0.9375 USDT, which are 0.01875 BNB.
    assert fees_of(happened) == [("0.01875000", "BNB", "0.0075")]


def test_an_order_that_pays_in_bnb_can_pay_for_all_of_it() -> None:
    """A fee must not eat what the order's next fill costs."""
    target = exchange(market(symbol="ETH/BNB", base="ETH", quote="BNB"), BNB="201")
    done(target, book_of("ETH/BNB"))
    happened = done(target, replace(by_cost(Side.BUY, ALICE, "201"), symbol="ETH/BNB"))
    assert sum(fill.notional for fill in fills_of(happened)) == 201
    assert [asset for _, asset, _ in fees_of(happened)] == ["ETH", "ETH"]
    assert target.state.ledger.available(ALICE, "BNB") == 0


def test_who_buys_bnb_pays_from_it_at_the_discount() -> None:
    target = exchange(market(symbol="BNB/BUSD", base="BNB", quote="BUSD"), BUSD="1000")
    done(target, book_of("BNB/BUSD"))
    happened = done(target, replace(buy(ALICE, "1"), symbol="BNB/BUSD"))
    assert fees_of(happened) == [("0.00750000", "BNB", "0.0075")]
    assert target.state.ledger.available(ALICE, "BNB") == Decimal("0.9925")
