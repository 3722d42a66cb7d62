"""Money that an account moves itself: to its funding wallet, and out of the exchange."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.entries import EXTERNAL_ACCOUNT, FEE_ACCOUNT, TRANSIT_ACCOUNT, funding_account
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import (
    Deposit,
    EndWithdrawal,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
)
from hypersim.trading.commands import PassTime
from hypersim.trading.events import Event, FundsMoved, WithdrawalChanged
from hypersim.trading.exchange import Exchange
from hypersim.trading.rejections import Rejection
from hypersim.trading.rules import Rules
from tests.support.builders import START_MS, done, reason
from tests.support.invariants import check_money

ALICE = 1
LASTS_MS = 10_000
REQUEST = RequestWithdrawal(ALICE, "USDT", Decimal(40), Decimal(1), "TRX", "somewhere", "", "mine")


def exchange(withdrawal_ms: int | None = LASTS_MS) -> Exchange:
    """Alice has 100 USDT."""
    rules = Rules(fills.load("depth"), fees.load("received"), withdrawal_ms=withdrawal_ms)
    made = Exchange(rules)
    done(made, OpenAccount("alice@example.com"))
    done(made, Deposit(ALICE, "USDT", Decimal(100)))
    return made


def standing(target: Exchange, *accounts: int) -> list[int]:
    check_money(target.state)
    return [int(target.state.ledger.available(account, "USDT")) for account in accounts]


def changed(happened: list[Event]) -> Withdrawal:
    return next(event.withdrawal for event in happened if isinstance(event, WithdrawalChanged))


def test_a_withdrawal_leaves_at_once_and_completes_by_itself() -> None:
    target = exchange()
    asked = changed(done(target, REQUEST))
    assert (asked.id, asked.status, asked.due_ms) == (
        1,
        WithdrawalStatus.PROCESSING,
        START_MS + LASTS_MS,
    )
    assert standing(target, ALICE, TRANSIT_ACCOUNT) == [60, 40]
    assert target.state.next_deadline_ms() == START_MS + LASTS_MS
    assert done(target, PassTime(), START_MS + LASTS_MS - 1) == []
    ended = changed(done(target, PassTime(), START_MS + LASTS_MS + 5))
    assert (ended.status, ended.ended_ms) == (WithdrawalStatus.COMPLETED, START_MS + LASTS_MS)
    assert standing(target, ALICE, TRANSIT_ACCOUNT, EXTERNAL_ACCOUNT, FEE_ACCOUNT) == [
        60,
        0,
        -61,
        1,
    ]
    assert target.state.next_deadline_ms() is None


@pytest.mark.parametrize("is_rejected", [False, True])
def test_the_admin_ends_what_does_not_end_by_itself(is_rejected: bool) -> None:
    target = exchange(withdrawal_ms=None)
    done(target, REQUEST)
    assert done(target, PassTime(), START_MS + 10**9) == []
    happened = done(target, EndWithdrawal(1, is_rejected))
    assert changed(happened).status is (
        WithdrawalStatus.REJECTED if is_rejected else WithdrawalStatus.COMPLETED
    )
    assert any(isinstance(event, FundsMoved) for event in happened) is is_rejected
    assert standing(target, ALICE) == [100 if is_rejected else 60]
    assert reason(target, EndWithdrawal(1, is_rejected)) is Rejection.WITHDRAWAL_NOT_FOUND


def test_nobody_sends_what_he_has_not() -> None:
    target = exchange()
    too_much = replace(REQUEST, amount=Decimal("100.00000001"))
    assert reason(target, too_much) is Rejection.INSUFFICIENT_BALANCE
    assert reason(target, replace(REQUEST, account_id=9)) is Rejection.UNKNOWN_ACCOUNT


def test_the_funding_wallet_is_another_purse() -> None:
    target = exchange()
    funding = funding_account(ALICE)
    done(target, MoveToWallet(ALICE, "USDT", Decimal(70), to_funding=True))
    assert standing(target, ALICE, funding) == [30, 70]
    assert reason(target, REQUEST) is Rejection.INSUFFICIENT_BALANCE
    back = MoveToWallet(ALICE, "USDT", Decimal(71), to_funding=False)
    assert reason(target, back) is Rejection.INSUFFICIENT_BALANCE
    done(target, replace(back, amount=Decimal(70)))
    assert standing(target, ALICE, funding) == [100, 0]
