"""Which decision belongs to which command."""

from collections.abc import Iterator
from typing import assert_never

from hypersim.trading.account_commands import (
    AccountCommand,
    Deposit,
    EndWithdrawal,
    IssueKey,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
    RevokeKey,
    SetBalance,
    SetFeeDiscount,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.accounts import (
    decide_fee_discount,
    decide_fee_rates,
    decide_issue_key,
    decide_list,
    decide_open_account,
    decide_revoke_key,
    decide_status,
    decide_transfer,
)
from hypersim.trading.amending import decide_amend
from hypersim.trading.changing import (
    decide_cancel,
    decide_cancel_all,
    decide_expire,
    decide_replace,
)
from hypersim.trading.commands import (
    AmendOrder,
    ApplyMarketEvent,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    Command,
    ExpireOrders,
    ListInstrument,
    PassTime,
    PlaceOrder,
    PlaceOrderList,
    PlaceStalled,
    ReleaseStalled,
    ReplaceOrder,
    Reset,
    SetTradingStatus,
)
from hypersim.trading.events import Event, ExchangeReset
from hypersim.trading.listing import decide_cancel_list, decide_place_list
from hypersim.trading.placing import decide_place
from hypersim.trading.reacting import decide_market_event
from hypersim.trading.rejections import Rejected
from hypersim.trading.stalling import decide_place_stalled, decide_release
from hypersim.trading.state import ExchangeState
from hypersim.trading.withdrawing import decide_end, decide_move, decide_request

Decision = Rejected | Iterator[Event]
"""A refusal, or the events one at a time; each must be applied before the next is asked for."""


def decide(state: ExchangeState, command: Command, now_ms: int) -> Decision:
    """What the command comes to; nothing is changed here."""
    match command:
        case PlaceOrder():
            return decide_place(state, command, now_ms)
        case ApplyMarketEvent():
            return decide_market_event(state, command, now_ms)
        case CancelOrder():
            return decide_cancel(state, command, now_ms)
        case CancelAllOrders():
            return decide_cancel_all(state, command, now_ms)
        case PlaceOrderList():
            return decide_place_list(state, command, now_ms)
        case CancelOrderList():
            return decide_cancel_list(state, command, now_ms)
        case ReplaceOrder():
            return decide_replace(state, command, now_ms)
        case AmendOrder():
            return decide_amend(state, command, now_ms)
        case _:
            return _decide_rarer(state, command, now_ms)


def _decide_rarer(  # noqa: C901 - one case per command, and nothing else
    state: ExchangeState,
    command: AccountCommand
    | ListInstrument
    | SetTradingStatus
    | PlaceStalled
    | ReleaseStalled
    | ExpireOrders
    | Reset
    | PassTime,
    now_ms: int,
) -> Decision:
    match command:
        case Deposit() | Withdraw() | SetBalance():
            return decide_transfer(state, command, now_ms)
        case MoveToWallet():
            return decide_move(state, command, now_ms)
        case RequestWithdrawal():
            return decide_request(state, command, now_ms)
        case EndWithdrawal():
            return decide_end(state, command, now_ms)
        case OpenAccount():
            return decide_open_account(state, command, now_ms)
        case SetFeeRates():
            return decide_fee_rates(state, command)
        case SetFeeDiscount():
            return decide_fee_discount(state, command)
        case IssueKey():
            return decide_issue_key(state, command, now_ms)
        case RevokeKey():
            return decide_revoke_key(state, command, now_ms)
        case ListInstrument():
            return decide_list(state, command, now_ms)
        case SetTradingStatus():
            return decide_status(state, command, now_ms)
        case PlaceStalled():
            return decide_place_stalled(state, command, now_ms)
        case ReleaseStalled():
            return decide_release(state, command, now_ms)
        case ExpireOrders():
            return decide_expire(state, command, now_ms)
        case Reset():
            return iter((ExchangeReset(state.counters.generation + 1),))
        case PassTime():
            return iter(())
        case _:
            assert_never(command)
