"""Deciding on money that an account moves itself: to its other wallet, and out of the exchange."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.account.entries import (
    EXTERNAL_ACCOUNT,
    FEE_ACCOUNT,
    TRANSIT_ACCOUNT,
    EntryKind,
    LedgerEntry,
    Posting,
    funding_account,
)
from hypersim.account.ledger import available
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.trading import filters
from hypersim.trading.account_commands import EndWithdrawal, MoveToWallet, RequestWithdrawal
from hypersim.trading.events import FundsMoved, WithdrawalChanged
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState

WITHDRAWALS_MAX = 200
"""Unfinished ones per account."""


def decide_move(
    state: ExchangeState, command: MoveToWallet, now_ms: int
) -> Rejected | Iterator[FundsMoved]:
    """From the spot wallet to the funding wallet, or back. What orders lock stays."""
    assert command.amount > 0, command
    spot, funding = command.account_id, funding_account(command.account_id)
    source, target = (spot, funding) if command.to_funding else (funding, spot)
    free = state.ledger.available(source, command.asset)
    if refusal := filters.check_funds(command.asset, command.amount, free):
        return refusal
    kind = EntryKind.TO_FUNDING if command.to_funding else EntryKind.TO_SPOT
    posting = _moved(source, target, command.asset, command.amount)
    return iter((FundsMoved(spot, _entry(state, kind, "wallet", now_ms, posting)),))


def decide_request(
    state: ExchangeState, command: RequestWithdrawal, now_ms: int
) -> Rejected | Iterator[FundsMoved | WithdrawalChanged]:
    """The money leaves what is available at once, and stands between until it has ended."""
    assert 0 <= command.fee < command.amount, command
    account_id = command.account_id
    if account_id not in state.users:
        return Rejected(Rejection.UNKNOWN_ACCOUNT, "This account does not exist")
    if state.withdrawals.count(account_id) >= WITHDRAWALS_MAX:
        message = f"An account has at most {WITHDRAWALS_MAX} unfinished withdrawals"
        return Rejected(Rejection.TOO_MANY_WITHDRAWALS, message)
    free = state.ledger.available(account_id, command.asset)
    if refusal := filters.check_funds(command.asset, command.amount, free):
        return refusal
    lasts_ms = state.rules.withdrawal_ms
    asked = Withdrawal(
        state.counters.withdrawal_id + 1,
        account_id,
        command.asset,
        command.amount,
        command.fee,
        command.network,
        command.address,
        command.tag,
        command.client_id,
        now_ms,
        None if lasts_ms is None else now_ms + lasts_ms,
    )
    return _requested(state, asked, now_ms)


def decide_end(
    state: ExchangeState, command: EndWithdrawal, now_ms: int
) -> Rejected | Iterator[FundsMoved | WithdrawalChanged]:
    """The admin's word on a withdrawal that is not over."""
    withdrawal = state.withdrawals.get(command.withdrawal_id)
    if withdrawal is None:
        message = f"There is no unfinished withdrawal {command.withdrawal_id}"
        return Rejected(Rejection.WITHDRAWAL_NOT_FOUND, message)
    return (_rejected if command.is_rejected else _completed)(state, withdrawal, now_ms)


def complete_due(state: ExchangeState, now_ms: int) -> Iterator[FundsMoved | WithdrawalChanged]:
    """Those whose time has come, each at its own moment."""
    for due_ms, withdrawal_ids in state.withdrawals.deadlines.due(now_ms):
        for withdrawal_id in withdrawal_ids:
            yield from _completed(state, state.withdrawals[withdrawal_id], due_ms)


def _requested(
    state: ExchangeState, asked: Withdrawal, now_ms: int
) -> Iterator[FundsMoved | WithdrawalChanged]:
    posting = _moved(asked.account_id, TRANSIT_ACCOUNT, asked.asset, asked.amount)
    entry = _entry(state, EntryKind.SEND, _reference(asked), now_ms, posting)
    yield FundsMoved(asked.account_id, entry)
    yield WithdrawalChanged(asked, None)


def _completed(
    state: ExchangeState, withdrawal: Withdrawal, now_ms: int
) -> Iterator[WithdrawalChanged]:
    asset, fee = withdrawal.asset, withdrawal.fee
    postings = [_moved(TRANSIT_ACCOUNT, EXTERNAL_ACCOUNT, asset, withdrawal.amount - fee)]
    if fee:
        postings.append(_moved(TRANSIT_ACCOUNT, FEE_ACCOUNT, asset, fee))
    entry = _entry(state, EntryKind.SENT, _reference(withdrawal), now_ms, *postings)
    yield WithdrawalChanged(_ended(withdrawal, WithdrawalStatus.COMPLETED, now_ms), entry)


def _rejected(
    state: ExchangeState, withdrawal: Withdrawal, now_ms: int
) -> Iterator[FundsMoved | WithdrawalChanged]:
    account_id = withdrawal.account_id
    posting = _moved(TRANSIT_ACCOUNT, account_id, withdrawal.asset, withdrawal.amount)
    entry = _entry(state, EntryKind.RETURN, _reference(withdrawal), now_ms, posting)
    yield FundsMoved(account_id, entry)
    yield WithdrawalChanged(_ended(withdrawal, WithdrawalStatus.REJECTED, now_ms), None)


def _ended(withdrawal: Withdrawal, status: WithdrawalStatus, now_ms: int) -> Withdrawal:
    return replace(withdrawal, status=status, ended_ms=now_ms, due_ms=None)


def _moved(source: int, target: int, asset: str, amount: Decimal) -> Posting:
    return Posting(available(source, asset), available(target, asset), amount)


def _entry(
    state: ExchangeState, kind: EntryKind, reference: str, now_ms: int, *postings: Posting
) -> LedgerEntry:
    return LedgerEntry(state.counters.ledger_seq + 1, kind, reference, now_ms, postings)


def _reference(withdrawal: Withdrawal) -> str:
    return f"withdrawal:{withdrawal.id}"
