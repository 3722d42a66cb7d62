"""What the record could not hold is refused by name, in every command that brings something."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.account.user import FeeRates, Secret
from hypersim.market.instrument import Instrument
from hypersim.trading.account_commands import (
    Deposit,
    IssueKey,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
    SetBalance,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    Command,
    PlaceOrder,
    PlaceOrderList,
    ReplaceOrder,
)
from hypersim.trading.order import OrderType, Peg, PegBasis, Side, TimeInForce, Trigger
from hypersim.trading.order_list import ListKind
from hypersim.trading.recordable import TEXT_BYTES_MAX, check_recordable
from hypersim.trading.rejections import Rejection
from tests.support.builders import (
    ALICE,
    SYMBOL,
    buy,
    done,
    exchange,
    instrument,
    quote,
    reason,
    sell,
)

ONE = Decimal(1)
TOO_LARGE, TOO_FINE = Decimal(10) ** 20, Decimal("1E-19")
NUL, HALF, LONG = "a\0b", "a\ud800", "\xe4" * 1_001
IP = "10.0.0.1"
SEND = RequestWithdrawal(ALICE, "USDT", ONE, ONE / 2, "TRX", "to", "tag", "name")
KEY = IssueKey(ALICE, "key", Secret("secret"), "label", passphrase=Secret("p"), allowed_ips=(IP,))
STOP = buy(ALICE, "1", "100", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(90))
PAIR = (
    sell(ALICE, "1", "110", post_only=True),
    sell(ALICE, "1", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(90)),
)

Said = Callable[[Any], Command]

TEXTS: dict[str, Said] = {
    "order": lambda text: buy(ALICE, "1", "100", client_order_id=text),
    "list": lambda text: PlaceOrderList(ALICE, SYMBOL, ListKind.OCO, PAIR, text),
    "order of a list": lambda text: PlaceOrderList(
        ALICE, SYMBOL, ListKind.OCO, (PAIR[0], replace(PAIR[1], client_order_id=text))
    ),
    "cancel": lambda text: CancelOrder(ALICE, 1, cancel_id=text),
    "cancel of all": lambda text: CancelAllOrders(ALICE, cancel_id=text),
    "cancel of a list": lambda text: CancelOrderList(ALICE, 1, text),
    "replacing cancel": lambda text: ReplaceOrder(
        CancelOrder(ALICE, 1, cancel_id=text), buy(ALICE, "1", "100")
    ),
    "replacing order": lambda text: ReplaceOrder(
        CancelOrder(ALICE, 1), buy(ALICE, "1", "100", client_order_id=text)
    ),
    "amendment": lambda text: AmendOrder(ALICE, 1, ONE, client_order_id=text),
    "deposit's reference": lambda text: Deposit(ALICE, "BTC", ONE, text),
    "withdrawal's reference": lambda text: Withdraw(ALICE, "BTC", ONE, text),
    "balance's reference": lambda text: SetBalance(ALICE, "BTC", ONE, text),
    "asset": lambda text: Deposit(ALICE, text, ONE),
    "moved asset": lambda text: MoveToWallet(ALICE, text, ONE, True),
    "sent asset": lambda text: replace(SEND, asset=text),
    "network": lambda text: replace(SEND, network=text),
    "address": lambda text: replace(SEND, address=text),
    "tag": lambda text: replace(SEND, tag=text),
    "withdrawal's name": lambda text: replace(SEND, client_id=text),
    "email": lambda text: OpenAccount(text),
    "key": lambda text: replace(KEY, key=text),
    "label": lambda text: replace(KEY, label=text),
    "allowed address": lambda text: replace(KEY, allowed_ips=(IP, text)),
}
WORDS = ("asset", "moved asset", "sent asset", "email", "key", "allowed address")
SECRETS: dict[str, Said] = {
    "password": lambda text: OpenAccount("a@b.cd", Secret(text)),
    "secret": lambda text: replace(KEY, secret=Secret(text)),
    "passphrase": lambda text: replace(KEY, passphrase=Secret(text)),
}
NUMBERS: dict[str, Said] = {
    "cost": lambda number: PlaceOrder(
        ALICE, SYMBOL, Side.SELL, OrderType.MARKET, quote_quantity=number
    ),
    "trigger price": lambda number: replace(STOP, trigger_price=number),
    "visible amount": lambda number: buy(ALICE, "1", "100", iceberg_quantity=number),
    "peg's limit": lambda number: replace(
        buy(ALICE, "1", "100"), price=None, peg=Peg(PegBasis.PRIMARY, 0, number)
    ),
    "amended amount": lambda number: AmendOrder(ALICE, 1, number),
    "amended price": lambda number: AmendOrder(ALICE, 1, None, number),
    "deposit": lambda number: Deposit(ALICE, "BTC", number),
    "withdrawal": lambda number: Withdraw(ALICE, "BTC", number),
    "balance": lambda number: SetBalance(ALICE, "BTC", number),
    "move": lambda number: MoveToWallet(ALICE, "BTC", number, True),
    "sent amount": lambda number: replace(SEND, amount=number),
    "fee": lambda number: replace(SEND, fee=number),
}
INTEGERS: dict[str, Said] = {
    "strategy's id": lambda number: buy(ALICE, "1", "100", strategy_id=number),
    "strategy's type": lambda number: buy(ALICE, "1", "100", strategy_type=number),
    "peg's offset": lambda number: replace(
        buy(ALICE, "1", "100"), price=None, peg=Peg(PegBasis.PRIMARY, number)
    ),
    "trailing delta": lambda number: replace(STOP, trailing_delta=number),
    "expiry": lambda number: buy(
        ALICE, "1", "100", time_in_force=TimeInForce.GTD, expires_ms=number
    ),
}


@pytest.mark.parametrize("said", TEXTS)
def test_a_text_that_the_record_cannot_hold_is_refused(said: str) -> None:
    make = TEXTS[said]
    assert check_recordable(make("usual")) is None
    for text in (NUL, HALF, LONG):
        refusal = check_recordable(make(text))
        assert refusal is not None, text
        assert refusal.reason is Rejection.NOT_RECORDABLE
        # What is told can be written itself.
        assert refusal.message.isascii()


@pytest.mark.parametrize("said", TEXTS)
def test_any_other_text_is_taken_unless_the_record_tells_it_between_blanks(said: str) -> None:
    make = TEXTS[said]
    for text in ("\x1f", "\U0001f600", "\xe4" * (TEXT_BYTES_MAX // 2), "\n"):
        assert check_recordable(make(text)) is None, text
    for text in ("two words", ""):
        assert (check_recordable(make(text)) is None) is (said not in WORDS), text


@pytest.mark.parametrize("said", SECRETS)
def test_a_secret_is_sealed_and_only_has_to_have_bytes(said: str) -> None:
    make = SECRETS[said]
    assert check_recordable(make("\0" + LONG * 9)) is None
    assert check_recordable(make(HALF)) is not None


@pytest.mark.parametrize("said", NUMBERS)
def test_a_number_that_the_record_would_refuse_or_round_is_refused(said: str) -> None:
    make = NUMBERS[said]
    for fine in ("1", "1E-18", "99999999999999999999.999999999999999999", "0.1" + 30 * "0"):
        assert check_recordable(make(Decimal(fine))) is None, fine
    for number in (TOO_LARGE, TOO_FINE, Decimal("Infinity"), Decimal("NaN")):
        assert check_recordable(make(number)) is not None, number


@pytest.mark.parametrize("said", INTEGERS)
def test_a_whole_number_ends_with_the_record_s(said: str) -> None:
    make = INTEGERS[said]
    assert check_recordable(make(1)) is None
    assert check_recordable(make(2**63)) is not None


def test_an_account_s_fee_rates_have_as_many_decimals_as_the_record() -> None:
    assert check_recordable(SetFeeRates(ALICE, None)) is None
    assert check_recordable(SetFeeRates(ALICE, FeeRates(Decimal("1E-18"), ONE / 2))) is None
    for rates in (FeeRates(TOO_FINE, ONE / 2), FeeRates(ONE / 2, TOO_FINE)):
        assert check_recordable(SetFeeRates(ALICE, rates)) is not None


def test_a_cost_that_is_worth_more_than_the_record_holds_is_refused() -> None:
    target = exchange()
    done(target, quote("0.01", "0.02", "5"))
    most = Decimal("99999999999999999999")
    for side in Side:
        order = PlaceOrder(ALICE, SYMBOL, side, OrderType.MARKET, quote_quantity=most)
        assert reason(target, order) is Rejection.QUANTITY_TOO_LARGE, side


def test_the_exchange_and_its_test_of_an_order_refuse_it() -> None:
    target = exchange()
    for order in (buy(ALICE, "1", "100", client_order_id=HALF), replace(STOP, strategy_id=2**63)):
        assert reason(target, order) is Rejection.NOT_RECORDABLE
        refusal = target.check(order, 0)
        assert refusal is not None
        assert refusal.reason is Rejection.NOT_RECORDABLE


@pytest.mark.parametrize(
    "changes",
    [
        {"base": "A B", "symbol": "A B/USDT"},
        {"base": "", "symbol": "/USDT"},
        {"base": NUL, "symbol": f"{NUL}/USDT"},
        {"base": HALF, "symbol": f"{HALF}/USDT"},
        {"base": "A" * 101, "symbol": f"{'A' * 101}/USDT"},
        {"max_price": TOO_LARGE},
        {"max_quantity": TOO_LARGE},
        {"maker_fee_rate": TOO_FINE},
    ],
)
def test_an_instrument_that_cannot_be_recorded_cannot_be_made(changes: dict[str, Any]) -> None:
    usual: Instrument = instrument()
    with pytest.raises(ValueError, match=r"characters without blanks|below 10\^20|decimals"):
        replace(usual, **changes)
