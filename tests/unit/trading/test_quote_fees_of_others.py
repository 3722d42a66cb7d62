"""Fees in the quote beside other models, other users and the fee asset."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.entries import FEE_ACCOUNT
from hypersim.account.user import FeeRates
from hypersim.market.events import TradePrinted
from hypersim.trading.account_commands import Deposit, SetFeeRates
from hypersim.trading.commands import (
    ListInstrument,
)
from hypersim.trading.order import (
    SelfTradePrevention,
)
from hypersim.trading.rules import FeeDiscount
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    done,
    instrument,
    moved,
    quote,
    sell,
)
from tests.support.builders import exchange as new_exchange
from tests.support.quote_fees import (
    MARKET,
    do,
    exchange,
    fees_of,
    figures,
    free,
    held,
    money,
)


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
