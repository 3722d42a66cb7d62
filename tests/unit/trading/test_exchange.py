"""Users, keys, instruments, and what stories and sessions do not reach."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.user import FeeRates, Secret
from hypersim.market.events import QuoteUpdated
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.trading.account_commands import (
    Deposit,
    IssueKey,
    OpenAccount,
    RevokeKey,
    SetBalance,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.accounts import FUNDS_MAX
from hypersim.trading.commands import CancelAllOrders, ListInstrument, SetTradingStatus
from hypersim.trading.events import AccountChanged, InstrumentChanged, OrderAccepted, OrderFilled
from hypersim.trading.fees import load as load_fees
from hypersim.trading.fills import load as load_fills
from hypersim.trading.order import TRANSITIONS, OrderStatus
from hypersim.trading.rejections import Rejection
from tests.support.builders import (
    ALICE,
    BOB,
    buy,
    depth,
    done,
    exchange,
    instrument,
    moved,
    quote,
    reason,
    refused,
    sell,
)
from tests.support.invariants import check_books, check_money, picture

KEY = IssueKey(ALICE, "key", Secret("secret"))


def test_ended_orders_stay_ended() -> None:
    ends = {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
    assert {status for status in OrderStatus if status.is_terminal} == ends
    assert TRANSITIONS[OrderStatus.NEW] == ends - {OrderStatus.FILLED} | {OrderStatus.OPEN}
    for status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED):
        assert TRANSITIONS[status] == ends - {OrderStatus.REJECTED} | {OrderStatus.PARTIALLY_FILLED}


def test_emails_are_told_apart_by_more_than_case() -> None:
    target = exchange(accounts=0)
    done(target, OpenAccount("Alice@Example.com"))
    assert reason(target, OpenAccount("alice@example.COM")) is Rejection.DUPLICATE_EMAIL
    (event,) = done(target, OpenAccount("bob@example.com"))
    assert isinstance(event, AccountChanged)
    assert event.user.id == 2


def test_a_key_is_issued_once_and_revoked_once() -> None:
    target = exchange()
    done(target, KEY)
    assert reason(target, KEY) is Rejection.DUPLICATE_KEY
    assert reason(target, RevokeKey("key", account_id=BOB)) is Rejection.UNKNOWN_KEY
    assert reason(target, RevokeKey("other")) is Rejection.UNKNOWN_KEY
    done(target, RevokeKey("key", account_id=ALICE))
    assert target.state.keys["key"].revoked_ms is not None
    assert reason(target, RevokeKey("key")) is Rejection.UNKNOWN_KEY
    assert reason(target, KEY) is Rejection.DUPLICATE_KEY


@pytest.mark.parametrize(
    "command",
    [
        Deposit(9, "BTC", Decimal(1)),
        Withdraw(9, "BTC", Decimal(1)),
        SetBalance(9, "BTC", Decimal(1)),
        SetFeeRates(9, None),
        replace(KEY, account_id=9),
        buy(9, "1", "100"),
    ],
)
def test_an_unknown_account_is_refused(
    command: Deposit | Withdraw | SetBalance | SetFeeRates | IssueKey,
) -> None:
    assert reason(exchange(), command) is Rejection.UNKNOWN_ACCOUNT


def test_an_unknown_symbol_is_refused() -> None:
    target = exchange()
    for command in (
        replace(buy(ALICE, "1", "100"), symbol="ETH/USDT"),
        CancelAllOrders(ALICE, "ETH/USDT"),
        SetTradingStatus("ETH/USDT", TradingStatus.HALTED),
        moved(QuoteUpdated("ETH/USDT", 0, *[Decimal(1)] * 4)),
    ):
        assert reason(target, command) is Rejection.UNKNOWN_SYMBOL


@pytest.mark.parametrize("symbol", ["BTC/USDT", "BTC-USDT", "BTCUSDT"])
def test_a_symbol_has_three_spellings(symbol: str) -> None:
    (event,) = done(exchange(), replace(buy(ALICE, "1", "100"), symbol=symbol))
    assert isinstance(event, OrderAccepted)
    assert event.order.symbol == "BTC/USDT"


def test_a_spelling_stays_with_the_instrument_that_had_it_first() -> None:
    target = exchange()
    done(target, ListInstrument(instrument(symbol="BTCU/SDT", base="BTCU", quote="SDT")))
    (event,) = done(target, replace(buy(ALICE, "1", "100"), symbol="BTCUSDT"))
    assert isinstance(event, OrderAccepted)
    assert event.order.symbol == "BTC/USDT"


def test_cancel_all_can_keep_to_one_symbol() -> None:
    target = exchange()
    done(target, ListInstrument(instrument(symbol="ETH/USDT", base="ETH")))
    done(target, buy(ALICE, "1", "100"))
    done(target, replace(buy(ALICE, "1", "100"), symbol="ETH/USDT"))
    assert len(done(target, CancelAllOrders(ALICE, "ETHUSDT"))) == 1
    assert [order.symbol for order in target.state.orders.values()] == ["BTC/USDT"]


def test_listing_the_same_again_does_nothing() -> None:
    target, other = exchange(), instrument(open_orders_max=7)
    assert done(target, ListInstrument(instrument())) == []
    assert done(target, ListInstrument(other)) == [InstrumentChanged(other, is_new=False)]
    assert target.state.markets["BTC/USDT"].instrument is other


def test_listing_a_halted_instrument_as_trading_fills_what_was_reached() -> None:
    target = exchange()
    done(target, buy(ALICE, "1", "100"))
    done(target, SetTradingStatus("BTC/USDT", TradingStatus.HALTED))
    assert len(done(target, quote("98", "99"))) == 1
    assert isinstance(done(target, ListInstrument(instrument()))[-1], OrderFilled)


def test_a_finer_step_counts_from_the_next_order_on() -> None:
    target = exchange()
    done(target, depth([("99", "1")], [("101", "0.25")]))
    finer: Instrument = instrument(step_size=Decimal("0.01"), min_quantity=Decimal("0.01"))
    done(target, ListInstrument(finer))
    fills = [e.fill for e in done(target, buy(ALICE, "0.25")) if isinstance(e, OrderFilled)]
    assert [fill.quantity for fill in fills] == [Decimal("0.25")]


def test_special_rates_can_be_taken_back() -> None:
    target = exchange()
    done(target, SetFeeRates(ALICE, FeeRates(Decimal("0.1"), Decimal("0.2"))))
    done(target, SetFeeRates(ALICE, None))
    assert target.state.users[ALICE].fee_rates is None


def test_an_id_that_need_not_be_retry_safe_is_free_again_when_its_order_ends() -> None:
    target = exchange()
    order = buy(ALICE, "1", "100", client_order_id="x", is_retry_safe=False)
    done(target, order)
    rejected = refused(target, order)
    assert rejected.reason is Rejection.DUPLICATE_CLIENT_ORDER_ID
    assert rejected.order_id is None
    done(target, CancelAllOrders(ALICE))
    done(target, order)


def test_an_amount_below_zero_is_a_bug_that_changes_nothing() -> None:
    target = exchange()
    before = picture(target.state)
    for command in (Deposit, Withdraw, SetBalance):
        with pytest.raises(AssertionError):
            target.execute(command(ALICE, "BTC", Decimal(-1)), 0)
    assert picture(target.state) == before


def test_a_trade_at_the_finest_grid_and_the_largest_size_is_exact() -> None:
    finest = instrument(
        tick_size=Decimal("1e-10"),
        step_size=Decimal("1e-8"),
        max_price=Decimal(10**9),
        max_quantity=Decimal(10**10),
        max_notional=Decimal(10**19),
        maker_fee_rate=Decimal("0.0001"),
        quote_places=18,
    )
    money = {"BTC": "99999999", "USDT": "99999999999999999"}
    target = exchange(matching="shared", market=finest, money=money)
    price, quantity = "987654321.0123456789", "98765432.12345678"
    done(target, sell(ALICE, quantity, price))
    fills = [e.fill for e in done(target, buy(BOB, quantity, price)) if isinstance(e, OrderFilled)]
    assert int(fills[0].notional * 10**18) == 9876543212345678 * 9876543210123456789
    check_money(target.state)
    check_books(target.state)


def test_all_accounts_together_hold_no_more_than_the_record_can() -> None:
    target = exchange(money={})
    done(target, Deposit(ALICE, "BTC", FUNDS_MAX - 1))
    assert reason(target, Deposit(BOB, "BTC", Decimal(2))) is Rejection.FUNDS_OUT_OF_RANGE
    assert reason(target, SetBalance(ALICE, "BTC", FUNDS_MAX + 1)) is Rejection.FUNDS_OUT_OF_RANGE
    done(target, Deposit(BOB, "BTC", Decimal(1)))


@pytest.mark.parametrize("load", [load_fills, load_fees])
def test_an_unknown_model_names_the_known_ones(load: object) -> None:
    assert callable(load)
    with pytest.raises(LookupError, match=r"unknown \w+ model 'nonsense'; known: \w+"):
        load("nonsense")
