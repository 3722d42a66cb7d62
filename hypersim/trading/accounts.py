"""Deciding on users, keys, money from outside, and instruments."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.account.entries import EXTERNAL_ACCOUNT, EntryKind
from hypersim.account.user import ApiKey, User
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import plain
from hypersim.trading import filters
from hypersim.trading.account_commands import (
    Deposit,
    IssueKey,
    OpenAccount,
    RevokeKey,
    SetBalance,
    SetFeeDiscount,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import ListInstrument, SetTradingStatus
from hypersim.trading.events import (
    AccountChanged,
    FundsMoved,
    InstrumentChanged,
    KeyChanged,
    OrderEvent,
)
from hypersim.trading.market import Market
from hypersim.trading.reacting import fill_reached
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.settlement import transfer_entry
from hypersim.trading.state import ExchangeState

KEYS_MAX = 50
"""API keys in use per account."""

FUNDS_MAX = Decimal(10) ** 18
"""Of one asset, over all accounts; the record's numbers end at 10^20."""

_NO_ACCOUNT = Rejected(Rejection.UNKNOWN_ACCOUNT, "This account does not exist")


def decide_transfer(
    state: ExchangeState, command: Deposit | Withdraw | SetBalance, now_ms: int
) -> Rejected | Iterator[FundsMoved]:
    """Money comes or goes; setting a balance to what it is does nothing."""
    assert command.amount >= 0, command
    if command.account_id not in state.users:
        return _NO_ACCOUNT
    free = state.ledger.available(command.account_id, command.asset)
    match command:
        case Deposit():
            kind, change = EntryKind.DEPOSIT, command.amount
        case Withdraw():
            kind, change = EntryKind.WITHDRAW, -command.amount
            if refusal := filters.check_funds(command.asset, command.amount, free):
                return refusal
        case SetBalance():
            kind, change = EntryKind.ADJUST, command.amount - free
    outside = -state.ledger.available(EXTERNAL_ACCOUNT, command.asset)
    if outside + change > FUNDS_MAX:
        return Rejected(
            Rejection.FUNDS_OUT_OF_RANGE,
            f"All accounts together may hold {plain(FUNDS_MAX)} {command.asset}",
        )
    return _moved(state, command, kind, change, now_ms)


def _moved(
    state: ExchangeState,
    command: Deposit | Withdraw | SetBalance,
    kind: EntryKind,
    change: Decimal,
    now_ms: int,
) -> Iterator[FundsMoved]:
    if change:
        entry = transfer_entry(
            command.account_id,
            command.asset,
            change,
            kind=kind,
            reference=command.reference,
            seq=state.counters.ledger_seq + 1,
            time_ms=now_ms,
        )
        yield FundsMoved(command.account_id, entry)


def decide_open_account(
    state: ExchangeState, command: OpenAccount, now_ms: int
) -> Rejected | Iterator[AccountChanged]:
    """A user under a new email; emails differ by more than case."""
    email = command.email.lower()
    if email in state.account_ids:
        return Rejected(Rejection.DUPLICATE_EMAIL, f"There is a user {email!r} already")
    account_id = state.counters.account_id + 1
    return iter((AccountChanged(User(account_id, email, now_ms, command.password_hash)),))


def decide_fee_rates(
    state: ExchangeState, command: SetFeeRates
) -> Rejected | Iterator[AccountChanged]:
    """Fills to come are charged at these rates."""
    user = state.users.get(command.account_id)
    if user is None:
        return _NO_ACCOUNT
    return iter((AccountChanged(replace(user, fee_rates=command.rates)),))


def decide_fee_discount(
    state: ExchangeState, command: SetFeeDiscount
) -> Rejected | Iterator[AccountChanged]:
    """Fills to come are charged so; nothing happens when it is so already."""
    user = state.users.get(command.account_id)
    if user is None:
        return _NO_ACCOUNT
    if user.wants_discount is command.is_wanted:
        return iter(())
    return iter((AccountChanged(replace(user, wants_discount=command.is_wanted)),))


def decide_issue_key(
    state: ExchangeState, command: IssueKey, now_ms: int
) -> Rejected | Iterator[KeyChanged]:
    """A key that can sign from now on."""
    if command.account_id not in state.users:
        return _NO_ACCOUNT
    if state.count_keys(command.account_id) >= KEYS_MAX:
        return Rejected(
            Rejection.TOO_MANY_KEYS, f"There are {KEYS_MAX} API keys already; revoke one first"
        )
    if command.key in state.keys:
        return Rejected(Rejection.DUPLICATE_KEY, "There is an API key of this name already")
    key = ApiKey(
        command.key,
        command.account_id,
        command.secret,
        now_ms,
        command.label,
        command.kind,
        command.passphrase,
        command.permissions,
        command.allowed_ips,
    )
    return iter((KeyChanged(key),))


def decide_revoke_key(
    state: ExchangeState, command: RevokeKey, now_ms: int
) -> Rejected | Iterator[KeyChanged]:
    """The key signs nothing any more."""
    key = state.keys.get(command.key)
    is_foreign = key is not None and command.account_id not in (None, key.account_id)
    if key is None or is_foreign or key.revoked_ms is not None:
        return Rejected(Rejection.UNKNOWN_KEY, "There is no such API key")
    return iter((KeyChanged(replace(key, revoked_ms=now_ms)),))


def decide_list(
    state: ExchangeState, command: ListInstrument, now_ms: int
) -> Iterator[InstrumentChanged | OrderEvent]:
    """An instrument, new or changed; nothing happens when it is the same. LookupError for a fee
    model that does not exist."""
    state.rules.fees_of(command.instrument)
    market = state.markets.get(command.instrument.symbol)
    if market is None:
        yield InstrumentChanged(command.instrument, is_new=True)
    elif market.instrument != command.instrument:
        yield from _changed_and_filled(state, market, command.instrument, now_ms)


def decide_status(
    state: ExchangeState, command: SetTradingStatus, now_ms: int
) -> Rejected | Iterator[InstrumentChanged | OrderEvent]:
    """A halted symbol takes no orders and fills none; open ones stay and can be canceled. When it
    resumes, those that the market has reached meanwhile fill."""
    market = state.markets_by_spelling.get(command.symbol)
    if market is None:
        return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {command.symbol[:40]!r}")
    instrument = replace(market.instrument, status=command.status)
    return _changed_and_filled(state, market, instrument, now_ms)


def _changed_and_filled(
    state: ExchangeState, market: Market, instrument: Instrument, now_ms: int
) -> Iterator[InstrumentChanged | OrderEvent]:
    yield InstrumentChanged(instrument, is_new=False)
    if instrument.status is TradingStatus.TRADING:
        yield from fill_reached(state, market, now_ms)
